from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.lead.assign import generator, shared, spread

SEEDS = st.integers(0, 2**32)


def dealt(needs, allowed, seed=1, *, base=None, first=None):
    items, people = allowed.shape
    return spread(
        np.asarray(needs, dtype=np.int64),
        allowed,
        np.zeros(people, dtype=np.int64) if base is None else np.asarray(base, dtype=np.int64),
        first=np.zeros(items, dtype=np.bool_) if first is None else np.asarray(first, dtype=np.bool_),
        rng=generator(seed),
    )


def free(items, people):
    return np.ones((items, people), dtype=np.bool_)


def unevenness(loads):
    return int(loads.max() - loads.min())


@st.composite
def crowds(draw):
    people = draw(st.integers(1, 9))
    needs = draw(st.lists(st.integers(0, people), max_size=60))
    return people, needs, draw(st.lists(st.booleans(), min_size=len(needs), max_size=len(needs)))


@given(crowds(), SEEDS)
def test_every_item_gets_exactly_the_annotators_it_needs_and_loads_stay_within_one(crowd, seed):
    people, needs, first = crowd
    given_to = dealt(needs, free(len(needs), people), seed, first=first)
    assert given_to.sum(axis=1).tolist() == needs
    assert unevenness(given_to.sum(axis=0)) <= 1


@given(crowds(), SEEDS)
def test_the_items_that_are_dealt_first_are_spread_within_one_too(crowd, seed):
    people, needs, first = crowd
    given_to = dealt(needs, free(len(needs), people), seed, first=first)
    assert unevenness(given_to[np.array(first, dtype=np.bool_)].sum(axis=0)) <= 1


@st.composite
def prohibitions(draw):
    people = draw(st.integers(2, 4))
    rows = draw(st.lists(st.lists(st.booleans(), min_size=people, max_size=people), min_size=1, max_size=6))
    allowed = np.array(rows, dtype=np.bool_)
    needs = [draw(st.integers(0, int(row.sum()))) for row in allowed]
    return allowed, needs


def most_even(needs, allowed, base):
    """The least sum of squared loads over every possible plan, by trying all of them."""
    reachable = {tuple(base)}
    for need, row in zip(needs, allowed, strict=True):
        people = np.flatnonzero(row)
        choices = [chosen for chosen in range(2 ** len(people)) if chosen.bit_count() == need]
        masks = [{int(people[bit]) for bit in range(len(people)) if chosen >> bit & 1} for chosen in choices]
        reachable = {
            tuple(load + (place in mask) for place, load in enumerate(loads)) for loads in reachable for mask in masks
        }
    return min(sum(load * load for load in loads) for loads in reachable)


@given(prohibitions(), st.lists(st.integers(0, 5), min_size=4, max_size=4), SEEDS)
def test_prohibitions_hold_and_no_other_plan_would_be_more_even(case, base, seed):
    allowed, needs = case
    base = base[: allowed.shape[1]]
    given_to = dealt(needs, allowed, seed, base=base)
    assert not (given_to & ~allowed).any()
    assert given_to.sum(axis=1).tolist() == needs
    loads = given_to.sum(axis=0) + base
    assert int((loads**2).sum()) == most_even(needs, allowed, base)


def test_slots_are_passed_on_to_whoever_has_fewer():
    allowed = np.array([[1, 1, 0]] * 6 + [[0, 1, 1]] * 2 + [[1, 0, 0]] * 4, dtype=np.bool_)
    assert dealt([1] * 12, allowed).sum(axis=0).tolist() == [5, 5, 2]


def test_what_people_have_to_do_already_is_levelled():
    given_to = dealt([1] * 9, free(9, 3), base=[6, 0, 3])
    assert given_to.sum(axis=0).tolist() == [0, 6, 3]


def test_everybody_meets_everybody_about_equally_often():
    given_to = dealt([2] * 450, free(450, 10))
    pairs, met = shared(given_to)
    assert len(pairs) == 45
    assert (met.min() >= 8, met.max() <= 12) == (True, True)


@pytest.mark.parametrize("sparse", [0, 2**23])
def test_pairs_are_counted_alike_few_or_many(monkeypatch, sparse):
    given_to = np.random.default_rng(7).random((40, 9)) < 0.3
    monkeypatch.setattr("assay.lead.assign._SPARSE", sparse)
    pairs, met = shared(given_to)
    counted = {tuple(pair): times for pair, times in zip(pairs.tolist(), met.tolist(), strict=True)}
    together = {(a, b): int((given_to[:, a] & given_to[:, b]).sum()) for a, b in combinations(range(9), 2)}
    assert counted == {pair: times for pair, times in together.items() if times}


def test_the_seed_decides_and_another_seed_deals_otherwise():
    again = [dealt([2] * 40, free(40, 6), seed) for seed in (1, 1, 2)]
    assert (again[0] == again[1]).all()
    assert (again[0] != again[2]).any()


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="more annotators"):
        dealt([2], np.array([[True, False, False]]))


def test_ten_thousand_items_twenty_people_three_each():
    given_to = dealt([3] * 10_000, free(10_000, 20), first=[number % 20 == 0 for number in range(10_000)])
    assert given_to.sum(axis=0).tolist() == [1500] * 20
    assert (given_to.sum(axis=1) == 3).all()
    assert given_to[::20].sum(axis=0).tolist() == [75] * 20
