"""Which files are somebody's own votes."""

import pytest

from assay.annotator.branches import own_branch
from assay.annotator.own_files import Part, part_of, parts_among


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
