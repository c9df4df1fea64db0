"""`assay release`: added, built or refused, verified, recorded."""

import json

import pytest

from assay.project import find_project, load_release_spec
from gated import alpha, evidence, write_reports, write_tables

SAID = "triage/agreement/intent ({}): alpha of intent is 0.50 (95% interval 0.40 to 0.60) on 72 units; "


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
    assert said.err.startswith("assay: there is no task 'moood'\n  remedy: tasks here: mood; ")
    assert not (demo / "releases/set.yaml").exists()
    assert assay("release", "add", "set", "--task", "mood").code == 0
    again = assay("release", "add", "set", "--task", "mood")
    assert (again.code, again.err.splitlines()[0]) == (2, "assay: there is a release 'set' already")


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
        assert said.err.startswith("assay: there is no release 'nosuch'\n  remedy: releases here: support; ")


def test_a_release_is_built_verified_and_recorded(assay, root):
    assay("gate")
    built = assay("release", "build", "support")
    assert (built.code, built.out, built.err) == (0, "release/support: version 1.0.0, 8 rows\n", "")
    good = assay("release", "verify", "support")
    assert (good.code, good.err) == (0, "")
    assert good.out == (
        "release/support: every file is what the manifest says, made from the tables, reports and policy that are here\n"
    )
    assert assay("release", "verify", "support", "--format", "json").json == {"release": "support", "problems": []}
    recorded = assay("release", "record", "support")
    assert (recorded.code, recorded.out) == (0, "wrote releases/support/1.0.0.json; commit it\n")
    manifest = json.loads((root / "releases/support/1.0.0.json").read_bytes())["manifest"]
    assert manifest == json.loads((root / "release/support/manifest.json").read_bytes())
    assert assay("release", "verify", "support").code == 0


def test_a_refused_release_says_every_reason_and_leaves_nothing(assay, released):
    write_reports(released, evidence(errors=1, intent=alpha(0.5, 0.4, 0.6)))
    assay("gate")
    said = assay("release", "build", "support")
    assert (said.code, said.out) == (1, "")
    first, schema, agreement, remedy = said.err.splitlines()
    assert first == "assay: release support 1.0.0 is refused"
    assert schema == "  triage/schema (fail): triage has 20 records with 1 error; at most 0 errors may be"
    assert agreement == "  " + SAID.format("fail") + "the lower end must be at least 0.667"
    assert remedy.startswith("  remedy: ")
    assert not (released / "release/support").exists()


def test_a_release_that_was_touched_is_found_out_and_not_recorded(assay, released):
    rows = next((released / "release/support/triage").glob("*.jsonl"))
    rows.write_bytes(rows.read_bytes() + b"\n")
    (released / "release/support/extra").write_text("x")
    said = assay("release", "verify", "support")
    assert (said.code, said.err) == (1, "")
    problems = said.out.splitlines()
    assert any(rows.name in problem for problem in problems)
    assert any("extra" in problem for problem in problems)
    told = assay("release", "verify", "support", "--format", "json")
    assert (told.code, told.json) == (1, {"release": "support", "problems": problems})
    refused = assay("release", "record", "support")
    assert (refused.code, refused.out) == (1, "")
    assert "release/support is not recorded: " in refused.err
    assert not (released / "releases/support").exists()


@pytest.mark.usefixtures("root")
def test_a_release_that_was_never_built_does_not_verify(assay):
    assay("gate")
    said = assay("release", "verify", "support")
    assert (said.code, said.out) == (
        1,
        "release/support does not exist; `dvc repro` builds it where the verdict lets it\n",
    )
    assert assay("release", "record", "support").code == 1


def test_a_version_is_recorded_for_one_dataset_only(assay, released):
    assay("release", "record", "support")
    before = (released / "releases/support/1.0.0.json").read_bytes()
    write_tables(released, ["i0", "i1"])
    assay("gate")
    assay("release", "build", "support")
    verified = assay("release", "verify", "support")
    assert (verified.code, verified.out) == (1, "it is not the dataset that releases/support/1.0.0.json records\n")
    said = assay("release", "record", "support")
    assert said.code == 1
    assert "remedy: raise the version in releases/support.yaml" in said.err
    assert (released / "releases/support/1.0.0.json").read_bytes() == before
