"""Rankings: tau-b and Kendall's W."""

import itertools

import numpy as np
import pytest
from scipy.stats import kendalltau, spearmanr

from assay.agreement import measure
from assay.agreement.orders import kendall_w, tau_b
from assay.core.agreement_result import Undefined
from assay.core.values import Scale
from estimates import point, table, tally_of


def of(make, rows):
    return point(make, tally_of(table(rows), scale=Scale.RANKING))


def random_ranking(rng, options, *, ties):
    """Options in places, those of one place in a list of their own; and the place of each."""
    places = rng.integers(0, 4, options) if ties else rng.permutation(options)
    return [[f"o{n}" for n in np.flatnonzero(places == place)] for place in np.unique(places)], places


@pytest.mark.parametrize("ties", [False, True])
def test_tau_b_is_the_mean_of_scipys_over_all_pairs_of_all_units(ties):
    rng = np.random.default_rng(1)
    for _ in range(20):
        options, sizes = int(rng.integers(2, 7)), rng.integers(1, 5, 6)
        units = [[random_ranking(rng, options, ties=ties) for _ in range(size)] for size in sizes]
        theirs = [
            kendalltau(one, other).statistic if len(set(one)) > 1 < len(set(other)) else np.nan
            for unit in units
            for (_, one), (_, other) in itertools.combinations(unit, 2)
        ]
        rows = [[value for value, _ in unit] + [None] * (4 - len(unit)) for unit in units]
        assert (of(tau_b, rows) is None) == np.isnan(theirs).all()
        assert np.isnan(theirs).all() or of(tau_b, rows) == pytest.approx(np.nanmean(theirs), abs=1e-12)


def test_w_of_a_unit_is_a_line_of_spearmans_mean():
    rng = np.random.default_rng(2)
    for raters in (2, 3, 5):
        given = [random_ranking(rng, 6, ties=False) for _ in range(raters)]
        rho = [spearmanr(one, other).statistic for (_, one), (_, other) in itertools.combinations(given, 2)]
        found = of(kendall_w, [[value for value, _ in given]])
        assert found == pytest.approx((1 + (raters - 1) * np.mean(rho)) / raters, abs=1e-12)


def test_units_count_once_each_in_w_and_pairs_once_each_in_tau():
    same, turned = [["a", "b", "c"]] * 3, [["a", "b", "c"], ["c", "b", "a"], None]
    assert of(kendall_w, [same, turned]) == pytest.approx(0.5)
    assert of(tau_b, [same, turned]) == pytest.approx((3 - 1) / 4)


def test_a_missing_rank_leaves_w_undefined_and_tau_to_the_options_that_both_rank():
    rows = [[["a", "b", "c"], ["b", "a"], None], [["a", "b"], ["a", "b"], None]]
    assert kendall_w(tally_of(table(rows), scale=Scale.RANKING)) is Undefined.MISSING_RANKS
    assert of(tau_b, rows) == pytest.approx(0.0)
    assert of(kendall_w, [[["a", "b"], ["a", "b"]], [["x", "y", "z"], ["x", "z", "y"]]]) == pytest.approx(0.875)


def test_what_ties_everything_says_nothing():
    rows = [[[["a", "b"]], [["b", "a"]]]]
    assert (of(tau_b, rows), of(kendall_w, rows)) == (None, None)
    more = [*rows, [["a", "b"], ["a", "b"]]]
    assert (of(tau_b, more), of(kendall_w, more)) == (1.0, 1.0)


def test_a_field_of_rankings_has_no_alpha_and_says_so():
    rows = [(f"u{unit}", who, list("abc") if unit % 3 else list("cab")) for unit in range(30) for who in ("x", "y")]
    pandas = pytest.importorskip("pandas")
    found = measure(pandas.DataFrame(rows, columns=["unit", "annotator", "value"]), "ranking")
    assert (found["alpha"].reason, found["ac1"].reason) == ("scale-not-measured", "scale-not-measured")
    assert (found["tau_b"].value, found["kendall_w"].value, found["percent"].value) == (1.0, 1.0, 1.0)
    assert "tau_b" in list(found)
