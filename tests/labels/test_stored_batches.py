"""A batch whose folder DVC keeps: read where its files are here, an error where they are not, and refused by a review."""

import json
import shutil

import pytest

from assay.project.config import find_project
from assay.reviewer.project_check import project_findings
from clones import commit, git, known_as
from pipelines import assay, run
from projects import FILES, write_files

pytestmark = pytest.mark.slow
POINTER = "labels/mood/r1.dvc"
CHECKS = "rules:\n  agreement:\n    tone: {at_least: 0.5}\n"


@pytest.fixture
def stored(tmp_path):
    """A project in a clone that has a batch in DVC, and what was found in it before."""
    root = tmp_path / "project"
    write_files(root, {**FILES, "checks/mood.yaml": CHECKS})
    git(root, "init", "-q", "-b", "main")
    known_as(root, "ada")
    commit(root, "the project")
    before = project_findings(find_project(root)).findings
    assert run(root, "dvc", "init", "-q").code == 0
    git(root, "rm", "-r", "-q", "--cached", "labels/mood/r1")
    assert run(root, "dvc", "add", "-q", "labels/mood/r1").code == 0
    commit(root, "the batch in DVC")
    return root, before


def test_where_its_files_are_here_it_is_read_like_any_other(stored):
    root, before = stored
    assert git(root, "ls-files", "labels/mood/r1", POINTER).split() == [POINTER]
    assert project_findings(find_project(root)).findings == before
    votes = root / "labels/mood/r1/ben.jsonl"
    votes.chmod(0o644)
    votes.write_text(votes.read_text().replace('"tone":"bad"', '"tone":"blue"', 1))
    assert {found.rule for found in project_findings(find_project(root)).findings} >= {"label/schema"}


def test_where_they_are_not_that_is_an_error_and_the_fix_brings_them(stored, tmp_path):
    root, before = stored
    copy = tmp_path / "copy"
    git(tmp_path, "clone", "-q", str(root), str(copy))
    (found,) = [one for one in project_findings(find_project(copy)).findings if one.rule == "label/pointer"]
    assert (found.at.path, found.batch) == (POINTER, "r1")
    assert f"`dvc pull {POINTER}`" in found.fix
    assert run(copy, "dvc", "remote", "add", "--local", "-d", "there", str(root / ".dvc/cache")).code == 0
    shutil.copytree(root / ".dvc/cache/files", tmp_path / "remote/files")
    assert run(copy, "dvc", "remote", "modify", "--local", "there", "url", str(tmp_path / "remote")).code == 0
    assert run(copy, "dvc", "pull", "-q", POINTER).code == 0
    assert project_findings(find_project(copy)).findings == before


@pytest.mark.parametrize("change", ["changed", "removed"])
def test_a_review_refuses_a_pointer_that_changes(stored, change):
    root, _ = stored
    git(root, "switch", "-q", "-c", "other")
    if change == "changed":
        votes = root / "labels/mood/r1/ben.jsonl"
        votes.chmod(0o644)
        votes.write_text(votes.read_text().replace('"tone":"bad"', '"tone":"good"', 1))
        assert run(root, "dvc", "add", "-q", "labels/mood/r1").code == 0
    else:
        (root / POINTER).unlink()
    git(root, "add", "--all")
    commit(root, "another content")
    ran = assay(root, "review", "main", "other", "--actor", "ada", "--format", "json")
    (file,) = [one for one in json.loads(ran.said)["verdict"]["files"] if one["path"] == POINTER]
    assert (file["kind"], file["outcome"]) == ("stored-labels", "refused")
    assert "DVC keeps these labels" in file["reasons"][0]
