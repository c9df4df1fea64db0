"""Which commits changed a file, or lines that say something."""

import pytest

from assay.git.history import states_at, touching_commits
from clones import commit, git, known_as
from projects import write_files


@pytest.fixture
def root(tmp_path):
    git(tmp_path, "init", "-q", "-b", "main")
    known_as(tmp_path, "ada")
    commit(tmp_path, "first", {"sub/a.jsonl": "one\ntwo\n", "sub/ñ 2.jsonl": "one\n", "outside": "one\n"})
    return tmp_path


def told(root, **asked):
    return [(touch.subject, touch.paths) for touch in touching_commits(root, **asked)]


def test_the_commits_of_a_file_are_told_newest_first_with_author_and_moment(root):
    newest = commit(root, "second", {"sub/a.jsonl": "one\n"})
    commit(root, "elsewhere", {"outside": "two\n"})
    found = touching_commits(root / "sub", under="a.jsonl")
    assert [(touch.subject, touch.paths) for touch in found] == [("second", ("a.jsonl",)), ("first", ("a.jsonl",))]
    assert (found[0].commit, found[0].author, found[0].parents) == (newest, "ada", (found[1].commit,))
    assert found[0].at == git(root, "show", "-s", "--format=%aI", newest)
    assert found[1].parents == ()


def test_names_that_are_no_ascii_and_folders_are_followed(root):
    assert told(root, under="sub") == [("first", ("sub/a.jsonl", "sub/ñ 2.jsonl"))]
    assert told(root, under="sub/*.jsonl") == []


def test_only_commits_with_a_line_that_says_it_are_told(root):
    commit(root, "second", {"sub/a.jsonl": "one\ntwo\nthree\n"})
    commit(root, "third", {"sub/a.jsonl": "one\nthree\n"})
    assert [subject for subject, _ in told(root, under="sub", saying="^(two)$")] == ["third", "first"]
    assert told(root, under="sub", saying="four") == []


def test_lines_of_a_file_that_git_holds_for_binary_are_found(root):
    write_files(root, {".gitattributes": "*.jsonl binary\n"})
    commit(root, "second", {"sub/a.jsonl": b"one\ntwo\n\0four\n"})
    assert [subject for subject, _ in told(root, under="sub", saying="four")] == ["second"]


def test_both_sides_of_a_merge_are_told_and_the_merge_where_it_differs_from_a_parent(root):
    git(root, "switch", "-q", "-c", "side")
    side = commit(root, "side", {"sub/a.jsonl": "side\n"})
    git(root, "switch", "-q", "main")
    main = commit(root, "main", {"sub/ñ 2.jsonl": "main\n"})
    git(root, "merge", "-q", "--no-edit", "-m", "merged", "side")
    found = {touch.subject: touch for touch in touching_commits(root, under="sub")}
    assert set(found) == {"first", "main", "side", "merged"}
    assert found["merged"].parents == (main, side)
    assert set(found["merged"].paths) == {"sub/a.jsonl", "sub/ñ 2.jsonl"}


def test_what_a_user_set_up_in_git_changes_nothing(root):
    commit(root, "second", {"sub/a.jsonl": "one\n"})
    before = touching_commits(root, under="sub/a.jsonl")
    for key, value in {
        "log.diffMerges": "first-parent",
        "log.follow": "true",
        "log.decorate": "full",
        "diff.renames": "copies",
    }.items():
        git(root, "config", key, value)
    assert touching_commits(root, under="sub/a.jsonl") == before


@pytest.mark.parametrize("odd", ["a\x01b", "a\x1fb", "\x01", "a\x0bb\x85c"])
def test_odd_characters_of_a_name_or_a_subject_hide_nothing(root, odd):
    (root / "sub/a.jsonl").write_text("odd\n")
    git(root, "-c", f"user.name=x{odd}x", "commit", "-q", "-a", "-m", f"x{odd}x")
    newest, oldest = touching_commits(root, under="sub/a.jsonl")
    assert newest.subject.endswith("x")
    assert (newest.paths, oldest.subject) == (("sub/a.jsonl",), "first")


def test_a_state_is_known_in_a_commit_and_in_each_parent(root):
    commit(root, "second", {"sub/a.jsonl": "new\n", "sub/b.jsonl": "born\n"})
    newest = touching_commits(root, under="sub")[0]
    found = dict(states_at(root, newest, ["sub/a.jsonl", "sub/b.jsonl"]))
    (parent,) = newest.parents
    assert found["sub/a.jsonl"] == {newest.commit: b"new\n", parent: b"one\ntwo\n"}
    assert found["sub/b.jsonl"] == {newest.commit: b"born\n", parent: b""}
