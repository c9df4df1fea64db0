"""The steps of a default branch: what parts the commits of its line, and what is known of each."""

import pytest

from approving import git
from assay.guidelines.links import BranchHistory, BranchStep, branch_history
from projects import write_files

LINE = {"e": "d", "d": "c", "c": "b", "b": "a", "a": ""}


def steps(changed, *, known="", founded="", merges=()):
    """The steps of the line e, d, c, b, a, newest first; `merges` have a second parent."""
    chain = tuple(
        (commit, (*([parent] if parent else []), *(["x"] if commit in merges else [])))
        for commit, parent in LINE.items()
    )
    return BranchHistory(chain=chain, changed=frozenset(changed), founded=founded).steps(known)


def step(after, before=None, **more):
    return BranchStep(before=before, after=after, **more)


@pytest.mark.parametrize(
    ("changed", "more", "found"),
    [
        ("", {}, [step("e")]),
        ("edcba", {}, [step("e")]),
        ("e", {"known": "c"}, [step("e", "c"), step("c", sure=True)]),
        ("d", {"known": "c"}, [step("e", "c"), step("c", sure=True)]),
        ("cba", {"known": "c"}, [step("c", sure=True)]),
        ("d", {"known": "ec"}, [step("e", "c", sure=True), step("c", sure=True)]),
        ("c", {"known": "ec"}, [step("c", sure=True)]),
        ("d", {"known": "e"}, [step("e", sure=True)]),
        ("d", {"known": "d"}, [step("d", sure=True)]),
        ("ed", {"known": "dcx"}, [step("e", "d"), step("d", "c", sure=True), step("c", sure=True)]),
        ("d", {"merges": "d"}, [step("d", "c", merge=True), step("c")]),
        ("e", {"merges": "d"}, [step("e", "d"), step("c")]),
        ("ed", {"merges": "d"}, [step("e", "d"), step("d", "c", merge=True), step("c")]),
        ("d", {"merges": "d", "known": "d"}, [step("d", "c", merge=True, sure=True), step("c")]),
        ("c", {"merges": "d", "known": "d"}, [step("c", sure=True)]),
        ("dc", {"merges": "d", "known": "b"}, [step("d", "c", merge=True), step("c", "b"), step("b", sure=True)]),
        ("dc", {"merges": "dc"}, [step("d", "c", merge=True), step("c", "b", merge=True), step("b")]),
        ("edcba", {"founded": "c"}, [step("e", "c"), step("c", first=True)]),
        ("ba", {"founded": "c"}, [step("c", first=True)]),
        ("edcba", {"founded": "a"}, [step("e", "a"), step("a", first=True)]),
        ("edcba", {"founded": "e"}, [step("e", first=True)]),
        ("dba", {"founded": "c", "known": "dcb"}, [step("d", "c", sure=True), step("c", first=True)]),
        ("dba", {"founded": "b", "merges": "d"}, [step("d", "c", merge=True), step("b", first=True)]),
    ],
)
def test_a_line_is_parted_at_merges_at_known_commits_and_at_its_first_approvers(changed, more, found):
    assert list(steps(changed, **more)) == found


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    """A line of four commits, the third a merge of `side`, and the fourth of a file that does not matter."""
    root = tmp_path_factory.mktemp("line")
    git(root, "init", "-q", "-b", "main")
    made = {}

    def commit(name, path):
        write_files(root, {path: f"{name}\n"})
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", name)
        made[name] = git(root, "rev-parse", "HEAD")

    commit("one", "labels/a")
    commit("two", "README.md")
    git(root, "switch", "-q", "-c", "side", made["one"])
    commit("side", "labels/b")
    git(root, "switch", "-q", "main")
    git(root, "merge", "-q", "--no-ff", "--no-edit", "side")
    made["three"] = git(root, "rev-parse", "HEAD")
    commit("four", "README.md")
    return root, made


@pytest.mark.parametrize(
    ("beginning", "founded"),
    [("one", "one"), ("two", "two"), ("side", "three"), ("three", "three"), ("four", "four"), ("", "")],
)
def test_a_line_was_founded_at_its_oldest_commit_that_holds_the_first_approvers(line, beginning, founded):
    root, made = line
    found = branch_history(root, made["four"], ["labels"], made.get(beginning, ""))
    assert [commit for commit, _ in found.chain] == [made[name] for name in ("four", "three", "two", "one")]
    assert found.chain[1][1] == (made["two"], made["side"])
    assert found.founded == made.get(founded, "")
    assert {made["one"], made["three"]} <= found.changed
    assert {made["two"], made["four"]}.isdisjoint(found.changed)
