"""`assay release`: added, built or refused, verified, recorded."""

import json
import shutil

import pytest

import clones
from assay.project.config import find_project
from assay.project.policy import load_release_spec
from gated import alpha, evidence, write, write_reports, write_tables

IGNORED = "/build/\n/gate/\n/release/\n"
SAID = "triage/agreement/intent ({}): alpha of intent is 0.50 (95% interval 0.40 to 0.60) on 72 units; "


def committed(root):
    """Commits what people write: the commit."""
    write(root, {".gitignore": IGNORED})
    clones.git(root, "init", "-q", "-b", "main")
    return clones.commit(clones.known_as(root, "noor"), "the project")


def test_release_add_writes_a_specification_and_lists_it(assay, demo):
    assay("task", "add", "mood")
    said = assay("release", "add", "set", "--task", "mood", "--task", "mood")
    assert (said.code, said.out, said.err) == (0, "wrote releases/set.yaml\nwrote checks/project.yaml\n", "")
    project = find_project(demo)
    spec = load_release_spec(project, "set")
    assert project.releases == ("set",)
    assert (spec.version, spec.tasks) == ("0.1.0", ("mood",))
    assert spec.splits == (("train", 0.8), ("validation", 0.1), ("test", 0.1))


def test_release_add_refuses_a_task_that_is_not_there_and_a_name_that_is(assay, demo):
    assay("task", "add", "mood")
    said = assay("release", "add", "set", "--task", "moood")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("assay: there is no task 'moood'\n  fix: tasks here: mood; ")
    assert not (demo / "releases/set.yaml").exists()
    assert assay("release", "add", "set", "--task", "mood").code == 0
    again = assay("release", "add", "set", "--task", "mood")
    assert (again.code, again.err.splitlines()[0]) == (2, "assay: release 'set' already exists")


@pytest.mark.usefixtures("root")
def test_a_release_that_is_not_listed_is_named_with_those_that_are(assay):
    assay("gate")
    for command in (
        ("gate", "--enforce", "release:nosuch"),
        ("release", "build", "nosuch"),
        ("release", "verify", "nosuch"),
        ("release", "record", "nosuch"),
    ):
        said = assay(*command)
        assert (said.code, said.out) == (2, "")
        assert said.err.startswith("assay: unknown release 'nosuch'\n  fix: releases: support; ")


def test_a_release_is_built_verified_and_recorded(assay, root):
    assay("gate")
    built = assay("release", "build", "support")
    said = "release/support: version 1.0.0, 8 rows\n  triage: rows by votes: 8 on 2 · left out: 1 skipped\n"
    assert (built.code, built.out, built.err) == (0, said, "")
    good = assay("release", "verify", "support")
    assert (good.code, good.err) == (0, "")
    lines = good.out.splitlines()
    assert lines[0] == ("proved      files: every file is as the manifest lists it, and the manifest is unchanged")
    assert [line.split()[0] for line in lines] == [*["proved"] * 7, *["not"] * 3]
    told = assay("release", "verify", "support", "--format", "json").json
    assert (told["release"], told["problems"]) == ("support", [])
    assert [f"proved      {one}" for one in told["proved"]] == lines[:7]
    assert [f"not proved  {one}" for one in told["not_proved"]] == lines[7:]
    refused = assay("release", "record", "support")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith("assay: release/support is not recorded: no commit holds its sources\n")
    at = committed(root)
    recorded = assay("release", "record", "support")
    of = f"(made from commit {at[:12]})"
    assert (recorded.code, recorded.out) == (0, f"wrote releases/support/1.0.0.json {of}\n")
    assert recorded.err == "next: commit it, with dvc.lock and reports/\n"
    told = json.loads((root / "releases/support/1.0.0.json").read_bytes())
    assert (told["commit"], told["manifest"]) == (at, json.loads((root / "release/support/manifest.json").read_bytes()))
    again = assay("release", "record", "support")
    assert (again.code, again.out) == (0, f"already recorded in releases/support/1.0.0.json {of}\n")
    assert assay("release", "verify", "support").code == 0
    evidence_ = ("reports/other/more.json", "reports/triage/deep/more.json", "reports/triage/more.json")
    write(root, {"dvc.lock": "schema: '2.0'\n", **dict.fromkeys(evidence_, "{}")})
    assert assay("whoami", "--set", "noor").code == 0
    sent = assay("release", "record", "support", "--submit")
    assert (sent.code, clones.branch(root)) == (0, "noor/record-support"), sent.err
    listed = clones.git(root, "show", "--format=%s", "--name-only", "HEAD").splitlines()
    assert listed == [
        "release support recorded by noor", "", "dvc.lock", "releases/support/1.0.0.json", *evidence_[1:]
    ]  # fmt: skip


def test_what_is_not_committed_is_not_recorded(assay, released):
    committed(released)
    (released / "checks/more.txt").write_text("x")
    for command in (("gate",), ("release", "build", "support")):
        assert assay(*command).code == 0
    said = assay("release", "record", "support")
    assert (said.code, said.out) == (1, "")
    assert "checks/more.txt, and is not committed\n  fix: commit labels, guidelines" in said.err
    assert not (released / "releases/support").exists()
    clones.commit(released, "more")
    assert assay("release", "record", "support").code == 0


@pytest.mark.usefixtures("released")
def test_a_folder_is_held_against_itself_wherever_it_is(assay, tmp_path, monkeypatch):
    place = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    shutil.copytree(tmp_path / "release/support", place / "copy")
    for folder, name in ((place, "./copy"), (place, "copy"), (place / "copy", "."), (tmp_path, f"{place}/copy/")):
        monkeypatch.chdir(folder)
        said = assay("release", "verify", name)
        assert (said.code, said.err) == (0, "")
        assert [line.split(":")[0] for line in said.out.splitlines()] == [
            *("proved      files", "proved      rows", "proved      tables", "proved      verdict"),
            "not proved  origin",
        ]
    (place / "copy/triage/more").write_text("")
    said = assay("release", "verify", f"{place}/copy", "--format", "json")
    assert (said.code, said.json["problems"]) == (1, ["files: triage/more does not belong to the release"])
    said = assay("release", "verify", "./nosuch")
    assert (said.code, said.out) == (2, "")
    assert "nosuch is not a folder" in said.err


def test_a_refused_release_says_every_reason_and_leaves_nothing(assay, released):
    write_reports(released, evidence(errors=1, intent=alpha(0.5, 0.4, 0.6)))
    assay("gate")
    said = assay("release", "build", "support")
    assert (said.code, said.out) == (1, "")
    first, schema, agreement, fix = said.err.splitlines()
    assert first == "assay: release support 1.0.0 is refused"
    assert schema == "  triage/schema (fail): triage has 20 records with 1 error; at most 0 errors are allowed"
    assert agreement == "  " + SAID.format("fail") + "the lower end must be at least 0.667"
    assert fix.startswith("  fix: ")
    assert not (released / "release/support").exists()


def test_a_release_that_was_touched_is_found_out_and_not_recorded(assay, released):
    rows = next((released / "release/support/triage").glob("*.jsonl"))
    rows.write_bytes(rows.read_bytes() + b"\n")
    (released / "release/support/extra").write_text("x")
    said = assay("release", "verify", "support")
    assert (said.code, said.err) == (1, "")
    problems = [line.removeprefix("broken      ") for line in said.out.splitlines() if line.startswith("broken")]
    assert any(rows.name in problem for problem in problems)
    assert any("extra" in problem for problem in problems)
    told = assay("release", "verify", "support", "--format", "json")
    assert (told.code, told.json["problems"]) == (1, problems)
    refused = assay("release", "record", "support")
    assert (refused.code, refused.out) == (1, "")
    assert "release/support is not recorded\n  files: " in refused.err
    assert "with `dvc repro -f -s release@support`" in refused.err
    assert not (released / "releases/support").exists()


@pytest.mark.usefixtures("root")
def test_a_release_that_was_never_built_does_not_verify(assay):
    assay("gate")
    said = assay("release", "verify", "support")
    assert (said.code, said.out) == (
        1,
        "broken      files: release/support does not exist; `dvc repro` builds it if the verdict allows it\n",
    )
    assert assay("release", "record", "support").code == 1


def test_a_version_is_recorded_for_one_dataset_only(assay, released):
    committed(released)
    assay("release", "record", "support")
    before = (released / "releases/support/1.0.0.json").read_bytes()
    write_tables(released, ["i0", "i1"])
    assay("gate")
    assay("release", "build", "support")
    verified = assay("release", "verify", "support")
    assert verified.code == 1
    assert "broken      record: it is not the dataset that releases/support/1.0.0.json records\n" in verified.out
    said = assay("release", "record", "support")
    assert said.code == 1
    assert "fix: raise the version in releases/support.yaml" in said.err
    assert (released / "releases/support/1.0.0.json").read_bytes() == before
