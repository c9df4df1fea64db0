"""What a clone does not know is said, with the command that fetches it; it is never taken for unchanged."""

import re
import subprocess

import pytest

from assay.errors import AssayError, UsageError
from assay.git.base import fork, named_commit, require_history, start_of_work
from assay.git.objects import MissingObjectError, clone_of
from assay.git.snapshot import commit_snapshot
from clones import commit, git, known_as


@pytest.fixture
def origin(tmp_path):
    """Eight commits on `main`, three more on `pr`, which left it after the fifth."""
    root = tmp_path / "origin"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    known_as(root, "ada")
    git(root, "config", "uploadpack.allowFilter", "true")
    for number in range(5):
        commit(root, f"main {number}", {"labels/file": f"{number}\n"})
    git(root, "switch", "-q", "-c", "pr")
    for number in range(3):
        commit(root, f"pr {number}", {"labels/other": f"{number}\n"})
    git(root, "switch", "-q", "main")
    for number in range(5, 8):
        commit(root, f"main {number}", {"labels/file": f"{number}\n"})
    return root


def clone(origin, *options):
    folder = origin.parent / "clone"
    git(origin.parent, "clone", "-q", *options, f"file://{origin}", str(folder))
    return folder


def obeyed(folder, error):
    """Runs the command that an error names."""
    command = re.search(r"git fetch[^;]*", error.fix)[0]
    subprocess.run(["bash", "-c", command], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize("options", [
    ("--depth", "1", "-b", "pr"),
    ("--depth", "3", "-b", "pr"),
    ("--single-branch", "-b", "pr"),
    ("--depth", "1", "--no-single-branch", "-b", "pr"),
    ("--depth", "3", "--no-single-branch", "-b", "pr"),
])  # fmt: skip
def test_a_clone_that_ends_too_early_says_how_to_fetch_the_rest(origin, options):
    folder = clone(origin, *options)
    with pytest.raises(AssayError) as told:
        start_of_work(folder, None)
    assert told.value.exit_code == 2
    obeyed(folder, told.value)
    assert start_of_work(folder, None) == git(origin, "merge-base", "main", "pr")


@pytest.mark.parametrize("options", [("--depth", "6", "--no-single-branch", "-b", "pr"), ("-b", "pr")])
def test_a_clone_that_reaches_beyond_the_fork_knows_enough(origin, options):
    assert start_of_work(clone(origin, *options), None) == git(origin, "merge-base", "main", "pr")


def test_whoever_asks_for_the_whole_history_is_not_given_a_part_of_it(origin):
    folder = clone(origin, "--depth", "6", "--no-single-branch", "-b", "pr")
    with pytest.raises(MissingObjectError, match="shallow") as told:
        require_history(folder)
    obeyed(folder, told.value)
    assert require_history(folder).boundary == frozenset()


@pytest.mark.parametrize("lacking", ["blob:none", "tree:0"])
def test_what_a_partial_clone_lacks_is_not_fetched_but_said(origin, lacking):
    folder = clone(origin, f"--filter={lacking}", "--no-checkout")
    with pytest.raises(MissingObjectError) as told:
        commit_snapshot(folder, named_commit(folder, "HEAD")).read("labels/file")
    assert "promisor" in git(folder, "config", "--list")
    obeyed(folder, told.value)
    assert commit_snapshot(folder, named_commit(folder, "HEAD")).read("labels/file") == b"7\n"


def test_histories_with_nothing_in_common_have_no_base(origin):
    git(origin, "switch", "-q", "--orphan", "stray")
    stray = commit(origin, "stray", {"x": "y"})
    with pytest.raises(UsageError, match="no commit in common"):
        fork(clone_of(origin), named_commit(origin, "main"), stray)


def test_of_several_branches_without_a_remote_nobody_knows_the_default_one(origin):
    git(origin, "branch", "-m", "main", "trunkish")
    with pytest.raises(UsageError, match="no base") as told:
        start_of_work(origin, None)
    git(origin, "config", "init.defaultBranch", "trunkish")
    assert told.value.fix.startswith("git config init.defaultBranch")
    assert start_of_work(origin, None) == named_commit(origin, "trunkish")


def test_the_only_branch_without_a_remote_is_the_default_one(tmp_path):
    git(tmp_path, "init", "-q", "-b", "topic")
    known_as(tmp_path, "ada")
    assert start_of_work(tmp_path, None) is None
    assert start_of_work(tmp_path, None) != commit(tmp_path, "first", {"x": "y"}) == start_of_work(tmp_path, None)


def test_several_merge_bases_in_a_shallow_clone_are_not_told_apart(origin):
    git(origin, "switch", "-q", "pr")
    other = named_commit(origin, "main")
    mine = named_commit(origin, "pr")
    git(origin, "merge", "-q", "--no-edit", "main")
    git(origin, "switch", "-q", "main")
    git(origin, "reset", "-q", "--hard", other)
    git(origin, "merge", "-q", "--no-edit", mine)
    whole = clone_of(origin)
    assert fork(whole, named_commit(origin, "main"), named_commit(origin, "pr")) in {other, mine}
    folder = clone(origin, "--depth", "2", "--no-single-branch", "-b", "pr")
    with pytest.raises(MissingObjectError, match="shallow"):
        start_of_work(folder, None)
