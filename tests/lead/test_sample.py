from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import UsageError
from assay.lead.assign import generator, half_up
from assay.lead.item_filter import add_gold, allot, draw, pick

WEIGHTS = st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.integers(1, 40), min_size=1, max_size=8)


def ids(name, count):
    return tuple(f"{name}{number:03d}" for number in range(count))


def largest_remainder(total, weights):
    whole = sum(weights.values())
    exact = {name: Fraction(total * weight, whole) for name, weight in weights.items()}
    shares = {name: int(share) for name, share in exact.items()}
    rest = sorted(exact, key=lambda name: (shares[name] - exact[name], name))
    for name in rest[: total - sum(shares.values())]:
        shares[name] += 1
    return shares


@given(WEIGHTS, st.integers(0, 200))
def test_shares_are_those_of_the_largest_remainder(weights, total):
    assert allot(total, weights, {}, dict.fromkeys(weights, total)) == largest_remainder(total, weights)


@given(WEIGHTS, st.integers(0, 200))
def test_shares_keep_within_their_bounds(weights, total):
    low = {name: weight // 10 for name, weight in weights.items()}
    high = {name: weight // 10 + 2 for name, weight in weights.items()}
    shares = allot(total, weights, low, high)
    assert all(low[name] <= share <= high[name] for name, share in shares.items())
    assert sum(shares.values()) == min(max(total, sum(low.values())), sum(high.values()))


@given(WEIGHTS, st.data())
def test_a_sample_has_the_strata_of_what_could_be_chosen_exactly(sizes, data):
    size = data.draw(st.integers(0, sum(sizes.values())))
    plain = {name: ids(f"{name}-", count) for name, count in sizes.items()}
    chosen, strata = draw(plain, {}, size, 0, generator(1))
    assert len(chosen) == size
    assert {one.name: one.chosen for one in strata} == largest_remainder(size, sizes)
    for one in strata:
        assert len(chosen.intersection(plain[one.name])) == one.chosen


@given(WEIGHTS, st.integers(1, 20), st.data())
def test_gold_is_part_of_the_sample_and_of_its_strata(sizes, golds, data):
    golden = data.draw(st.integers(0, golds))
    size = data.draw(st.integers(golden, sum(sizes.values()) + golden))
    plain = {name: ids(f"{name}-", count) for name, count in sizes.items()}
    gold = {name: ids(f"{name}+", golds + size) for name in sizes}
    chosen, strata = draw(plain, gold, size, golden, generator(2))
    assert len(chosen) == size
    assert sum("+" in item for item in chosen) == golden
    for name, share in largest_remainder(size, sizes).items():
        assert len(chosen.intersection((*plain[name], *gold[name]))) == share
    assert sum(one.chosen for one in strata) == size


def test_too_little_gold_says_how_many_there_are():
    with pytest.raises(UsageError, match=r"the share needs 3, 2 can be used"):
        draw({"": ids("p", 10)}, {"": ids("g", 2)}, 10, 3, generator(1))


@given(st.integers(0, 60), st.integers(0, 99).map(lambda percent: Fraction(percent, 100)))
def test_gold_is_mixed_into_a_given_list_in_exactly_its_share(work, share):
    mixed = add_gold(frozenset(ids("p", work)), ids("g", 6000), share, generator(1))
    golden = sum(item.startswith("g") for item in mixed)
    assert golden == half_up(share * len(mixed))
    assert len(mixed) - golden == work


def test_items_that_have_gold_already_are_part_of_the_share():
    listed = frozenset((*ids("p", 18), "g000"))
    mixed = add_gold(listed, ids("g", 5), Fraction(1, 10), generator(1))
    assert listed < mixed
    assert len(mixed) == 20


def test_a_list_with_more_gold_than_its_share_is_refused():
    with pytest.raises(UsageError, match="2 of the 4 items listed have gold, more than the share"):
        add_gold(frozenset((*ids("p", 2), *ids("g", 2))), ids("g", 5), Fraction(1, 10), generator(1))


def test_a_list_without_gold_enough_is_refused():
    with pytest.raises(UsageError, match="the share needs 2, 1 can be used"):
        add_gold(frozenset(ids("p", 18)), ids("g", 1), Fraction(1, 10), generator(1))


def test_picks_are_the_same_for_the_same_seed():
    assert pick(ids("p", 50), 5, generator(3)) == pick(ids("p", 50), 5, generator(3))
    assert pick(ids("p", 50), 5, generator(3)) != pick(ids("p", 50), 5, generator(4))
