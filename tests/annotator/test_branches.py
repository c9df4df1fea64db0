"""Which branches are an annotator's, what they are for, and what of them is not merged or sent yet."""

import shutil

import pytest

from assay.annotator.branches import (
    branches_of,
    free_branch,
    is_part_merged,
    is_unused,
    is_waiting,
    other_branches,
    own_branch,
    parts_outside_branches,
    parts_since,
    remote_of,
    superseded_branches,
    unsent_branches,
    unsent_proposals,
    unused_branch,
)
from assay.annotator.own_files import Part
from assay.errors import UsageError
from assay.git.git_state import GitState
from clones import PART, commit, git, known_as, vote

MINE = Part(task="mood", batch="r4", who="ada")
OTHER = "labels/tone/b1/ada.jsonl"
BENS = "labels/mood/r4/ben.jsonl"
PAGE = "guidelines/{}.md"


def lines(*items, tone="good"):
    return "".join(f"{vote(item, tone)}\n" for item in items)


def page(task, *changes):
    """A guideline with the summary of each of its versions."""
    listed = "".join(f"  - {{version: {one}, date: 2026-01-01, summary: {said}}}\n" for one, said in changes)
    return f"---\ntask: {task}\nversion: {changes[-1][0]}\nchanges:\n{listed}---\nRead it.\n"


@pytest.fixture
def repo(tmp_path):
    """A repository with a commit on `main`, and a bare remote that has it."""
    root = tmp_path / "repo"
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "shared.git")
    git(tmp_path, "init", "-q", "-b", "main", "repo")
    known_as(root, "ada")
    commit(root, "one", {PART: lines("i0"), PAGE.format("mood"): page("mood", ("0.2.0", "old"))})
    git(root, "remote", "add", "origin", str(tmp_path / "shared.git"))
    git(root, "push", "-q", "origin", "main")
    git(root, "remote", "set-head", "origin", "main")
    return root


def on_branch(root, name, files, start="main", *, sent=False):
    """A commit on a branch, which the remote has where it is sent."""
    git(root, "switch", "-q", *(("-c", name, start) if start else (name,)))
    made = commit(root, name, files)
    if sent:
        git(root, "push", "-q", "origin", name)
    git(root, "switch", "-q", "main")
    return made


def test_branches_are_found_by_their_part_here_and_on_every_remote_the_newest_first(repo):
    git(repo, "remote", "add", "fork", "nowhere")
    for name in (
        "heads/ada/mood/r4-2", "heads/ada/mood/r4-1-1", "heads/ada/tone/r4-4", "heads/ben/mood/r4-5",
        "heads/x/ada/mood/r4-6", "remotes/fork/ada/mood/r4-2", "remotes/origin/ada/mood/r4-2",
        "remotes/origin/ada/mood/r4-10", "remotes/gone/ada/mood/r4-7", "heads/kept/x", "heads/evening",
        "remotes/origin/evening", "heads/ada/x",
    ):  # fmt: skip
        git(repo, "update-ref", f"refs/{name}", "main")
    git(repo, "switch", "-q", "evening")
    state = GitState(repo)
    found = branches_of(state, MINE)
    assert [(one.name, one.known_as) for one in found] == [
        ("ada/mood/r4-10", ("refs/remotes/origin/ada/mood/r4-10",)),
        (
            "ada/mood/r4-2",
            (
                "refs/heads/ada/mood/r4-2",
                "refs/remotes/fork/ada/mood/r4-2",
                "refs/remotes/origin/ada/mood/r4-2",
            ),
        ),
    ]
    assert [remote_of(state, one) for one in found] == [
        "refs/remotes/origin/ada/mood/r4-10",
        "refs/remotes/fork/ada/mood/r4-2",
    ]
    assert remote_of(state, own_branch("ada/mood/r4-2")) == ""
    assert free_branch(state, MINE).name == "ada/mood/r4-1"
    assert free_branch(state, Part(task="mood", batch="r4-1", who="ada")).name == "ada/mood/r4-1-2"
    among = {
        "refs/heads/evening",
        "refs/heads/ada/x",
        "refs/heads/ada/mood/r4-2",
        "refs/heads/kept/x",
        "refs/heads/main",
    }
    others = other_branches(state, MINE, {*among, "refs/remotes/fork/ada/mood/r4-2", "refs/heads/ada/tone/r4-4"})
    assert [(one.name, one.number, one.known_as) for one in others] == [
        ("evening", 0, ("refs/heads/evening", "refs/remotes/origin/evening")),
        ("ada/tone/r4-4", 0, ("refs/heads/ada/tone/r4-4",)),
        ("ada/x", 0, ("refs/heads/ada/x",)),
    ]
    assert other_branches(state, MINE, set()) == ()


def test_of_two_remotes_with_a_branch_the_one_that_own_branches_go_to_is_taken(repo):
    git(repo, "remote", "add", "a", "nowhere")
    for remote in ("a", "origin"):
        git(repo, "update-ref", f"refs/remotes/{remote}/ada/mood/r4-1", "main")
    for preferred in ("origin", "a"):
        git(repo, "config", "remote.pushDefault", preferred)
        (branch,) = branches_of(state := GitState(repo), MINE)
        assert remote_of(state, branch) == f"refs/remotes/{preferred}/ada/mood/r4-1"


@pytest.mark.parametrize("name", ["ada", "ada/mood"])
def test_a_branch_in_the_way_of_a_name_is_told_with_its_new_one(repo, name):
    git(repo, "branch", name)
    with pytest.raises(UsageError, match=f"a branch is named '{name}', so no branch can be named {name}/…") as told:
        free_branch(GitState(repo), MINE)
    assert told.value.fix == f"rename it: git branch -m {name} {name}-old"


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A repository with a commit on `main`, and no remote; each case has branches of its own."""
    root = tmp_path_factory.mktemp("plain")
    git(root, "init", "-q", "-b", "main")
    known_as(root, "ada")
    commit(root, "one", {PART: lines("i0")})
    return root


CASES = [
    (lines("i0"), [], True),
    (lines("i0", "i1"), [], False),
    (lines("i0", "i1"), [lines("i0", "i1", "i2")], True),
    (lines("i0", "i1"), [lines("i0", "i1"), lines("i0")], True),
    (lines("i0", "i1", "i2"), [lines("i0", "i1"), lines("i0", "i2")], False),
    (lines("i1"), [], False),
    (lines("i1"), [lines("i0", "i1")], False),
    (lines("i1"), [lines("i1")], True),
    (lines("i0", tone="bad"), [lines("i0", tone="bad"), lines("i0")], True),
    ("", [], False),
    ("", [""], True),
]


@pytest.mark.parametrize("case", range(len(CASES)))
def test_a_part_is_merged_where_the_default_branch_had_its_answers_at_once_and_none_that_it_removed(plain, case):
    here, later, merged = CASES[case]
    git(plain, "switch", "-q", "-c", f"ada/mood/r4-{case + 1}", "main")
    commit(plain, "answers", {PART: here, "x": "x"})
    git(plain, "switch", "-q", "-c", f"shared-{case}", "main")
    for number, text in enumerate(later):
        commit(plain, "squashed", {PART: text, "n": str(number)})
    state, branch = GitState(plain), f"refs/heads/ada/mood/r4-{case + 1}"
    assert is_part_merged(state, branch, f"refs/heads/shared-{case}", MINE) is merged


def test_a_branch_waits_until_all_that_it_is_here_and_on_remotes_is_merged(repo):
    mine = "refs/remotes/origin/ada/mood/r4-1"
    git(repo, "update-ref", mine, on_branch(repo, "ada/mood/r4-1", {PART: lines("i0", "i1")}))
    commit(repo, "squashed", {PART: lines("i0", "i1")})
    (branch,) = branches_of(state := GitState(repo), MINE)
    assert not is_waiting(state, branch, "refs/heads/main")
    git(repo, "update-ref", mine, on_branch(repo, "more", {PART: lines("i0", "i2")}))
    (branch,) = branches_of(state := GitState(repo), MINE)
    assert is_waiting(state, branch, "refs/heads/main")


def test_a_branch_is_unused_where_it_was_never_pushed_and_the_default_branch_has_all_of_it(repo):
    first = git(repo, "rev-parse", "main")
    for number in range(1, 7):
        git(repo, "branch", f"ada/mood/r4-{number}")
    on_branch(repo, "ada/mood/r4-3", {PART: lines("i0", "i1")}, start=None)
    git(repo, "push", "-q", "origin", "ada/mood/r4-4")
    git(repo, "config", "branch.ada/mood/r4-5.remote", "origin")
    git(repo, "update-ref", "refs/remotes/origin/ada/mood/r4-7", "main")
    commit(repo, "two", {"x": "x"})
    git(repo, "branch", "-f", "ada/mood/r4-6")
    state = GitState(repo)
    unused = {one.number for one in branches_of(state, MINE) if is_unused(state, one, "refs/heads/main")}
    assert unused == {1, 2, 6}
    assert unused_branch(state, MINE, first, "refs/heads/main") == "ada/mood/r4-2"
    assert unused_branch(state, MINE, "HEAD", "refs/heads/main") == "ada/mood/r4-6"
    assert unused_branch(state, MINE, f"{'0' * 39}1", "refs/heads/main") == ""


def test_the_parts_since_the_default_branch_are_those_that_this_side_changed(repo):
    tip = on_branch(repo, "ada/mood/r4-1", {PART: lines("i1"), OTHER: lines("i1"), BENS: lines("i1")})
    commit(repo, "squashed", {"labels/mood/r5/ada.jsonl": lines("i1")})
    state = GitState(repo)
    theirs = Part(task="tone", batch="b1", who="ada")
    assert parts_since(state, "refs/heads/main", "ada", tip) == (MINE, theirs)
    assert parts_since(state, "refs/heads/main", "ben", tip) == (Part(task="mood", batch="r4", who="ben"),)
    assert parts_since(state, "refs/heads/main", "ada") == ()
    git(repo, "switch", "-q", "--orphan", "apart")
    commit(repo, "apart", {PART: lines("i0"), OTHER: lines("i2")})
    apart = parts_since(GitState(repo), "refs/heads/main", "ada")
    assert apart == (Part(task="mood", batch="r5", who="ada"), theirs)


@pytest.mark.parametrize(
    ("where", "found"),
    [("main", True), ("detached", True), ("evening", False), ("sent", False), ("branched", False), ("bens", True)],
)
def test_answers_in_commits_that_no_branch_of_mine_and_no_remote_has_are_found(repo, where, found):
    git(repo, "switch", "-q", *{"detached": ("--detach",), "evening": ("-c", "evening")}.get(where, ("main",)))
    commit(repo, "answers", {PART: lines("i0", "i1"), BENS: lines("i1")})
    if where == "sent":
        git(repo, "push", "-q", "origin", "main:other")
    if where in {"branched", "bens"}:
        git(repo, "branch", "ada/mood/r4-1" if where == "branched" else "ben/x")
    assert parts_outside_branches(GitState(repo), "ada") == ((MINE,) if found else ())


def test_what_is_not_sent_are_the_branches_with_answers_of_mine_that_no_remote_has(repo):
    on_branch(repo, "ada/mood/r4-1", {PART: lines("i0", "i1")})
    on_branch(repo, "ada/mood/r4-2", {PART: lines("i0", "i2")}, sent=True)
    on_branch(repo, "ada/mood/r4-3", {PART: lines("i0", "i3")})
    on_branch(repo, "ada/x", {BENS: lines("i1")})
    on_branch(repo, "kept/y", {OTHER: lines("i1")})
    on_branch(repo, "kept/z", {BENS: lines("i1")})
    on_branch(repo, "ben/mood/r4-1", {PART: lines("i0", "i4")})
    on_branch(repo, "noon", {PART: lines("i0", "i5")})
    commit(repo, "squashed", {PART: lines("i0", "i3")})
    git(repo, "push", "-q", "origin", "main")
    assert unsent_branches(GitState(repo), "ada") == ("ada/mood/r4-1", "kept/y")
    git(repo, "switch", "-q", "noon")
    assert unsent_branches(GitState(repo), "ada") == ("noon", "ada/mood/r4-1", "kept/y")
    git(repo, "switch", "-q", "kept/y")
    assert unsent_branches(GitState(repo), "ada") == ("kept/y", "ada/mood/r4-1")
    git(repo, "switch", "-q", "--detach")
    git(repo, "remote", "remove", "origin")
    assert unsent_branches(GitState(repo), "ada") == ()


def test_what_is_not_sent_of_proposals_is_the_latest_version_of_each_task_that_changes_its_files(repo):
    def proposed(name, task, *, sent=False):
        on_branch(repo, name, {PAGE.format(task): f"{name}\n"}, sent=sent)

    proposed("ada/guideline-mood-0.9.0", "mood")
    proposed("ada/guideline-mood-0.10.0", "mood")
    proposed("ada/guideline-calm-0.3.0-2", "calm")
    on_branch(repo, "ada/guideline-two-part-0.3.0", {"schemas/two-part.yaml": "type: object\n"})
    proposed("ada/guideline-sent-0.3.0", "sent", sent=True)
    proposed("ada/guideline-calm-wip", "calm")
    proposed("ada/guideline-UP-0.3.0", "UP")
    proposed("ben/guideline-bens-0.3.0", "bens")
    on_branch(repo, "ada/guideline-else-0.3.0", {PAGE.format("mood"): "x\n"})
    proposed("ada/guideline-done-0.3.0", "done")
    commit(repo, "squashed", {PAGE.format("done"): "ada/guideline-done-0.3.0\n"})
    git(repo, "push", "-q", "origin", "main")
    assert unsent_proposals(GitState(repo), "ada") == (
        ("ada/guideline-calm-0.3.0-2", "calm"),
        ("ada/guideline-mood-0.10.0", "mood"),
        ("ada/guideline-two-part-0.3.0", "two-part"),
    )
    git(repo, "remote", "remove", "origin")
    assert unsent_proposals(GitState(repo), "ada") == ()


def test_proposals_are_superseded_where_their_version_is_taken_without_their_changes(repo, tmp_path):
    mood, old = PAGE.format("mood"), ("0.2.0", "old")

    def proposed(name, *changes, file=mood, text=None):
        on_branch(repo, name, {file: text or page("mood", *changes)}, sent=True)

    git(repo, "push", "-q", "origin", "main:ada/guideline-mood-0.2.0")
    proposed("ada/guideline-mood-0.3.0", old, ("0.3.0", "mine"))
    proposed("ada/guideline-mood-0.3.0-2", old, ("0.3.0", "theirs"))
    proposed("ada/guideline-mood-0.2.5", old, ("0.2.5", "mine"))
    proposed("ada/guideline-mood-0.4.0", old, ("0.4.0", "mine"))
    proposed("ada/guideline-mood-wip", old, ("0.3.0", "mine"))
    proposed("ada/guideline-mood-0.2.6", text="broken\n")
    proposed("ada/guideline-mood-0.2.7", old, ("0.2.7", "gone"))
    proposed("ada/guideline-calm-0.3.0", old, ("0.3.0", "mine"))
    proposed("ben/guideline-mood-0.3.0", old, ("0.3.0", "mine"))
    commit(repo, "theirs", {mood: page("mood", ("0.2.0", "reworded"), ("0.3.0", "theirs"))})
    git(repo, "push", "-q", "origin", "main")
    git(tmp_path / "shared.git", "branch", "-D", "ada/guideline-mood-0.2.7")
    found = [("origin", f"ada/guideline-mood-{version}") for version in ("0.2.5", "0.3.0")]
    assert superseded_branches(GitState(repo), "ada", "mood") == tuple(found)
    assert superseded_branches(GitState(repo), "ada", "other") == ()
    shutil.move(tmp_path / "shared.git", tmp_path / "away.git")
    found.insert(1, ("origin", "ada/guideline-mood-0.2.7"))
    assert superseded_branches(GitState(repo), "ada", "mood") == tuple(found)
