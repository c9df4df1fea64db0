from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest

from assay.errors import RefusedError, UsageError
from assay.files.atomic import digest_file
from assay.pipeline.stages import gate
from assay.release.builder import build
from assay.release.manifest import read_manifest
from gated import SCHEMA, alpha, evidence, measured_project, write, write_reports, write_tables
from projects import digest_tree

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
