"""A clone that is set up: git merges by record, and looks at labels before a commit."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assay.clone.installation import PROBE, hook_is_ours, install_in_clone, uninstall_from_clone
from assay.errors import GitError
from assay.git.repository import attribute
from clones import POLICY, commit, git, known_as, repository
from pipelines import environment
from projects import EXPLAINED, FILES, small_project

ASSAY = str(Path(sys.executable).parent / "assay")
HOOK = ".git/hooks/pre-commit"
BEN = "labels/mood/r1/ben.jsonl"


@pytest.fixture(autouse=True)
def _nobody(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


@pytest.fixture
def project(tmp_path):
    return repository(tmp_path / "project", EXPLAINED)


def state(root):
    """What git is told in this clone."""
    files = (root / ".git/info/attributes", root / HOOK)
    return git(root, "config", "--local", "--list"), [file.read_bytes() if file.exists() else None for file in files]


def tried(root):
    """A commit as a user makes it, hooks and all."""
    git(root, "add", "-A")
    return subprocess.run(
        ["git", "commit", "-qm", "x"], cwd=root, env=environment(), capture_output=True, text=True, check=False
    )


def test_a_clone_is_set_up_once(project):
    done = install_in_clone(project, ASSAY)
    assert done.left == ()
    assert len(done.done) == 6
    assert hook_is_ours(project.root)
    assert attribute(project.root, "merge", PROBE) == attribute(project.root, "diff", PROBE) == "assay"
    before = state(project.root)
    assert install_in_clone(project, ASSAY).done == ()
    assert state(project.root) == before


def test_nothing_that_is_committed_changes(project):
    install_in_clone(project, ASSAY)
    assert git(project.root, "status", "--porcelain") == ""


def test_what_was_set_up_is_taken_back_and_nothing_else(project):
    attributes = project.root / ".git/info/attributes"
    attributes.parent.mkdir(exist_ok=True)
    attributes.write_bytes(b"*.bin merge=assay-binary\n*.txt \xff text\n")
    git(project.root, "config", "merge.union.name", "mine")
    before = state(project.root)
    install_in_clone(project, ASSAY)
    assert state(project.root) != before
    uninstall_from_clone(project)
    assert state(project.root) == before
    assert uninstall_from_clone(project).done == ()


def test_attributes_that_end_without_a_newline_stay_what_they_are(project):
    attributes = project.root / ".git/info/attributes"
    attributes.parent.mkdir(exist_ok=True)
    attributes.write_text("*.txt text")
    install_in_clone(project, ASSAY)
    assert attribute(project.root, "text", "a.txt") == "set"
    assert attribute(project.root, "merge", PROBE) == "assay"


def test_another_program_takes_the_place_of_the_first(project):
    install_in_clone(project, ASSAY)
    done = install_in_clone(project, "/somewhere/else/assay")
    assert set(done.done) == {"git config merge.assay.driver", "git config diff.assay.textconv", "the pre-commit hook"}


@pytest.mark.parametrize("theirs", ["#!/bin/sh\nexit 0\n", "", "#!/bin/sh\n# calls assay install now and then\n"])
def test_somebody_elses_hook_is_not_touched(project, theirs):
    hook = project.root / HOOK
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(theirs)
    done = install_in_clone(project, ASSAY)
    assert "is not from assay" in done.left[0]
    assert f"{ASSAY} fmt --check && {ASSAY} check --staged" in done.left[0]
    assert not hook_is_ours(project.root)
    uninstall_from_clone(project)
    assert hook.read_text() == theirs


def test_a_hook_that_somebody_wrote_on_is_theirs_from_then_on(project):
    install_in_clone(project, ASSAY)
    hook = project.root / HOOK
    hook.write_text(hook.read_text() + "make lint\n")
    more = hook.read_text()
    assert install_in_clone(project, ASSAY).left
    uninstall_from_clone(project)
    assert hook.read_text() == more


def test_a_link_in_the_place_of_the_hook_is_not_replaced(project, tmp_path):
    hook = project.root / HOOK
    hook.parent.mkdir(exist_ok=True)
    hook.symlink_to(tmp_path / "not there yet")
    assert install_in_clone(project, ASSAY).left
    assert hook.is_symlink()


def test_where_hooks_stand_elsewhere_none_is_written(project):
    git(project.root, "config", "core.hooksPath", ".husky")
    done = install_in_clone(project, ASSAY)
    assert ".husky" in done.left[0]
    assert not (project.root / HOOK).exists()
    assert not (project.root / ".husky").exists()


def test_without_a_repository_there_is_nothing_to_set_up(tmp_path):
    with pytest.raises(GitError):
        install_in_clone(small_project(tmp_path), ASSAY)


def test_the_hook_lets_sound_labels_through_and_holds_others(project):
    install_in_clone(project, ASSAY)
    ben = project.root / BEN
    ben.write_text(FILES[BEN].replace('"hm"', '"hm, no"'))
    assert tried(project.root).returncode == 0
    ben.write_text(FILES[BEN].replace('{"item":"i1",', '{"item": "i1",'))
    untidy = tried(project.root)
    assert (untidy.returncode, BEN in untidy.stdout + untidy.stderr) == (1, True)
    ben.write_text(FILES[BEN].replace('"tone":"bad"', '"tone":"baad"'))
    wrong = tried(project.root)
    assert (wrong.returncode, "'baad' is not one of" in wrong.stdout + wrong.stderr) == (1, True)


def test_what_is_staged_is_what_was_judged_or_nothing_is_committed(project):
    install_in_clone(project, ASSAY)
    ben = project.root / BEN
    ben.write_text(FILES[BEN].replace('"tone":"bad"', '"tone":"baad"'))
    git(project.root, "add", BEN)
    ben.write_text(FILES[BEN].replace('"hm"', '"hm, no"'))
    done = subprocess.run(
        ["git", "commit", "-qm", "half"], cwd=project.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"the staged content differs from the work tree, which is what is checked: {BEN}" in done.stderr
    (project.root / "notes.txt").write_text("one\n")
    git(project.root, "add", "--all")
    (project.root / "notes.txt").write_text("two\n")
    done = subprocess.run(
        ["git", "commit", "-qm", "whole"], cwd=project.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_project_in_a_folder_of_a_repository_is_set_up_there(tmp_path):
    top = tmp_path / "top"
    project = small_project(top / "the labels [1]", POLICY)
    git(top, "init", "-q", "-b", "main")
    known_as(top, "ada")
    commit(top, "the project")
    install_in_clone(project, ASSAY)
    assert attribute(project.root, "merge", PROBE) == "assay"
    assert attribute(top, "merge", PROBE) == "unspecified"
    (project.root / BEN).write_text(FILES[BEN].replace('"tone":"bad"', '"tone":"baad"'))
    assert "'baad' is not one of" in tried(top).stderr + tried(top).stdout
    git(top, "reset", "-q", "--hard")
    git(top, "switch", "-q", "--orphan", "empty")
    (top / "README").write_text("y\n")
    assert tried(top).returncode == 0


@pytest.mark.parametrize("program", ["/gone/assay", "assay-that-is-gone"])
def test_where_the_program_is_gone_the_hook_says_so_and_stands_aside(project, program):
    install_in_clone(project, program)
    (project.root / BEN).write_text("{\n")
    done = tried(project.root)
    assert done.returncode == 0
    assert "assay not found: labels are not checked" in done.stderr


def test_a_program_whose_path_holds_spaces_and_quotes_is_called(project, tmp_path):
    odd = tmp_path / 'it\'s a "program"'
    odd.mkdir()
    (odd / "assay").symlink_to(ASSAY)
    install_in_clone(project, str(odd / "assay"))
    (project.root / BEN).write_text("{\n")
    done = tried(project.root)
    assert done.returncode == 1
    assert f"{BEN}:1" in done.stdout + done.stderr
    assert os.access(project.root / HOOK, os.X_OK)
