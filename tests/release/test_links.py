"""Whatever is changed after a release was built, `verify` fails and says which link broke; what was not is let be."""

import json
import shutil

import msgspec
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from assay.core.verdict import Outcome
from assay.errors import NewerError, RefusedError, UsageError
from assay.files.artifacts import json_bytes, write_json
from assay.files.parquet import write_parquet
from assay.gate.enforce import enforced, judge_all, read_verdict
from assay.gate.project_checks import run_checks
from assay.pipeline.gate_stages import gate
from assay.project.config import find_project
from assay.release.builder import build
from assay.release.manifest import FORMAT, listed_files, manifest_in, sealed, write_manifest
from assay.release.records import ReleaseRecord, record_path, sealed_record
from assay.release.verifier import verify_release
from clones import commit
from gated import coded, measured_project, remeasure
from projects import write_files
from release.conftest import SONG, TODAY, measured

pytestmark = pytest.mark.threat(22)

VOTES = "labels/mood/r1/ben.jsonl"


def links(project, checks=None, today=TODAY, name="set"):
    """The broken links, each with what is said of it."""
    found = verify_release(find_project(project.root), name, today=today, checks=checks).problems
    told = {}
    for problem in found:
        link, _, said = problem.partition(": ")
        told.setdefault(link, []).append(said)
    return told


def edited(project, name, old, new):
    path = project.root / name
    text = path.read_bytes()
    assert old.encode() in text
    path.write_bytes(text.replace(old.encode(), new.encode(), 1))


def reseal(folder):
    """Lists the files of a release as they are now, as whoever altered them would."""
    manifest = manifest_in(folder)
    write_manifest(folder, sealed(replace(manifest, files=listed_files(folder), digest="")))


def test_a_release_that_nobody_touched_proves_every_link_and_says_what_it_does_not(whole):
    found = verify_release(whole, "set", today=TODAY)
    assert found.problems == ()
    assert [one.partition(":")[0] for one in found.proved] == [
        *("files", "spec", "sources", "tables", "rows", "approvals", "verdict", "record", "commit"),
    ]
    assert [one.partition(":")[0] for one in found.not_proved] == ["measured", "builder"]
    assert "`dvc repro -f`" in found.not_proved[0]


EDITS = {
    "a vote": (VOTES, '"tone":"bad"', '"tone":"good"', "labels/mood/r1"),
    "a crowd's vote": ("labels/mood/r2/@crowd.jsonl", '"tone":"bad"', '"tone":"good"', "labels/mood/r2"),
    "a decision": ("labels/mood/r1/ada.adjudicated.jsonl", "edge-case", "other", "labels/mood/r1"),
    "a batch": ("labels/mood/r3/batch.yaml", "open", "closed", "labels/mood/r3"),
    "a plan": ("labels/mood/r1/assignments.jsonl", '["ben"]', '["ada"]', "labels/mood/r1"),
    "gold": ("labels/mood/gold/ada.jsonl", "good", "bad", "labels/mood/gold"),
    "an item": ("labels/items/texts/two.jsonl", "fourth", "forty", "labels/items/texts"),
    "a guideline": ("guidelines/mood.md", "Read it.", "Read it twice.", "guidelines/mood.md"),
    "a schema": ("schemas/mood.yaml", "[good, bad]", "[good, bad, odd]", "schemas/mood.yaml"),
    "a roster entry": ("labels/annotators/ben.yaml", "person", "model", "labels/annotators"),
    "a crowd's roster": ("labels/sources/crowd.jsonl", "excluded", "active", "labels/sources"),
    "an approval": ("guidelines/approvals/mood/0.2.0.yaml", "ada", "ben", "guidelines/approvals/mood"),
    "a signer": ("guidelines/allowed_signers", "nobody", "somebody", "guidelines/allowed_signers"),
    "the project's id": ("checks/project.yaml", "test-project", "other-project", "checks/project.yaml:id"),
    "a rule": ("checks/mood.yaml", "errors_at_most: 0", "errors_at_most: 9", "checks/mood.yaml"),
    "what a check reads": ("checks/words.txt", "good", "fine", "checks/words.txt"),
    "a check": ("checks/check_words.py", "good bad", "good", "checks/check_words.py"),
    "the license": ("releases/set.yaml", "CC0", "CC1", "releases/set.yaml"),
}


@pytest.mark.parametrize(("name", "old", "new", "said"), EDITS.values(), ids=EDITS)
def test_what_is_edited_after_the_build_is_named_as_a_source_that_changed(whole, known_checks, name, old, new, said):
    edited(whole, name, old, new)
    told = links(whole, known_checks)
    assert any(said in one and one.startswith("changed since ") for one in told["sources"]), told
    assert "files" not in told


def added(project):
    write_files(project.root, {"labels/mood/r9/batch.yaml": "purpose: label\n"})


def removed(project):
    (project.root / VOTES).unlink()


def linked(project):
    (project.root / VOTES).rename(project.root / "elsewhere")
    (project.root / VOTES).symlink_to(project.root / "elsewhere")


def migrated(project):
    write_files(project.root, {"schemas/migrations/mood/0001-x.yaml": "reason: x\nguideline: 0.2.0\nsteps: []\n"})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (added, "labels/mood/r9"),
        (removed, "labels/mood/r1"),
        (linked, "labels/mood/r1"),
        (migrated, "schemas/migrations/mood"),
    ],
)
def test_so_is_what_is_added_taken_away_or_put_elsewhere(whole, known_checks, change, said):
    change(whole)
    assert any(said in one for one in links(whole, known_checks)["sources"])


def test_pages_for_readers_and_hidden_files_are_no_sources(whole, known_checks):
    write_files(
        whole.root, {"labels/mood/README.md": "x", "labels/mood/r1/.ada.jsonl.swp": "x", "labels/README.md": "x"}
    )
    assert links(whole, known_checks) == {}


def test_altered_rows_under_a_sealed_manifest_are_not_what_the_tables_give(whole, known_checks):
    folder = whole.root / "release/set"
    rows = next(path for path in sorted((folder / "mood").glob("*.jsonl")) if b'"tone":"good"' in path.read_bytes())
    rows.write_bytes(rows.read_bytes().replace(b'"tone":"good"', b'"tone":"bad"'))
    reseal(folder)
    told = links(whole, known_checks)
    assert told["rows"] == [f"mood/{rows.name} is not what the current tables give"]
    assert told["record"] == ["it is not the dataset that releases/set/1.0.0.json records"]
    assert set(told) == {"rows", "record"}


def test_altered_tables_are_not_those_that_the_reports_are_of(whole, known_checks):
    table = whole.root / "build/mood/consensus.parquet"
    table.write_bytes((whole.root / "build/song/consensus.parquet").read_bytes())
    told = links(whole, known_checks)
    assert told["tables"] == [
        "changed since reports/mood/consensus.json was measured: build/mood/consensus.parquet",
        "changed since reports/mood/quality.json was measured: build/mood/consensus.parquet",
    ]


@pytest.mark.parametrize("stage", ["schema", "agreement"])
def test_a_report_that_was_altered_is_not_the_one_that_the_next_was_made_from(whole, known_checks, stage):
    edited(whole, f"reports/mood/{stage}.json", "0", "1")
    told = links(whole, known_checks)
    assert any(f"reports/mood/{stage}.json" in one for one in told["tables"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("1.0.0", "1.2.0", "version 1.2.0, and the release has 1.0.0"),
        ("CC0-1.0", "CC1-1.0", "license CC1-1.0, and the release has CC0-1.0"),
        ("splits:", "seed: 4\nsplits:", "seed 4, and the release has 0"),
        (
            "train: 0.5, test: 0.5",
            "train: 0.6, test: 0.4",
            "splits {'train': 0.6, 'test': 0.4}, and the release has {'train': 0.5, 'test': 0.5}",
        ),
        ("[mood]", "[song, mood]", "tasks ['song', 'mood'], and the release has ['mood']"),
    ],
)
def test_what_the_specification_says_otherwise_is_named_and_nothing_is_built_again(whole, known_checks, old, new, said):
    edited(whole, "releases/set.yaml", old, new)
    found = verify_release(whole, "set", today=TODAY, checks=known_checks)
    assert [one for one in found.problems if one.startswith("spec")] == [f"spec: releases/set.yaml says {said}"]
    assert found.not_proved[0] == "rows: not built again, as the sources or tables changed"


def test_a_release_of_another_name_or_project_is_not_this_one(whole, known_checks):
    folder = whole.root / "release/set"
    manifest = manifest_in(folder)
    for changed, said in (
        ({"name": "tunes"}, "it is release tunes of project test-project, not set of test-project"),
        ({"project": "other"}, "it is release set of project other, not set of test-project"),
    ):
        write_manifest(folder, sealed(replace(manifest, digest="", **changed)))
        assert links(whole, known_checks)["spec"] == [said]


def test_of_files_that_items_name_nothing_is_proved(whole, known_checks):
    edited(whole, "releases/set.yaml", "[mood]", "[song, mood]")
    for pool in ("songs", "texts", "elsewhere"):
        media = whole.root / f"labels/items/{pool}/media"
        media.mkdir(parents=True)
        (media / "a.png").write_bytes(b"x")
        found = verify_release(find_project(whole.root), "set", today=TODAY, checks=known_checks).not_proved
        assert any(one.startswith("media: ") for one in found) is (pool != "elsewhere")
        shutil.rmtree(media)


def test_tables_that_no_stage_writes_are_said_to_be_that(tmp_path):
    project = measured_project(tmp_path)
    gate(project)
    build(project, "support", today=TODAY)
    path = tmp_path / "build/triage/consensus.parquet"
    table = pq.read_table(path)
    write_parquet(path, {name: table[name].combine_chunks() for name in table.column_names} | {
        "source": coded(["nonsense" for _ in range(len(table))])
    })  # fmt: skip
    remeasure(tmp_path)
    told = links(project, (), name="support")
    assert told["rows"] == ["the current tables hold what no stage writes: 'nonsense' is not a valid Source"]


FAILING = "def check_never():\n    assert False, 'never good enough'\n"


def failing(project):
    """The project with a check that fails, and the verdict on it; the release is still there."""
    write_files(project.root, {"checks/check_never.py": FAILING})
    write_json(project.root / "gate/verdict.json", judge_all(project, run_checks(project)))
    return project


def forged(project):
    """The verdict on disk with every failure turned into a pass."""
    verdict = read_verdict(project)
    passed = [replace(check, outcome=Outcome.PASS, message="holds") for check in verdict.checks]
    release = dict.fromkeys(verdict.release, Outcome.PASS)
    write_json(project.root / "gate/verdict.json", replace(verdict, merge=Outcome.PASS, release=release, checks=passed))


def test_a_failing_check_that_somebody_set_to_pass_is_run_again_and_nothing_is_built(whole):
    forged(failing(whole))
    with pytest.raises(RefusedError, match=r"check_never is pass; judged again it is fail: .*never good enough"):
        build(whole, "set", today=TODAY)
    assert not (whole.root / "release/set").exists()
    (problem,) = enforced(whole, read_verdict(whole), what="merge", today=TODAY)
    assert "judged again it is fail" in problem


def test_a_forged_verdict_under_a_manifest_that_says_the_same_breaks_at_the_verdict(whole):
    forged(failing(whole))
    folder = whole.root / "release/set"
    manifest = manifest_in(folder)
    checks = [json.loads(json_bytes(check)) for check in read_verdict(whole).checks]
    verdict = {**manifest.made_from["verdict"], "checks": checks}
    sources = {**manifest.made_from["sources"], "checks/check_never.py": "0" * 64}
    write_manifest(
        folder,
        sealed(replace(manifest, made_from={**manifest.made_from, "sources": sources, "verdict": verdict}, digest="")),
    )
    told = links(whole)
    assert any("check_never.py::check_never is pass; judged again it is fail" in one for one in told["verdict"])
    assert told["sources"] == ["changed since the release: checks/check_never.py"]


def test_a_verdict_that_does_not_name_what_it_judged_is_not_of_what_is_here(whole, known_checks):
    verdict = read_verdict(whole)
    write_json(
        whole.root / "gate/verdict.json", replace(verdict, inputs={**verdict.inputs, VOTES.rpartition("/")[0]: ""})
    )
    assert links(whole, known_checks) == {"verdict": ["changed since gate/verdict.json: labels/mood/r1"]}
    for name in ("build/mood/consensus.parquet", "reports/mood/agreement.json", "releases/set.yaml"):
        write_json(whole.root / "gate/verdict.json", replace(verdict, inputs={**verdict.inputs, name: "0"}))
        assert links(whole, known_checks) == {"verdict": [f"changed since gate/verdict.json: {name}"]}
    for name in ("build/song/consensus.parquet", "checks/song.yaml", "releases/tunes.yaml"):
        write_json(whole.root / "gate/verdict.json", replace(verdict, inputs={**verdict.inputs, name: "0"}))
        assert links(whole, known_checks) == {}
    write_json(whole.root / "gate/verdict.json", replace(verdict, inputs={}))
    assert set(links(whole, known_checks)) == {"verdict"}


def test_figures_that_somebody_bettered_in_a_report_are_found_where_the_next_report_names_it(whole):
    edited(whole, "reports/mood/schema.json", '"errors": 0', '"errors": 1')
    with pytest.raises(UsageError, match=r"changed since reports/mood/quality\.json was measured: reports/mood/schema"):
        gate(whole)


def test_an_approval_that_the_evidence_claims_is_judged_again(whole, known_checks):
    (whole.root / "guidelines/approvals/mood/0.2.0.yaml").unlink()
    told = links(whole, known_checks)
    said = "0.2.0 is approved (forge: ada) by reports/mood/quality.json"
    anew = "is held (there is no approval record) when judged again"
    assert told["approvals"] == [f"{said}, and {anew}"]


def test_a_version_whose_approval_the_evidence_leaves_out_is_judged_all_the_same(whole, known_checks):
    path = whole.root / "reports/mood/quality.json"
    report = json.loads(path.read_bytes())
    assert report["approved"].pop("0.2.0")
    path.write_bytes(json_bytes(report))
    told = links(whole, known_checks)
    said = "0.2.0 is not cited by reports/mood/quality.json, and is approved (forge: ada) when judged again"
    assert told["approvals"] == [said]


def waived(project, text):
    (project.root / "checks/waivers.yaml").write_text(text)


def test_a_waiver_that_is_gone_or_altered_breaks_at_the_verdict(whole, known_checks):
    path = whole.root / "checks/waivers.yaml"
    text = path.read_text()
    path.write_text("[]\n")
    told = links(whole, known_checks)["verdict"]
    assert any("mood/gold is waived; judged again it is insufficient" in one for one in told)
    path.write_text(text.replace("2027-01-31", "2029-01-31"))
    assert set(links(whole, known_checks)) == {"verdict"}
    path.write_text(text)
    assert links(whole, known_checks) == {}


def test_the_manifest_names_its_waivers_and_is_valid_until_the_first_of_them_ends(whole, known_checks):
    verdict = manifest_in(whole.root / "release/set").made_from["verdict"]
    assert [(one["rule"], one["approver"], one["until"]) for one in verdict["waivers"]] == [
        ("mood/gold", "ada", "2027-01-31")
    ]
    assert verdict["valid_until"] == "2027-01-31"
    assert links(whole, known_checks, today="2027-01-31") == {}
    assert links(whole, known_checks, today="2027-02-01") == {
        "verdict": ["the release was valid until 2027-01-31: a waiver it rests on has expired"]
    }


def test_a_record_of_another_commit_does_not_hold_the_sources(whole, known_checks):
    path = whole.root / record_path("set", "1.0.0")
    told = json.loads(path.read_bytes())
    before = told["commit"]
    edited(whole, VOTES, '"tone":"bad"', '"tone":"good"')
    told["commit"] = commit(whole.root, "other votes")
    edited(whole, VOTES, '"tone":"good"', '"tone":"bad"')
    path.write_bytes(json_bytes(sealed_record(_record(told))))
    assert links(whole, known_checks)["commit"] == [f"changed since commit {told['commit'][:12]}: labels/mood/r1"]
    told["commit"] = "0" * 40
    path.write_bytes(json_bytes(sealed_record(_record(told))))
    found = verify_release(whole, "set", today=TODAY, checks=known_checks)
    assert found.problems == ()
    assert any(one.startswith("commit: 000000000000, which the record names, is not in") for one in found.not_proved)
    assert before != told["commit"]


def _record(told):
    return msgspec.convert(told, ReleaseRecord)


def test_what_an_unrelated_task_does_leaves_a_release_byte_for_byte_as_it_is(whole, known_checks):
    folder = whole.root / "release/set"
    before = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    edited(whole, "labels/song/r1/ada.jsonl", "true", "false")
    edited(whole, "checks/song.yaml", "errors_at_most: 0", "errors_at_most: 7")
    write_files(whole.root, {name.replace("song", "tale"): text.replace("song", "tale") for name, text in SONG.items()})
    write_files(whole.root, {"labels/annotators/eve.yaml": "role: annotator\n"})
    edited(whole, "checks/project.yaml", "song: {pool: songs}", "song: {pool: songs}, tale: {pool: songs}")
    project = measured(whole.root)
    gate(project)
    build(project, "set", today=TODAY)
    assert {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert links(project, known_checks) == {}


def test_an_unrelated_task_that_is_not_measured_yet_is_no_problem_of_a_release(whole, known_checks):
    edited(whole, "labels/song/r1/ada.jsonl", "true", "false")
    assert links(whole, known_checks) == {}
    assert "sources" in links(whole, known_checks, name="tunes")
    shutil.rmtree(whole.root / "reports/song")
    shutil.rmtree(whole.root / "build/song")
    assert links(whole, known_checks) == {}


def test_verifying_writes_nothing(whole, known_checks):
    def state():
        return {path: path.stat().st_mtime_ns for path in whole.root.rglob("*") if ".git" not in path.parts}

    before = state()
    verify_release(whole, "set", today=TODAY, checks=known_checks)
    assert state() == before


def test_a_manifest_of_an_older_assay_is_told_as_that(whole, known_checks):
    folder = whole.root / "release/set"
    manifest = manifest_in(folder)
    old = {"inputs": {"checks/mood.yaml": "0" * 64}, "verdict": "0" * 64}
    write_manifest(folder, sealed(replace(manifest, format=1, made_from=old, digest="")))
    (problem,) = verify_release(whole, "set", today=TODAY, checks=known_checks).problems
    assert "the manifest is of an older version" in problem
    write_manifest(folder, sealed(replace(manifest, format=FORMAT + 1, digest="")))
    with pytest.raises(NewerError, match="made by a newer assay: upgrade"):
        verify_release(whole, "set", today=TODAY, checks=known_checks)


def test_a_copy_of_the_project_proves_the_same(whole, known_checks, tmp_path):
    shutil.copytree(whole.root, tmp_path / "elsewhere", symlinks=True)
    assert verify_release(find_project(tmp_path / "elsewhere"), "set", today=TODAY, checks=known_checks).problems == ()
