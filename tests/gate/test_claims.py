"""The tests behind the rules on slices: p-values against scipy, and how often equal slices fail."""

import re
from dataclasses import replace

import numpy as np
import pytest
from msgspec.structs import replace as change
from scipy.stats import norm
from scipy.stats import t as student

from assay.agreement.interval import Ends, atanh
from assay.core.agreement_result import BreakdownRow
from assay.core.verdict import Outcome
from assay.gate.rules.slices import Claims, at_least, gap, judge_claims, p_values, slice_ends
from gated import ends

SLICES = 20
ERROR = 0.05
HALF = float(norm.ppf(0.975)) * ERROR
RUNS = 400


def rows(values):
    return [
        BreakdownRow(
            field="f", breakdown="batch", key=str(key), coefficient="alpha",
            value=value, low=value - HALF, high=value + HALF, units=100, **ends(value, value - HALF, value + HALF, 100),
        )
        for key, value in enumerate(values)
    ]  # fmt: skip


def failing(judge, truth, bound):
    """The share of runs that fail where the slices are drawn around their true values."""
    rng = np.random.default_rng(1995)
    drawn = rng.normal(truth, ERROR, (RUNS, SLICES)).tolist()
    return sum(judge(rows(values), bound, "low").outcome is Outcome.FAIL for values in drawn) / RUNS


def test_a_claim_that_is_not_listed_still_counts_among_all_of_them():
    claims = Claims(margin=np.array([-0.1]), p_value=np.array([0.03]), confirmed=np.array([False]))
    assert judge_claims(claims, test="low")[0] is Outcome.FAIL
    assert judge_claims(replace(claims, more=1), test="low")[0] is Outcome.INSUFFICIENT


def test_a_gap_between_two_of_many_slices_is_one_among_all_pairs_also_those_that_are_not_compared():
    assert gap(rows([0.0] * 99 + [0.24]), 0.0, "low").outcome is Outcome.FAIL
    many = gap(rows([0.0] * 149 + [0.24]), 0.0, "low")
    assert many.outcome is Outcome.INSUFFICIENT
    assert " apart, of 150 slices; " in many.message


def test_of_a_pair_with_a_slice_that_has_no_interval_nothing_is_known_and_what_is_not_apart_is_not_refuted():
    """Also where the estimates are apart by the bound exactly."""
    high, low = rows([0.9, 0.1])
    bare = BreakdownRow(
        field="f", breakdown="batch", key="x", coefficient="alpha", value=0.5, low=None, high=None, units=9
    )
    told = [high, low, bare]
    pairs = [(0, 1), (1, 0), (0, 2), (2, 0), (2, 1)]
    first, second = (np.array(side) for side in zip(*pairs, strict=True))
    value = np.array([one.value for one in told])
    found = p_values(value, slice_ends(told), (first, second), 0.0)
    assert found[0] < 1e-6
    assert found[1] == 1.0
    assert np.isnan(found[2:]).all()
    assert p_values(value, slice_ends(told), (first[:1], second[:1]), value[0] - value[1])[0] == 1.0


def test_a_gap_is_found_at_the_level_at_which_its_limit_comes_down_to_the_bound():
    """Where both intervals are far from their ends and nearly normal, by the z-test of a difference."""
    for most, wanted in ((0.0, norm.sf(0.1 / np.hypot(ERROR, ERROR))), (0.05, norm.sf(0.05 / np.hypot(ERROR, ERROR)))):
        told = rows([0.05, -0.05])
        value = np.array([0.05, -0.05])
        found = p_values(value, slice_ends(told), (np.array([0]), np.array([1])), most)
        assert found == pytest.approx([wanted], rel=0.1)


def slice_of(key, value, low, high, coefficient="alpha", units=100):
    share = coefficient == "percent"
    at, lower, upper = (float(atanh(one, share=share)) for one in (value, low, high))
    sure = student.ppf(0.975, units - 1)
    told = Ends(at, (at - lower) / sure, at, (upper - at) / sure, units - 1.0).stored()
    return BreakdownRow(
        field="f", breakdown="batch", key=key, coefficient=coefficient, value=value, low=low, high=high, units=units, **told
    )  # fmt: skip


@pytest.mark.parametrize("coefficient", ["alpha", "percent"])
def test_the_ends_of_a_slice_are_on_the_scale_of_its_coefficient(coefficient):
    one = slice_of("a", 0.8, 0.7, 0.9, coefficient)
    low, high = slice_ends([one]).limits(np.array([0.8]))
    assert (float(low[0]), float(high[0])) == pytest.approx((0.7, 0.9))
    assert float(slice_ends([one]).below(0.9)[0]) == pytest.approx(0.025)


def larger(one, times):
    """The slice with so many times the units, each as these."""
    more = slice_ends([one]).of_times(one.value, np.array([times]))
    low, high = (float(limit[0]) for limit in more.limits(one.value))
    return change(one, low=low, high=high, units=round(one.units * times), **more.stored())


@pytest.mark.parametrize(
    ("judge", "bound", "slices"),
    [
        (at_least, 0.667, [("a", 0.7, 0.5, 0.9)]),
        (at_least, 0.667, [("a", 0.6, 0.4, 0.8)]),
        (at_least, 0.8, [("a", 0.85, 0.75, 0.9, "percent")]),
        (gap, 0.4, [("a", 0.9, 0.6, 0.95), ("b", 0.6, 0.5, 0.9)]),
        (gap, 0.1, [("a", 0.9, 0.6, 0.95), ("b", 0.6, 0.5, 0.9)]),
        (gap, 0.1, [("a", 0.5, 0.3, 0.95), ("b", 0.9, 0.5, 0.95, "alpha", 300)]),
    ],
)
def test_so_many_units_as_are_said_to_decide_do_and_half_of_them_do_not(judge, bound, slices):
    told = [slice_of(*one) for one in slices]
    found = judge(told, bound, "low")
    assert found.outcome is Outcome.INSUFFICIENT
    (said,) = re.findall(r"about ([0-9,]+) units like these in .* would decide", found.message)
    times = int(said.replace(",", "")) / sum(one.units for one in told)
    assert judge([larger(one, times * 1.05) for one in told], bound, "low").outcome is not Outcome.INSUFFICIENT
    assert judge([larger(one, max(times / 2, 1)) for one in told], bound, "low").outcome is Outcome.INSUFFICIENT


@pytest.mark.slow
def test_twenty_slices_that_are_all_at_the_bound_fail_in_about_a_twentieth_of_runs():
    assert failing(at_least, np.full(SLICES, 0.667), 0.667) <= 0.07


@pytest.mark.slow
def test_twenty_equal_slices_seldom_fail_a_gap_of_nothing_though_their_best_and_worst_are_far_apart():
    assert failing(gap, np.full(SLICES, 0.8), 0.0) <= 0.07


@pytest.mark.slow
def test_a_slice_far_below_the_others_fails_both():
    truth = np.r_[np.full(SLICES - 1, 0.8), 0.4]
    assert failing(at_least, truth, 0.667) >= 0.95
    assert failing(gap, truth, 0.1) >= 0.95
