"""Intervals: their derivatives, what they take as unseen, groups, and error rates of decisions that rest on them."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t as student

from agreement.characteristics import BOUND, SEED, Cell, failing, rates
from assay.agreement.alpha import alpha
from assay.agreement.chance_corrected import percent
from assay.agreement.coefficient import Smooth
from assay.agreement.icc import Icc, icc_table, mean_squares
from assay.agreement.interval import Ends, atanh, ends_of, estimates
from assay.agreement.kappa import conger, pairings
from assay.agreement.registry import coefficient_makers
from assay.agreement.unseen import framed, framed_ratings
from assay.agreement.weights import Weighting, identity, weights
from assay.core.agreement_result import Undefined
from assay.core.values import Scale
from estimates import rated_of, table, tally_of


def span(start, end, label="x"):
    return {"start": start, "end": end, "label": label}


def box(x, label="x"):
    return {"x": x, "y": 0, "width": 4, "height": 4, "label": label}


VALUES = {
    Scale.NOMINAL: ["a", "b", "c"],
    Scale.ORDINAL: [1, 2, 3, 4, 5],
    Scale.INTERVAL: [0.5, 1, 2.5, 7],
    Scale.RATIO: [0, 1, 2.5, 7],
    Scale.SET: [[], ["a"], ["a", "b"], ["b", "c"]],
    Scale.TEXT: ["ab", "abc", "xyz"],
    Scale.SPANS: [[], [span(0, 5)], [span(3, 9), span(20, 25, "y")]],
    Scale.BOXES: [[], [box(0)], [box(1), box(9, "y")]],
}


def votes_like(values, units=40, raters=3, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(len(values), size=(units, 1))
    codes = np.where(rng.random((units, raters)) < 0.6, truth, rng.integers(len(values), size=(units, raters)))
    rows = [[values[code] for code in row] for row in codes.tolist()]
    return table([row if unit % 9 else [*row[:1], *[None] * (raters - 1)] for unit, row in enumerate(rows)])


def whole_of(votes, scale, **how):
    """A tally; of spans the texts have 40 characters."""
    whole = tally_of(votes, scale=scale, **how)
    if scale is not Scale.SPANS:
        return whole
    return replace(whole, patterns=replace(whole.patterns, extent=np.full_like(whole.patterns.extent, 40)))


@pytest.mark.parametrize("scale", VALUES, ids=str)
def test_the_slope_of_every_coefficient_is_its_difference_quotient(scale):
    whole = framed(whole_of(votes_like(VALUES[scale]), scale))
    step = 1e-3 * np.eye(len(whole.units))
    known = 0
    for name, make in coefficient_makers(whole.whole.field).items():
        estimator = make(whole.whole)
        if not isinstance(estimator, Undefined) and isinstance(estimator, Smooth):
            known += 1
            for given in (whole.lower, whole.upper):
                slow = (estimator(given + step) - estimator(given - step)) / 2e-3
                assert estimator.slope(given) == pytest.approx(slow, abs=1e-8), name
    assert known


@pytest.mark.parametrize("raters", [2, 4])
def test_the_slopes_of_what_rests_on_who_rated_what_are_difference_quotients(raters):
    votes = votes_like(VALUES[Scale.ORDINAL], raters=raters)
    whole, rated = tally_of(votes, scale=Scale.ORDINAL), rated_of(votes, scale=Scale.ORDINAL)
    frame = framed_ratings(rated)
    quadratic = weights(whole, Weighting.QUADRATIC)
    for estimator in (
        conger(frame.rated, identity(whole)),
        conger(frame.rated, quadratic),
        pairings(frame.rated, identity(whole), frame.units, 20),
        pairings(frame.rated, quadratic, frame.units, 20),
    ):
        step = 1e-3 * np.eye(len(frame.units))
        for given in (frame.lower, frame.upper):
            slow = (estimator(given + step) - estimator(given - step)) / 2e-3
            assert estimator.slope(given) == pytest.approx(slow, abs=1e-8)


def test_an_intraclass_correlation_over_units_is_that_of_the_mean_squares():
    rng = np.random.default_rng(1979)
    rows = (rng.normal(size=(30, 1)) + rng.normal(size=(30, 3))).tolist()
    rated = rated_of(table(rows), scale=Scale.INTERVAL)
    whole = mean_squares(rated)
    every = np.ones((1, 30))
    assert Icc(icc_table(rated))(every) == pytest.approx([whole.agreement()])
    assert Icc(icc_table(rated), consistency=True)(every) == pytest.approx([whole.consistency()])
    twice = mean_squares(rated_of(table([*rows, rows[3]]), scale=Scale.INTERVAL))
    assert Icc(icc_table(rated))(every + (np.arange(30) == 3)) == pytest.approx([twice.agreement()])
    assert icc_table(rated_of(table([*rows, [1, 2, None]]), scale=Scale.INTERVAL)) is None


@pytest.mark.parametrize("scale", VALUES, ids=str)
def test_every_coefficient_lies_in_its_interval_whatever_the_order_of_the_votes(scale):
    votes = votes_like(VALUES[scale])
    backwards = {item: dict(reversed(row.items())) for item, row in reversed(votes.items())}
    one, other = (whole_of(some, scale) for some in (votes, backwards))
    found = estimates(one, coefficient_makers(one.field))
    assert found == estimates(other, coefficient_makers(other.field))
    told = [each.coefficient for each in found.values() if each.coefficient.value is not None]
    assert told
    for each in told:
        assert each.low <= each.value <= each.high
        assert each.low < each.high


@pytest.mark.parametrize(
    ("scale", "values", "given", "common", "rare"),
    [
        (Scale.NOMINAL, None, ["a"] * 5 + ["b"] * 3 + ["c"] * 2, "a", "c"),
        (Scale.ORDINAL, (1, 2, 3, 4, 5), [1] * 95 + [4] * 3 + [5] * 2, 1, 4),
        (Scale.INTERVAL, None, [0] * 98 + [1] * 2, 0, 1),
        (Scale.INTERVAL, None, [*range(100)], 49, 20),
        (Scale.SPANS, None, [[span(0, 5)]] * 3 + [[span(0, 2), span(4, 5)]], [], [span(0, 5)]),
        (Scale.NOMINAL, ("yes", "no"), ["yes"] * 4, "yes", "no"),
        (Scale.NOMINAL, None, ["yes"] * 4, "yes", ""),
    ],
)
def test_what_is_unseen_is_a_common_and_a_rare_value(scale, values, given, common, rare):
    whole = framed(whole_of(table([[one] * 3 for one in given]), scale, values=values))
    patterns = whole.whole.patterns
    disagreeing, agreeing = (
        Counter({
            str(whole.whole.values[code]): count
            for code, count in zip(
                patterns.codes[patterns.starts[at] : patterns.starts[at + 1]].tolist(),
                patterns.counts[patterns.starts[at] : patterns.starts[at + 1]].tolist(),
                strict=True,
            )
        })
        for at in (len(patterns) - 2, len(patterns) - 1)
    )  # fmt: skip
    assert disagreeing == {str(common): 2, str(rare): 1}
    assert agreeing == {str(rare): 3}


def test_one_unit_of_a_rare_value_shows_nothing():
    rare = tally_of(table([["ok", "ok"]] * 49 + [["toxic", "toxic"]]))
    found = estimates(rare, {"alpha": alpha, "percent": percent})
    assert found["alpha"].coefficient.value == 1
    assert found["alpha"].coefficient.low < 0.3
    assert found["alpha"].coefficient.high == 1
    assert 0.85 < found["percent"].coefficient.low < 0.97


@pytest.mark.parametrize(
    "units",
    [
        [["a", "a"]] * 49 + [["b", "b"]],
        [["a", "a"]] * 78 + [["b", "b"]] * 2,
        [["a", "a"]] * 57 + [["b", "b"]] * 2 + [["a", "b"]],
        [["a", "a"]] * 40 + [["b", "b"]] * 6 + [["a", "b"]] * 4,
        [["a", "a"]] * 22 + [["b", "b"]] * 22 + [["a", "b"]] * 6,
        [["a", "a", "a"]] * 45 + [["b", "b", "b"]] * 3 + [["a", "a", "b"]] * 2,
        [["a", "a"]] * 30 + [["b", "b"]] * 6 + [["a", "b"]] * 10,
    ],
)
def test_more_units_of_the_same_have_about_the_interval_that_is_foretold(units):
    one, value = alpha_ends(tally_of(table(units))), float(alpha_at(units))
    for times in (2, 5, 20):
        foretold = one.of_times(value, np.array([float(times)])).limits(value)
        measured = alpha_ends(tally_of(table(units * times))).limits(value)
        assert np.ravel(foretold) == pytest.approx(np.ravel(measured), abs=0.04 if times > 2 else 0.13), times


def test_nothing_is_said_where_all_values_are_equal_but_of_their_share():
    constant = tally_of(table([["a", "a"]] * 50), values=("a", "b"))
    found = estimates(constant, {"alpha": alpha, "percent": percent})
    assert found["alpha"].coefficient.reason == "no-variation"
    assert found["percent"].coefficient.high == 1
    assert 0.85 < found["percent"].coefficient.low < 1


def grouped(groups, per_group=10):
    votes = {
        f"u{group:02}{unit}": {"a": group % 2, "b": (group % 2) ^ (group % 5 == 0)}
        for group in range(groups)
        for unit in range(per_group)
    }
    return votes, {item: item[:3] for item in votes}


def alpha_at(units):
    whole = tally_of(table(units))
    return alpha(whole)(whole.patterns.units[np.newaxis].astype(float))[0]


def alpha_ends(whole):
    frame = framed(whole)
    return ends_of(frame, alpha(frame.whole), share=False)


def test_groups_are_drawn_whole_and_widen_the_interval():
    votes, groups = grouped(40)
    alone, together = alpha_ends(tally_of(votes)), alpha_ends(tally_of(votes, groups=groups))
    assert (alone.freedom, together.freedom) == (399, 39)
    assert together.low_se > 2 * alone.low_se


def test_of_fewer_than_ten_groups_there_is_no_interval_and_of_fewer_than_thirty_each_is_left_out_once():
    nine, ten = (tally_of(votes, groups=groups) for votes, groups in (grouped(9), grouped(10)))
    assert alpha_ends(nine) is None
    frame = framed(ten)
    estimator, own = alpha(frame.whole), frame.whole.patterns.cluster
    added = len(own) - 2
    without = [np.where(own == group, 0, frame.lower) for group in range(10)]
    without.append(np.where(np.arange(len(own)) == added, 0, frame.lower))
    places = atanh(estimator(np.array(without)), share=False)
    wanted = np.sqrt(10 / 11 * ((places - places.mean()) ** 2).sum())
    assert alpha_ends(ten).low_se == pytest.approx(wanted, rel=1e-12)
    assert alpha_ends(ten).freedom == 9


def test_ten_groups_that_agree_on_everything_have_the_interval_of_a_rare_disagreement_and_not_of_none():
    """Without the one draw that disagrees alpha is 1, and the scale of atanh has no end there."""
    few, many = (
        framed(tally_of({item: dict.fromkeys("ab", given["a"]) for item, given in votes.items()}, groups=groups))
        for votes, groups in (grouped(29), grouped(30))
    )
    ends = [ends_of(frame, alpha(frame.whole), share=False).limits(1.0) for frame in (few, many)]
    assert ends[0] == pytest.approx(ends[1], abs=0.02)
    assert 0.9 < ends[0][0] < 1
    assert 0.9 < ends_of(few, percent(few.whole), share=True).limits(1.0)[0] < 1


def test_a_group_of_each_unit_is_as_no_groups():
    votes, _ = grouped(40, per_group=1)
    one = alpha_ends(tally_of(votes))
    other = alpha_ends(tally_of(votes, groups={item: item for item in votes}))
    assert (other.low_se, other.high_se) == pytest.approx((one.low_se, one.high_se), rel=1e-12)


def test_ends_are_those_of_student_at_every_level_and_tell_how_sure_a_bound_is():
    ends = Ends(0.9, 0.1, 1.0, 0.2, 30.0)
    low, high = ends.limits(0.72, 0.9)
    assert np.arctanh([low, high]) == pytest.approx(
        [0.9 - student.ppf(0.95, 30) * 0.1, 1.0 + student.ppf(0.95, 30) * 0.2]
    )
    assert ends.below(float(np.tanh(1.3))) == pytest.approx(student.cdf(-1.5, 30))
    share = replace(ends, share=True)
    assert (np.arctanh(2 * np.array(share.limits(0.86, 0.9)) - 1)) == pytest.approx(np.arctanh([low, high]))


@pytest.mark.parametrize(
    ("cell", "passed", "covered"),
    [
        (Cell(3, 100, 0.5, BOUND), (0.0, 0.04), (0.92, 1.0)),
        (Cell(2, 50, 0.02, BOUND), (0.0, 0.04), (0.92, 1.0)),
        (Cell(5, 300, 0.05, BOUND - 0.05), (0.0, 0.01), (0.92, 1.0)),
        (Cell(2, 100, 0.1, BOUND), (0.0, 0.04), (0.92, 1.0)),
        (Cell(3, 300, 0.1, 0.85), (0.8, 1.0), (0.92, 1.0)),
        (Cell(3, 100, 0.5, 0.85), (0.8, 1.0), (0.92, 1.0)),
    ],
    ids=str,
)
def test_decisions_are_wrong_as_seldom_as_is_said(cell, passed, covered):
    found = rates(np.random.default_rng(SEED), cell, 250)
    assert passed[0] <= found.passed <= passed[1]
    assert covered[0] <= found.covered <= covered[1]


@pytest.mark.slow
def test_slices_at_the_bound_seldom_fail_and_a_wide_gap_is_found():
    rng = np.random.default_rng(SEED)
    assert failing(rng, [Cell(3, 60, 0.1, BOUND)] * 20, 60, least=BOUND) <= 0.06
    assert failing(rng, [Cell(3, 300, 0.1, 0.85), Cell(3, 300, 0.1, 0.55)], 60, most=0.0) >= 0.7
