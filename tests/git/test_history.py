"""Who made which commits, and files of a commit."""

import subprocess

import pytest

from approving import git
from assay.errors import GitError
from assay.git.history import before, commits, files_at, folder_at

ADA, BEN = "ada@example.org", "ben@example.org"


@pytest.fixture
def repository(tmp_path):
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "sub/folder").mkdir(parents=True)
    (tmp_path / "sub/file").write_bytes(b"1\n2\n")
    (tmp_path / "sub/folder/a ñ").write_bytes(b"\0x")
    (tmp_path / "sub/folder/link").symlink_to("a ñ")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "one", author=ADA)
    return tmp_path


def commit(root, message, author=ADA, **who):
    (root / "sub/file").write_text((root / "sub/file").read_text() + "more\n")
    git(root, "commit", "-q", "-a", "-m", message, author=author, **who)
    return git(root, "rev-parse", "HEAD")


def test_a_commit_knows_author_committer_and_everybody_called_a_co_author(repository):
    message = "two\n\nCo-Authored-By: C <c@x.org>\n co-authored-by: d@x.org\n\nmore\n\nSigned-off-by: E <e@x.org>"
    commit(repository, message, ADA, committer=BEN)
    newest, oldest = commits(repository, "HEAD", since=None, paths=("sub/file",))
    assert (newest.author, newest.committer, newest.co_authors) == (ADA, BEN, ("c@x.org", "d@x.org"))
    assert (oldest.author, oldest.co_authors) == (ADA, ())


def test_only_commits_that_touch_the_paths_below_the_root_and_are_not_in_since_are_told(repository):
    first = git(repository, "rev-parse", "HEAD")
    second = commit(repository, "two")
    git(repository, "commit", "-q", "--allow-empty", "-m", "three")
    assert [one.id for one in commits(repository / "sub", "HEAD", since=None, paths=("file",))] == [second, first]
    assert [one.id for one in commits(repository, "HEAD", since=first, paths=("sub/file",))] == [second]
    assert commits(repository, "HEAD", since=None, paths=("sub/fil*",)) == ()


def test_a_side_branch_counts_and_a_merge_that_adds_nothing_does_not(repository):
    git(repository, "switch", "-q", "-c", "side")
    side = commit(repository, "two", BEN)
    git(repository, "switch", "-q", "main")
    git(repository, "commit", "-q", "--allow-empty", "-m", "beside")
    git(repository, "merge", "-q", "--no-ff", "--no-edit", "side")
    assert commits(repository, "HEAD", since=None, paths=("sub/file",))[0].id == side


def test_a_merge_counts_that_has_what_none_of_its_parents_has(repository):
    git(repository, "switch", "-q", "-c", "side")
    commit(repository, "two", BEN)
    git(repository, "switch", "-q", "main")
    git(repository, "merge", "-q", "--no-ff", "--no-commit", "side")
    (repository / "sub/file").write_text("slipped in\n")
    git(repository, "commit", "-q", "-a", "-m", "merge", author=ADA)
    merge = git(repository, "rev-parse", "HEAD")
    assert commits(repository, "HEAD", since=None, paths=("sub/file",))[0].id == merge
    assert commits(repository / "sub", "HEAD", since=None, paths=("file", "gone"))[0].id == merge


def test_a_merge_took_a_commit_in_after_this(repository):
    git(repository, "switch", "-q", "-c", "side")
    side = commit(repository, "two", BEN)
    git(repository, "switch", "-q", "main")
    git(repository, "commit", "-q", "--allow-empty", "-m", "beside")
    main = git(repository, "rev-parse", "HEAD")
    assert before(repository, side, "HEAD") is None
    git(repository, "merge", "-q", "--no-ff", "--no-edit", "side")
    git(repository, "commit", "-q", "--allow-empty", "-m", "after")
    assert before(repository, side, "HEAD") == main
    assert before(repository, main, "HEAD") is None


def test_files_are_read_as_a_commit_has_them_and_links_are_none(repository):
    head = git(repository, "rev-parse", "HEAD")
    later = commit(repository, "two")
    assert files_at(repository / "sub", [head, later], "file") == {head: b"1\n2\n", later: b"1\n2\nmore\n"}
    assert files_at(repository, [head], "sub/folder") == {head: None}
    assert files_at(repository, [head], "sub/no\nfile") == {head: None}
    assert folder_at(repository / "sub", head, "folder") == {"folder/a ñ": b"\0x"}
    assert folder_at(repository, head, "none") == {}


@pytest.mark.parametrize("lost", ["HEAD:sub/file", "HEAD:sub", "HEAD^{tree}"])
def test_what_a_commit_names_and_the_clone_has_not_is_lost_and_not_absent(repository, lost):
    git(repository, "repack", "-q", "-a", "-d")
    for pack in (repository / ".git/objects/pack").glob("*.pack"):
        data = pack.read_bytes()
        for part in pack.parent.glob(f"{pack.stem}.*"):
            part.unlink()
        subprocess.run(["git", "unpack-objects", "-q"], cwd=repository, input=data, check=True)
    head, name = git(repository, "rev-parse", "HEAD"), git(repository, "rev-parse", lost)
    assert files_at(repository, [head], "sub/none") == {head: None}
    assert files_at(repository, [head], "none/deeper/none") == {head: None}
    (repository / ".git/objects" / name[:2] / name[2:]).unlink()
    with pytest.raises(GitError, match="lacks part of the history") as told:
        files_at(repository, [head], "sub/file")
    assert "git fetch --refetch" in told.value.fix
