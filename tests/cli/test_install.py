"""`assay install`: what it says it did."""

import pytest

from assay.clone.installation import hook_is_ours
from clones import git, repository


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return repository(tmp_path).root


def test_it_says_what_it_set_and_a_second_time_that_all_was_there(assay, root):
    first = assay("install")
    assert first.code == 0
    assert "set: git config merge.assay.driver\n" in first.out
    assert "set: the pre-commit hook\n" in first.out
    assert hook_is_ours(root)
    again = assay("install")
    assert (again.code, again.out, again.err) == (0, "", "everything was set up already\n")


def test_it_takes_back_what_it_set_and_a_second_time_there_is_nothing(assay, root):
    before = git(root, "config", "--local", "--list")
    assay("install")
    back = assay("install", "--uninstall")
    assert (back.code, "removed: the pre-commit hook\n" in back.out) == (0, True)
    assert git(root, "config", "--local", "--list") == before
    assert assay("install", "--uninstall").err == "nothing to do\n"


def test_somebody_elses_hook_is_told_of(assay, root):
    (root / ".git/hooks").mkdir(exist_ok=True)
    (root / ".git/hooks/pre-commit").write_text("#!/bin/sh\n")
    assert "is not from assay; to check labels before a commit, add to it" in assay("install").err


@pytest.mark.usefixtures("mood")
def test_without_a_repository_it_is_refused(assay):
    said = assay("install")
    assert (said.code, said.out) == (2, "")
    assert "fix: " in said.err
