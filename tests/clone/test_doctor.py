"""Each thing that a clone lacks is named, with its remedy."""

import os
import sys
from pathlib import Path

import pytest

from assay.clone.doctor import examine
from assay.clone.installation import install_in_clone, uninstall_from_clone
from clones import clone, commit, git, repository
from projects import small_project

ASSAY = str(Path(sys.executable).parent / "assay")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project in which all is well."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    project = repository(
        tmp_path / "project", {"labels/annotators/ada.yaml": "role: lead\nemails: [ada@example.org]\n"}
    )
    install_in_clone(project, ASSAY)
    return project


def lacking(project):
    """What is needed and not well: what is said of it, by name."""
    return {one.name: one.said for one in examine(project) if one.needed and not one.well}


def test_a_file_that_the_pipeline_stops_at_is_named_with_the_way_back(project):
    (project.root / "checks/mood.yaml").unlink()
    assert lacking(project) == {"files": "checks/mood.yaml is missing, where `dvc repro` stops"}
    (found,) = [one for one in examine(project) if one.name == "files"]
    assert "git log -- checks/mood.yaml" in found.fix
    assert "`assay task add mood`" in found.fix


def test_a_clone_that_is_set_up_lacks_nothing(project):
    assert lacking(project) == {}
    found = {one.name: one for one in examine(project)}
    assert found["pre-commit hook"].well
    assert found["roster"].said == "you are ada, lead"
    assert found["history"].said == "whole"


def test_everything_that_is_examined_has_a_remedy(project):
    for one in (*examine(project), *examine(small_project(project.root.parent / "none"))):
        assert one.said
        assert one.fix or one.well


def test_without_a_repository_that_alone_is_said_of_the_clone(tmp_path):
    found = examine(small_project(tmp_path))
    assert (found[0].name, found[0].well, found[0].fix) == ("repository", False, "git init")
    assert not any(one.needed for one in found[1:])


def test_an_address_that_no_roster_knows_is_named(project):
    git(project.root, "config", "user.email", "eve@example.org")
    assert lacking(project).keys() == {"roster"}


def test_a_history_that_is_not_whole_is_named(project, tmp_path):
    uninstall_from_clone(project)
    commit(project.root, "second", {"README": "x\n"})
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{project.root}", "shallow")
    shallow = small_project(tmp_path / "shallow")
    assert lacking(shallow)["history"] == "shallow: earlier commits are missing"


def test_a_new_clone_merges_line_by_line_until_it_is_set_up(project, tmp_path):
    fresh = small_project(
        clone(project.root, tmp_path / "fresh", "ada"),
        {"labels/annotators/ada.yaml": "role: lead\nemails: [ada@example.org]\n"},
    )
    assert lacking(fresh) == {
        "merge driver": "labels merge line by line",
        "attributes": "label files do not name the driver",
    }
    hook = next(one for one in examine(fresh) if one.name == "pre-commit hook")
    assert (hook.well, hook.needed, hook.fix) == (False, False, "assay install")
    install_in_clone(fresh, ASSAY)
    assert lacking(fresh) == {}


@pytest.mark.parametrize(
    ("driver", "said"),
    [
        ("/gone/assay git merge %O", "/gone/assay does not exist"),
        ("assay-that-is-gone git merge", "assay-that-is-gone does not exist"),
        ("it's broken", "it's broken does not exist"),
    ],
)
def test_a_driver_that_cannot_be_called_is_named(project, driver, said):
    git(project.root, "config", "merge.assay.driver", driver)
    assert lacking(project) == {"merge driver": said}


def test_a_hook_of_the_whole_machine_takes_the_place_of_ours(project):
    Path(os.environ["HOME"]).mkdir()
    git(project.root, "config", "--global", "core.hooksPath", "/somewhere")
    assert not next(one for one in examine(project) if one.name == "pre-commit hook").well


def test_a_write_that_was_interrupted_is_named(project):
    (project.root / ".assay/pending").mkdir(parents=True)
    found = next(one for one in examine(project) if one.name == "writes")
    assert "contains a write that was not started here, or by another version of assay" in found.said
    assert found.fix == "assay doctor --drop-write"


def test_a_merge_that_is_not_finished_is_named_with_its_files(project):
    path = "labels/mood/r1/cyd.jsonl"
    uninstall_from_clone(project)
    git(project.root, "switch", "-q", "-c", "side")
    commit(project.root, "side", {path: '{"item":"i1","label":{"tone":"bad"}}\n'})
    git(project.root, "switch", "-q", "main")
    commit(project.root, "main", {path: '{"item":"i1","label":{"tone":"good"}}\n'})
    with pytest.raises(AssertionError):
        git(project.root, "merge", "-q", "side")
    found = next(one for one in examine(project) if one.name == "merges")
    assert found.said == f"git is in the middle of a merge here; in conflict: {path}"
    assert "git merge --continue" in found.fix
    assert "assay doctor --abort" in found.fix


def test_what_the_pipeline_makes_is_made_anew_and_not_put_together_by_hand(project):
    root = project.root
    for side, number in (("side", 1), ("main", 2)):
        git(root, "switch", "-q", *(["-c"] if side == "side" else []), side)
        lock = f"schema: '2.0'\nstages:\n  gate:\n    cmd: assay gate {number}\n"
        commit(root, side, {"dvc.lock": lock, "reports/mood/schema.json": f'{{"records":{number}}}\n'})
    with pytest.raises(AssertionError):
        git(root, "merge", "-q", "side")
    remedies = {one.name: one.fix for one in examine(project) if not one.well}
    side = "take either side (git checkout HEAD -- {0}), `dvc repro`, git add {0}"
    assert remedies["merges"].startswith(
        f"finish it ({side.format('dvc.lock reports')}, git merge --continue); or drop"
    )
    assert (remedies["dvc.lock"], remedies["reports"]) == (side.format("dvc.lock"), side.format("reports"))
    git(root, "checkout", "HEAD", "--", "dvc.lock", "reports")
    assert lacking(project).keys() == {"merges"}
