"""What this clone's git is told beside the repository."""

import pytest

from assay.errors import GitError
from assay.git.repository import attribute, folder_of_git, hooks_elsewhere, info_attributes, unset_section
from clones import commit, git, known_as


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    (tmp_path / "home").mkdir()
    (tmp_path / "clone").mkdir()
    git(tmp_path / "clone", "init", "-q", "-b", "main")
    return known_as(tmp_path / "clone", "ada")


def test_all_work_trees_of_a_clone_share_one_folder_of_git(root, tmp_path):
    commit(root, "first", {"a": "x"})
    git(root, "worktree", "add", "-q", str(tmp_path / "second"))
    assert folder_of_git(root) == folder_of_git(tmp_path / "second") == (root / ".git").resolve()
    assert info_attributes(tmp_path / "second") == (root / ".git/info/attributes").resolve()


def test_outside_of_a_repository_git_has_no_folder(tmp_path):
    with pytest.raises(GitError):
        folder_of_git(tmp_path)


def test_an_attribute_is_read_as_git_sees_it(root):
    assert attribute(root, "merge", "a/b.jsonl") == "unspecified"
    (root / ".gitattributes").write_text("*.jsonl merge=assay\n")
    assert attribute(root, "merge", "a/b.jsonl") == "assay"


def test_a_section_is_removed_once(root):
    git(root, "config", "merge.assay.driver", "x")
    assert unset_section(root, "merge.assay")
    assert not unset_section(root, "merge.assay")


def test_hooks_are_in_the_usual_place_unless_git_was_told_otherwise(root, tmp_path, monkeypatch):
    assert hooks_elsewhere(root) == ""
    git(root, "config", "--global", "core.hooksPath", "~/hooks")
    assert hooks_elsewhere(root) == str(tmp_path / "home/hooks")
    git(root, "config", "core.hooksPath", ".husky")
    assert hooks_elsewhere(root) == ".husky"
    git(root, "config", "core.hooksPath", ".git/hooks")
    assert hooks_elsewhere(root) == ""
    git(root, "config", "--unset", "core.hooksPath")
    for name, value in (("COUNT", "1"), ("KEY_0", "core.hooksPath"), ("VALUE_0", "/elsewhere")):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    assert hooks_elsewhere(root) == "/elsewhere"
