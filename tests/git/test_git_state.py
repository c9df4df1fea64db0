"""What git says of a clone, asked once: the same answers, of one moment."""

from itertools import product

import pytest

from assay.errors import GitError
from assay.git import commands as asked
from assay.git.git_state import GitState
from clones import commit, git, known_as


@pytest.fixture
def project(tmp_path):
    """A project below the top of a repository, with a branch, a merge, a tag's name in the way and a remote."""
    git(tmp_path, "init", "-q", "-b", "main")
    known_as(tmp_path, "ada")
    commit(tmp_path, "one", {"project/a": "1\n", "project/sub/b": "b\n", "other": "x\n"})
    git(tmp_path, "switch", "-q", "-c", "side")
    commit(tmp_path, "two", {"project/a": "2\n", "project/ñ": "n\n"})
    git(tmp_path, "switch", "-q", "main")
    commit(tmp_path, "three", {"project/a\nb": "line\n"})
    git(tmp_path, "merge", "-q", "--no-edit", "side")
    git(tmp_path, "switch", "-q", "-c", "apart", "side")
    commit(tmp_path, "four", {"project/a": "4\n"})
    git(tmp_path, "remote", "add", "my.own", "https://example.org/x.git")
    git(tmp_path, "update-ref", "refs/remotes/my.own/main", "main")
    return tmp_path / "project"


def test_every_answer_is_the_one_that_git_gives(project):
    state = GitState(project)
    names = ["HEAD", "refs/remotes/my.own/main", git(project, "rev-parse", "side~1")]
    assert [state.commit(name) for name in names] == [asked.commit_of(project, name) for name in names]
    assert state.commit("refs/heads/none") is state.commit("none") is None
    for one, other in product(names, names):
        assert state.merge_base(one, other) == asked.merge_base(project, one, other)
        assert state.is_ancestor(one, other) == asked.is_ancestor(project, one, other)
        assert state.paths_between(one, other) == asked.paths_between(project, one, other)
        assert state.commits_touching("a", one, other) == asked.commits_touching(project, "a", one, other)
    for name, path in product(names, ["a", "a\nb", "sub/b", "sub", "ñ", "none", "other", "../other"]):
        assert state.file_at(name, path) == asked.file_at(project, name, path)
    assert (state.branch, state.remotes, state.push_remote, state.base_remote) == (
        "apart",
        ("my.own",),
        "my.own",
        "my.own",
    )
    assert state.default == asked.shared_default(project)
    assert state.setting("user.EMAIL") == "ada@example.org"
    assert state.setting("user.none") == ""


def test_a_name_stands_for_what_it_stood_for_until_it_is_asked_again(project):
    state = GitState(project)
    before = state.commit("HEAD")
    after = commit(project, "five", {"a": "5\n"})
    assert (state.commit("HEAD"), state.file_at("HEAD", "a")) == (before, b"4\n")
    now = state.again()
    assert (now.commit("HEAD"), now.file_at("HEAD", "a")) == (after, b"5\n")
    git(project, "switch", "-q", "--detach", "side")
    assert (now.branch, now.again().branch) == ("apart", "")


def test_a_commit_that_is_not_here_has_no_file_and_what_is_lost_is_said(project):
    state = GitState(project)
    assert state.file_at("0" * 40, "a") is None
    assert state.merge_base("HEAD", "0" * 40) is None
    blob = git(project, "rev-parse", "HEAD:project/a")
    (project.parent / f".git/objects/{blob[:2]}/{blob[2:]}").unlink()
    with pytest.raises(GitError):
        GitState(project).file_at("HEAD", "a")
