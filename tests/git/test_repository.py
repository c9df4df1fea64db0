"""What changes a repository, and what is read of one for it."""

import pytest

from assay.errors import GitError, LimitError
from assay.git import commands as reading
from assay.git.commands import (
    DefaultBranch,
    base_remote,
    commit_of,
    current_branch,
    default_branch,
    default_ref,
    file_at,
    is_ancestor,
    paths_between,
    prefix,
    push_remote,
    setting,
    settings,
    shared_default,
)
from assay.git.process import git as asked
from assay.git.process import without_credentials
from assay.git.repository import commit_files, fetch, fetch_branch, forward, make_branch, merge_revision, push
from assay.git.work_state import unfinished, work_tree
from clones import git, known_as


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A repository with one commit on `main`."""
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / "clone"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    known_as(folder, "ada")
    write(folder, "a", "1\n2\n3\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "one")
    return folder


@pytest.fixture
def bare(root, tmp_path):
    """Its remote `origin`, which has `main`."""
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "shared.git")
    git(root, "remote", "add", "origin", str(tmp_path / "shared.git"))
    git(root, "push", "-q", "origin", "main")
    return tmp_path / "shared.git"


def write(folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_commit_of_files_takes_those_alone_new_changed_or_removed(root):
    for name in ("changed", "removed", "staged"):
        write(root, name, "1")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "two")
    write(root, "changed", "2")
    write(root, "new [x] ñ", "2")
    write(root, "staged", "2")
    git(root, "add", "staged")
    (root / "removed").unlink()
    commit_files(root, ["changed", "new [x] ñ", "removed"], "# mine\n\nmore")
    assert git(root, "-c", "core.quotePath=false", "show", "--format=%B", "--name-status") == (
        "# mine\n\nmore\n\n\nM\tchanged\nA\tnew [x] ñ\nD\tremoved"
    )
    assert work_tree(root).changed == {"staged"}


def test_what_is_not_committed_is_named_below_the_project_and_above_it(root):
    write(root, "project/kept ñ", "1")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "two")
    write(root, "project/kept ñ", "2")
    write(root, "project/deep/new", "1")
    write(root, "a", "other")
    tree = work_tree(root / "project")
    assert (tree.changed, tree.untracked) == ({"kept ñ", ":/a"}, {"deep/new"})
    assert prefix(root / "project") == "project/"
    assert file_at(root / "project", "HEAD", "kept ñ") == b"1"
    assert paths_between(root / "project", "HEAD~1", "HEAD") == {"kept ñ"}


def test_what_a_commit_lacks_is_nothing(root):
    assert file_at(root, "HEAD", "nosuch") is None
    assert file_at(root, "nosuch", "a") is None
    assert not is_ancestor(root, "nosuch", "HEAD")


def test_a_file_over_the_limit_is_not_read_from_a_commit_either(root, monkeypatch):
    monkeypatch.setattr(reading, "FILE_LIMIT", 5)
    with pytest.raises(LimitError, match="a: "):
        file_at(root, "HEAD", "a")


def test_a_merge_that_clashes_changes_nothing(root):
    make_branch(root, "other", "main")
    write(root, "a", "1\n2\nother\n")
    commit_files(root, ["a"], "other")
    make_branch(root, "mine", "main")
    write(root, "a", "1\n2\nmine\n")
    commit_files(root, ["a"], "mine")
    before = commit_of(root, "HEAD")
    assert not merge_revision(root, "other")
    assert (commit_of(root, "HEAD"), unfinished(root), work_tree(root).changed) == (before, "", frozenset())


def test_a_merge_that_fits_is_committed_whatever_git_is_set_to(root):
    git(root, "config", "merge.ff", "only")
    make_branch(root, "other", "main")
    write(root, "a", "first\n2\n3\n")
    commit_files(root, ["a"], "other")
    make_branch(root, "mine", "main")
    write(root, "b", "b")
    commit_files(root, ["b"], "mine")
    assert merge_revision(root, "other")
    assert (root / "a").read_text() == "first\n2\n3\n"


def test_forward_moves_only_where_nothing_is_left_behind(root):
    make_branch(root, "other", "main")
    write(root, "b", "b")
    commit_files(root, ["b"], "other")
    git(root, "switch", "-q", "main")
    assert forward(root, "other")
    assert not forward(root, "other")
    write(root, "c", "c")
    commit_files(root, ["c"], "main")
    git(root, "switch", "-q", "other")
    write(root, "d", "d")
    commit_files(root, ["d"], "other")
    assert not forward(root, "main")


def test_a_push_never_forces(root, bare):
    make_branch(root, "mine", "main")
    write(root, "b", "1")
    commit_files(root, ["b"], "one")
    push(root, "origin", "mine")
    git(root, "commit", "-q", "--amend", "-m", "other")
    with pytest.raises(GitError, match="push"):
        push(root, "origin", "mine")
    assert git(bare, "log", "-1", "--format=%s", "mine") == "one"


@pytest.mark.usefixtures("bare")
def test_a_branch_that_the_remote_lacks_is_not_there(root):
    assert not fetch_branch(root, "origin", "nosuch")
    assert fetch_branch(root, "origin", "main")


def test_the_default_branch_of_a_remote_is_learned_at_the_first_fetch(root, tmp_path):
    git(tmp_path, "init", "-q", "--bare", "-b", "production", "shared.git")
    git(root, "remote", "add", "origin", str(tmp_path / "shared.git"))
    git(root, "push", "-q", "origin", "main:production")
    fetch(root, "origin")
    assert (default_ref(root), default_branch(root)) == ("refs/remotes/origin/production", "production")


def test_a_default_branch_that_is_gone_from_the_remote_is_looked_for_under_the_usual_names(root, bare):
    git(root, "push", "-q", "origin", "main:gone")
    git(root, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/gone")
    assert shared_default(root).name == "gone"
    git(bare, "branch", "-D", "gone")
    git(root, "fetch", "-q", "--prune", "origin")
    assert shared_default(root) == DefaultBranch(remote="origin", reference="refs/remotes/origin/main")


def test_without_a_remote_the_default_branch_is_the_usual_one_or_the_one_git_is_told(root):
    assert shared_default(root) == DefaultBranch(remote="", reference="refs/heads/main")
    git(root, "branch", "-m", "main", "stem")
    assert (default_ref(root), shared_default(root).revision) == ("", "HEAD")
    git(root, "config", "init.defaultBranch", "stem")
    assert shared_default(root).name == "stem"


def test_several_settings_are_read_at_once(root):
    for key, value in (("Assay.A@b.Org.Annotator", "ada"), ("github.user", "first"), ("remote.x.pushUrl", "a\nb")):
        git(root, "config", key, value)
    git(root, "config", "--add", "github.user", "last")
    asked = ("assay.A@b.Org.annotator", "assay.a@b.org.annotator", "GitHub.User", "remote.x.pushurl", "gitlab.user")
    assert settings(root, *asked) == ("ada", "", "last", "a\nb", "")
    assert settings(root, *asked) == tuple(setting(root, key) for key in asked)


@pytest.mark.parametrize(
    ("names", "configured", "base", "pushed"),
    [
        (("origin",), "", "origin", "origin"),
        (("origin", "upstream"), "", "upstream", "origin"),
        (("origin", "fork"), "", "origin", "fork"),
        (("origin", "fork", "mine"), "mine", "origin", "mine"),
        (("lab",), "", "lab", "lab"),
        (("lab", "other"), "", "", ""),
        ((), "gone", "", ""),
    ],
)
def test_which_remote_is_for_what(root, names, configured, base, pushed):
    for name in names:
        git(root, "remote", "add", name, f"/nowhere/{name}.git")
    if configured:
        git(root, "config", "remote.pushDefault", configured)
    assert (base_remote(root), push_remote(root)) == (base, pushed)


@pytest.mark.parametrize("name", ["main", "ada/mood/r4-1", "ñ"])
def test_the_branch_that_is_checked_out(root, name):
    git(root, "branch", "-M", name)
    assert current_branch(root) == name
    git(root, "switch", "-q", "--detach")
    assert current_branch(root) == ""


def test_what_git_was_in_the_middle_of_is_named(root):
    assert unfinished(root) == ""
    (root / ".git/rebase-merge").mkdir()
    assert unfinished(root) == "rebase"


def test_a_password_in_an_address_is_never_said(root):
    git(root, "remote", "add", "origin", "https://ada:sesame@127.0.0.1:1/lab/moods.git")
    with pytest.raises(GitError) as caught:
        asked(root, "fetch", "origin")
    assert "sesame" not in caught.value.message
    assert without_credentials("x https://ada:sesame@host/y ssh://git@host") == "x https://host/y ssh://host"
