import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from assay.core.evidence import Share
from assay.quality.credit import clustered, share, wilson
from quality.characteristics import Gold, rates


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(9, 10, 0.60, 0.98), (27, 30, 0.74, 0.97), (90, 100, 0.83, 0.94), (20, 20, 0.84, 1.0), (0, 10, 0.0, 0.28)],
)
def test_the_interval_is_the_known_one(hits, of, low, high):
    assert wilson(hits, of) == pytest.approx((low, high), abs=0.005)


def test_the_interval_is_newcombes_of_81_in_263():
    """Newcombe 1998, table I, method 3: .2553 to .3662."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_interval_holds_the_share_inside_0_and_1_and_mirrors(hits_of):
    hits, of = hits_of
    low, high = wilson(hits, of)

    assert 0 <= low <= hits / of + 1e-12
    assert hits / of - 1e-12 <= high <= 1
    assert wilson(of - hits, of) == pytest.approx((1 - high, 1 - low))


def test_nothing_counted_has_no_value():
    assert (share(0, 0).value, share(0, 0).low, share(0, 0).high) == (None, None, None)


@given(st.lists(st.integers(0, 1), min_size=2, max_size=40), st.integers(1, 9))
def test_votes_that_are_all_alike_on_an_item_say_no_more_than_one(right, votes):
    """And one vote an item is Wilson's interval of independent things, by Student's t."""
    hits, items = np.array(right, dtype=np.float64), len(right)
    found = clustered(hits * votes, np.full(items, float(votes)))

    assert (found.low, found.high) == pytest.approx(wilson(sum(right), items, student.ppf(0.975, items - 1)))
    assert (found.hits, found.of) == (sum(right) * votes, items * votes)


def test_the_interval_is_that_of_the_effective_number_of_votes():
    """By hand: p = .75, Σ (r - 3 p)² = 2.75, so the design effect is 2.75 · 4/3 / (.1875 · 12) = 1.630, with 3 beside: 2.217."""
    found = clustered(np.array([3.0, 3, 2, 1]), np.full(4, 3.0))

    effect = (4 * (2.75 * 4 / 3) / (0.1875 * 12) + 3 * 3) / 7
    assert (found.value, effect) == pytest.approx((0.75, 2.2169), abs=1e-4)
    assert (found.low, found.high) == pytest.approx(wilson(9 / effect, 12 / effect, student.ppf(0.975, 3)))


def test_one_cluster_has_no_interval_and_none_has_no_value():
    assert clustered(np.array([0.0, 2]), np.array([0.0, 3])) == Share(hits=2, of=3, value=2 / 3)
    assert clustered(np.zeros(3), np.zeros(3)) == Share(hits=0, of=0, value=None)


@pytest.mark.parametrize("alike", [0.0, 0.3])
def test_votes_that_are_right_too_seldom_pass_in_few_runs(alike):
    found = rates(np.random.default_rng(1927), Gold(10, 3, 0.75, alike), 1000)

    assert found.passed <= 0.04
    assert found.covered >= 0.92
