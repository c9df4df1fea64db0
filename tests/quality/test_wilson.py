import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.quality.wilson import share, wilson


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
