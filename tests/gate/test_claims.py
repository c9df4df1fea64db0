"""The tests behind the rules on slices: p-values against scipy, and how often equal slices fail."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

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
    assert gap(rows([0.0] * 149 + [0.24]), 0.0, "low").outcome is Outcome.INSUFFICIENT


def test_a_gap_is_found_at_the_level_at_which_its_limit_comes_down_to_the_bound():
    """Where both intervals are far from their ends and nearly normal, by the z-test of a difference."""
    for most, wanted in ((0.0, norm.sf(0.1 / np.hypot(ERROR, ERROR))), (0.05, norm.sf(0.05 / np.hypot(ERROR, ERROR)))):
        told = rows([0.05, -0.05])
        value = np.array([0.05, -0.05])
        found = p_values(value, slice_ends(told), (np.array([0]), np.array([1])), most)
        assert found == pytest.approx([wanted], rel=0.1)


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
