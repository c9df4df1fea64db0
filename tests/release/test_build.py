from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from assay.errors import RefusedError, UsageError
from assay.files.atomic import digest_file
from assay.pipeline.gate_stages import gate
from assay.project.policy import STAGES
from assay.release.builder import build
from assay.release.copy import verify_copy
from assay.release.manifest import manifest_in, read_manifest
from assay.release.verifier import verify_release
from gated import RELEASE, SCHEMA, alpha, evidence, measured_project, write, write_reports, write_tables
from projects import digest_tree
from release.conftest import measured

TODAY = "2026-11-22"
WAIVER = "- {rule: triage/agreement/intent, reason: new team, approver: noor, until: 2026-11-22}\n"
LOW = evidence(intent=alpha(0.5, 0.4, 0.6))


@pytest.fixture
def project(tmp_path):
    return measured_project(tmp_path)


def built(project, today=TODAY):
    return build(project, "support", today=today)


def left(project):
    """What is below `release/`."""
    return sorted((project.root / "release").rglob("*"))


def test_a_passing_verdict_makes_a_release_whose_manifest_matches_its_files(project):
    gate(project)
    manifest = built(project)
    folder = project.root / "release/support"
    assert read_manifest(project, "support") == manifest
    assert [file.path for file in manifest.files] == [
        f"triage/{split}.{suffix}" for split in ("test", "train") for suffix in ("jsonl", "parquet")
    ]
    for file in manifest.files:
        assert (file.bytes, file.sha256) == ((folder / file.path).stat().st_size, digest_file(folder / file.path))
    assert manifest.made_from["verdict"]["outcome"] == "pass"
    assert [rule["id"] for rule in manifest.made_from["verdict"]["rules"]] == [
        "triage/schema",
        "triage/agreement/intent",
        "triage/coverage",
    ]
    released = manifest.tasks["triage"]
    assert (manifest.rows, sum(released.rows.values()), released.unlabelled) == (8, 8, 1)
    assert released.guidelines == {"0.1.0": 15, "0.2.0": 1}
    assert {name: field.scale for name, field in released.fields.items()} == {"intent": "nominal", "urgency": "ordinal"}


def test_json_lines_and_parquet_hold_the_same_rows_each_in_its_split(project):
    gate(project)
    manifest = built(project)
    folder = project.root / "release/support/triage"
    for split, size in manifest.tasks["triage"].rows.items():
        records = [orjson.loads(line) for line in (folder / f"{split}.jsonl").read_bytes().splitlines()]
        table = pq.read_table(folder / f"{split}.parquet")
        assert [record["item"] for record in records] == table["item"].to_pylist()
        assert [record["label"]["urgency"] for record in records] == table["label.urgency"].to_pylist()
        assert [record.get("group") for record in records] == table["group"].to_pylist()
        assert {record["split"] for record in records} <= {split}
        assert len(records) == size
    types = {pq.read_schema(folder / f"{split}.parquet") for split in ("train", "test")}
    assert len(types) == 1


def test_a_rebuilt_release_is_the_same_byte_for_byte(project):
    gate(project)
    built(project)
    first = digest_tree(project.root / "release")
    built(project)
    assert digest_tree(project.root / "release") == first


def test_a_tied_item_is_released_without_that_value(project):
    write_tables(project.root, ["i0", "i1"], tied="i1")
    gate(project)
    built(project)
    rows = [
        row
        for path in (project.root / "release/support/triage").glob("*.jsonl")
        for row in path.read_bytes().splitlines()
    ]
    labels = {row["item"]: row["label"] for row in map(orjson.loads, rows)}
    assert labels == {"i0": {"intent": "refund", "urgency": 2}, "i1": {"urgency": 2}}


def never_judged(project: Path): ...


def failing(project):
    write_reports(project.root, LOW)
    gate(project)


def changed_since(project):
    gate(project)
    write_tables(project.root, ["i0"])


def report_gone(project):
    gate(project)
    (project.root / "reports/triage/quality.json").unlink()


def check_added(project):
    gate(project)
    write(project.root, {"checks/check_new.py": "def check_x():\n    pass\n"})


def schema_changed(project):
    gate(project)
    write(project.root, {"schemas/triage.yaml": SCHEMA.replace("refund", "money")})


def garbled(project):
    gate(project)
    write(project.root, {"gate/verdict.json": "{"})


def other_release(project):
    verdict = gate(project)
    path = project.root / "gate/verdict.json"
    path.write_bytes(path.read_bytes().replace(b'"support"', b'"another"'))
    assert verdict.release


def no_labels(project):
    write_tables(project.root, [])
    gate(project)


@pytest.mark.parametrize(
    ("happened", "said"),
    [
        (never_judged, "no verdict: "),
        (failing, r"triage/agreement/intent \(fail\): alpha of intent is 0.50"),
        (changed_since, "changed since the verdict: build/triage/annotations.parquet"),
        (report_gone, "changed since the verdict: reports/triage/quality.json"),
        (check_added, "changed since the verdict: checks/check_new.py"),
        (schema_changed, "changed since the verdict: schemas/triage.yaml"),
        (garbled, "no verdict: "),
        (other_release, "does not judge release support"),
        (no_labels, "no labelled item"),
    ],
)
def test_a_refusal_says_why_and_leaves_no_release_behind(project, happened, said):
    gate(project)
    built(project)
    (project.root / "gate/verdict.json").unlink()
    happened(project)
    with pytest.raises(RefusedError, match=said) as caught:
        built(project)
    assert caught.value.fix
    assert left(project) == []


def test_a_waiver_lets_a_release_through_up_to_its_last_day(project):
    write_reports(project.root, LOW)
    write(project.root, {"checks/waivers.yaml": WAIVER})
    assert gate(project).valid_until == "2026-11-22"
    built(project)
    with pytest.raises(RefusedError, match="was valid until 2026-11-22"):
        built(project, "2026-11-23")
    assert left(project) == []


def test_a_failing_check_holds_a_release_back(tmp_path):
    project = measured_project(tmp_path, **{"checks/check_x.py": "def check_y():\n    assert False, 'no'\n"})
    gate(project)
    with pytest.raises(RefusedError, match=r"checks/check_x.py::check_y \(fail\): .*AssertionError: no"):
        built(project)


def test_a_task_without_rules_is_refused_by_name(tmp_path):
    project = measured_project(tmp_path, **{"checks/triage.yaml": "consensus: {method: majority}\nrules: {}\n"})
    gate(project)
    with pytest.raises(RefusedError, match="insufficient: there are no rules to pass"):
        built(project)


def test_a_refusal_takes_away_every_release_that_the_verdict_blocks_and_no_other(whole):
    """`set` is of the task mood, `tunes` of song."""
    poor = "consensus: {method: majority}\nrules: {schema: {errors_at_most: 0}, coverage: {of_assigned: 0.9}}\n"
    asked = "".join(f'{{"item":"{id_}","annotators":["ada","ben"]}}\n' for id_ in ("s1", "s2"))
    write(whole.root, {"checks/song.yaml": poor, "labels/song/r1/assignments.jsonl": asked})
    gate(measured(whole.root, "song"))
    with pytest.raises(RefusedError, match=r"^release tunes 1\.0\.0 is refused\n  song/coverage"):
        build(whole, "tunes", today=TODAY)
    assert [path.name for path in (whole.root / "release").iterdir()] == ["set"]
    write(whole.root, {"checks/check_never.py": "def check_never():\n    assert False\n"})
    gate(whole)
    with pytest.raises(RefusedError, match="check_never"):
        build(whole, "tunes", today=TODAY)
    assert left(whole) == []


def test_the_manifest_lists_the_batches_that_are_open_and_the_settings_of_the_release(project):
    measured_ = evidence()
    support = replace(measured_.quality.support, open=["b2", "b3"])
    write_reports(project.root, replace(measured_, quality=replace(measured_.quality, support=support)))
    write(project.root, {"releases/support.yaml": RELEASE.replace("splits: {", "seed: 7\nsplits: {none: 0, ")})
    gate(project)
    manifest = built(project)
    assert manifest.tasks["triage"].open == ["b2", "b3"]
    assert (manifest.name, manifest.version, manifest.project, manifest.license, manifest.seed) == (
        "support", "1.0.0", "00000000-test", "CC-BY-4.0", 7,
    )  # fmt: skip
    assert manifest.splits == {"none": 0.0, "train": 0.5, "test": 0.5}
    assert manifest.tasks["triage"].rows["none"] == 0
    assert (project.root / "release/support/triage/none.jsonl").read_bytes() == b""
    assert pq.read_table(project.root / "release/support/triage/none.parquet").num_rows == 0
    assert verify_release(project, "support", today=TODAY).problems == ()
    assert verify_copy(project.root / "release/support", today=TODAY).problems == ()


def test_a_report_of_an_older_assay_that_does_not_say_what_rows_rest_on_is_to_be_made_again(project):
    measured_ = evidence()
    write_reports(project.root, replace(measured_, quality=replace(measured_.quality, support=None)))
    gate(project)
    with pytest.raises(UsageError, match=r"reports/triage/quality\.json was made by an older assay") as caught:
        built(project)
    assert caught.value.fix == "`dvc repro` makes it again"
    assert left(project) == []


def test_a_release_is_made_from_its_own_sources_tables_and_reports(whole):
    made = manifest_in(whole.root / "release/set").made_from
    assert {name.partition("/")[0] for name in made["tables"]} == {"build"}
    assert {name.split("/")[1] for name in made["tables"]} == {"mood"}
    assert [*made["reports"]] == [f"reports/mood/{stage}.json" for stage in STAGES]
    assert [*made["sources"]] == [
        "checks/check_words.py",
        "checks/mood.yaml",
        "checks/words.txt",
        "guidelines/approvals/mood",
        "guidelines/mood.md",
        "labels/items/texts",
        *(f"labels/mood/{batch}" for batch in ("gold", "r1", "r2", "r3")),
        "releases/set.yaml",
        "schemas/migrations/mood",
        "schemas/mood.yaml",
    ]


@pytest.mark.parametrize("name", ["nosuch", "../gate", ".."])
def test_a_release_that_is_not_listed_is_not_touched(project, name):
    gate(project)
    with pytest.raises(UsageError, match="unknown release"):
        build(project, name, today=TODAY)
    assert (project.root / "gate/verdict.json").exists()


def test_leftovers_of_killed_builds_are_swept_away(project):
    gate(project)
    write(project.root, {"release/.support.tmp-new1/triage/train.jsonl": "{}", "release/support/stale.txt": ""})
    built(project)
    assert [path.name for path in (project.root / "release").iterdir()] == ["support"]
    assert not (project.root / "release/support/stale.txt").exists()


def test_a_build_that_breaks_off_leaves_nothing(project, monkeypatch):
    gate(project)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("assay.release.manifest.write_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        built(project)
    assert left(project) == []
