"""What is not committed, what git is in the middle of, and two edits of one text."""

import pytest

from assay.errors import GitError
from assay.git.work_state import conflicts, merge_texts, unfinished, work_tree
from clones import commit, git, known_as
from projects import write_files


@pytest.fixture
def repo(tmp_path):
    """A repository with a commit, whose project is in the folder `sub`."""
    git(tmp_path, "init", "-q", "-b", "main")
    known_as(tmp_path, "ada")
    names = ("sub/kept", "sub/edited", "sub/staged", "sub/half", "sub/removed", "sub/dropped", "sub/moved", "top")
    commit(tmp_path, "one", dict.fromkeys(names, "1\n"))
    return tmp_path


def test_changed_new_and_half_staged_files_are_told_by_their_path_below_the_project(repo):
    write_files(repo, {"sub/staged": "2\n", "sub/half": "2\n", "sub/half new": "1\n", "sub/added": "1\n"})
    git(repo, "add", "-A")
    git(repo, "mv", "sub/moved", "sub/ñ")
    git(repo, "rm", "-q", "sub/dropped")
    write_files(repo, {"sub/half": "3\n", "sub/half new": "2\n", "sub/edited": "2\n", "top": "2\n"})
    write_files(repo, {"sub/new": "", "sub/deep/new": "", "new": "", "subway/new": ""})
    (repo / "sub/removed").unlink()
    found = work_tree(repo / "sub")
    assert found.changed == {
        "staged", "half", "half new", "added", "moved", "ñ", "dropped", "edited", "removed", ":/top",
    }  # fmt: skip
    assert found.untracked == {"new", "deep/new", ":/new", ":/subway/new"}
    assert found.half == {"half", "half new"}
    assert work_tree(repo).half == {"sub/half", "sub/half new"}


def test_files_in_conflict_are_changed_and_not_half_staged(repo):
    git(repo, "switch", "-q", "-c", "theirs")
    commit(repo, "theirs", {"sub/edited": "theirs\n", "top": "theirs\n", "sub/new": "theirs\n"})
    git(repo, "switch", "-q", "main")
    commit(repo, "ours", {"sub/edited": "ours\n", "top": "ours\n", "sub/new": "ours\n"})
    assert (conflicts(repo / "sub"), unfinished(repo)) == ((), "")
    with pytest.raises(AssertionError):
        git(repo, "merge", "theirs")
    found = work_tree(repo / "sub")
    assert (found.changed, found.half) == ({"edited", "new", ":/top"}, frozenset())
    assert conflicts(repo / "sub") == (":/top", "edited", "new")
    assert conflicts(repo) == ("sub/edited", "sub/new", "top")
    assert unfinished(repo / "sub") == "merge"


@pytest.mark.parametrize(
    ("marks", "what"),
    [
        ((), ""),
        (("MERGE_HEAD",), "merge"),
        (("CHERRY_PICK_HEAD",), "cherry-pick"),
        (("REVERT_HEAD",), "revert"),
        (("rebase-merge/x",), "rebase"),
        (("rebase-apply/x",), "rebase"),
        (("rebase-apply/applying",), "am"),
        (("sequencer/x",), "cherry-pick"),
        (("sequencer/x", "REVERT_HEAD"), "revert"),
        (("BISECT_START",), "bisect"),
        (("BISECT_START", "MERGE_HEAD"), "merge"),
        (("BISECT_LOG", "ORIG_HEAD"), ""),
    ],
)
def test_what_git_is_in_the_middle_of_is_told_by_its_marks(repo, marks, what):
    write_files(repo / ".git", dict.fromkeys(marks, "x\n"))
    assert unfinished(repo) == what


BASE = b"1\n2\n3\n4\n5\n6\n7\n"


@pytest.mark.parametrize(
    ("ours", "theirs", "text", "clashes"),
    [
        (BASE, BASE, BASE, 0),
        (BASE.replace(b"1", b"a"), BASE.replace(b"7", b"b"), b"a\n2\n3\n4\n5\n6\nb\n", 0),
        (BASE.replace(b"1", b"a"), BASE.replace(b"1", b"a"), BASE.replace(b"1", b"a"), 0),
        (
            BASE.replace(b"1", b"a"),
            BASE.replace(b"1", b"b"),
            b"<<<<<<< mine\na\n=======\nb\n>>>>>>> 0.3.0\n2\n3\n4\n5\n6\n7\n",
            1,
        ),
        (
            BASE.replace(b"1", b"a").replace(b"7", b"a"),
            BASE.replace(b"1", b"b").replace(b"7", b"b"),
            (
                b"<<<<<<< mine\na\n=======\nb\n>>>>>>> 0.3.0\n2\n3\n4\n5\n6\n"
                b"<<<<<<< mine\na\n=======\nb\n>>>>>>> 0.3.0\n"
            ),
            2,
        ),
    ],
)
def test_two_edits_of_a_text_come_together_and_conflicts_are_counted_and_named(ours, theirs, text, clashes):
    found = merge_texts(ours, BASE, theirs, ("mine", "0.2.0", "0.3.0"))
    assert (found.text, found.clashes) == (text, clashes)


def test_what_is_no_text_does_not_come_together():
    with pytest.raises(GitError, match="git merge-file: ") as told:
        merge_texts(b"a\0", BASE, b"b\0", ("a", "b", "c"))
    assert told.value.fix == "look at both texts"
