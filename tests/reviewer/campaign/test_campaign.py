"""One case of each kind and outcome of the campaign, which `make fuzz` runs whole; and that it holds what it says."""

import itertools
from collections import Counter

import pytest

from proposing import git
from reviewer.campaign.case import APPROVAL, OK, REFUSED, UNKNOWN
from reviewer.campaign.clones import CLONES
from reviewer.campaign.merges import CRISS_CROSS, MERGES
from reviewer.campaign.run import faults
from reviewer.campaign.scene import scene
from reviewer.campaign.table import CASES, sample

SAMPLE = sample(11)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return scene(tmp_path_factory.mktemp("campaign"), CASES)


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: f"{case.kind}: {case.name}")
def test_a_change_set_comes_to_what_it_must(made, case):
    assert [*faults(case, made.judge(case))] == []


def test_a_process_of_its_own_says_the_same(made):
    for case in (SAMPLE[0], next(case for case in SAMPLE if case.outcome == UNKNOWN)):
        assert made.judge(case, process=True) == made.judge(case)


def test_there_are_so_many_and_each_has_a_name_of_its_own():
    assert len(CASES) >= 300
    assert len([*CRISS_CROSS, *MERGES]) >= 50
    assert len(CLONES) >= 50
    assert {case.outcome for case in CASES} == {OK, APPROVAL, REFUSED, UNKNOWN}
    assert Counter(case.branch for case in CASES).most_common(1)[0][1] == 1
    assert {case.kind for case in SAMPLE} == {case.kind for case in CASES}


def test_what_is_not_ok_says_why():
    assert all(case.says for case in CASES if case.outcome != OK)


def test_a_criss_cross_has_two_newest_commits_that_both_sides_have_in_either_order(made):
    orders = set()
    for case in CRISS_CROSS[:3]:
        asked = made.request(case)
        bases = git(made.root, "merge-base", "--all", asked.base, asked.head).split()
        assert len(bases) == 2
        orders.add(tuple("0.9" in git(made.root, "show", f"{base}:checks/mood.yaml") for base in bases))
    assert orders == set(itertools.permutations((True, False)))
