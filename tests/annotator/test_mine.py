"""Which files are somebody's own votes."""

import pytest

from assay.annotator.branches import own_branch
from assay.annotator.own_files import Part, merge_own, part_of, parts_among
from assay.git.git_state import GitState
from clones import commit, git, known_as, vote


@pytest.mark.parametrize(
    "path",
    [
        "labels/mood/gold/ada.jsonl", "labels/items/texts/ada.jsonl", "labels/mood/r4/@crowd.jsonl",
        "labels/mood/r4/assignments.jsonl", "labels/mood/r4/ada.adjudicated.jsonl", "labels/mood/r4/ada.returned.jsonl",
        "labels/mood/r4/batch.yaml", "labels/annotators/ada.yaml", "labels/mood/ada.jsonl", "labels/mood/r4/x/ada.jsonl",
        "other/mood/r4/ada.jsonl", ":/labels/mood/r4/ada.jsonl", "labels/mood/r4/Ada.jsonl", "labels/mood/r4/ada", "",
    ],
)  # fmt: skip
def test_what_is_no_file_of_votes_is_nobodys_part(path):
    assert part_of(path) is None


def test_my_parts_are_mine_alone():
    paths = ["labels/mood/r4/ben.jsonl", "labels/mood/r4/ada.jsonl", "labels/mood/r1/ada.jsonl", "README.md"]
    assert parts_among(paths, "ada") == (
        Part(task="mood", batch="r1", who="ada"),
        Part(task="mood", batch="r4", who="ada"),
    )


@pytest.mark.parametrize(
    ("name", "batch", "number"),
    [("ada/mood/r4-1", "r4", 1), ("ada/mood/r4-1-12", "r4-1", 12), ("ada/mood/2026-3", "2026", 3)],
)
def test_a_branch_of_mine_says_its_batch_and_number(name, batch, number):
    branch = own_branch(name)
    assert (branch.part, branch.number, branch.name) == (Part(task="mood", batch=batch, who="ada"), number, name)


@pytest.mark.parametrize(
    "name", ["main", "ada/mood/r4", "ada/mood/r4-0", "ada/mood/gold-1", "ada/items/r4-1", "x/ada/mood/r4-1", ""]
)
def test_other_branches_are_nobodys(name):
    assert own_branch(name) is None


@pytest.mark.parametrize("twice", [True, False])
def test_a_file_that_answers_an_item_twice_is_not_put_together_with_another(tmp_path, twice):
    path, answers = "labels/mood/r4/ada.jsonl", [vote("i1"), *[vote("i1", "bad")] * twice, vote("i3")]
    git(tmp_path, "init", "-q", "-b", "main")
    known_as(tmp_path, "ada")
    commit(tmp_path, "one", {path: f"{vote('i1')}\n"})
    git(tmp_path, "switch", "-q", "-c", "evening")
    commit(tmp_path, "two", {path: f"{vote('i1')}\n{vote('i2')}\n"})
    git(tmp_path, "switch", "-q", "main")
    here = commit(tmp_path, "three", {path: "".join(f"{line}\n" for line in answers)})
    assert merge_own(GitState(tmp_path), "evening", "ada") is not twice
    assert (git(tmp_path, "rev-parse", "HEAD") == here) is twice
    assert (tmp_path / path).read_text().splitlines() == (answers if twice else [*map(vote, ("i1", "i2", "i3"))])
