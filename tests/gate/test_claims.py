"""The tests behind the rules on slices: p-values against scipy, and how often equal slices fail."""

import numpy as np
import pytest
from scipy.stats import norm

from assay.gate.rules.claims import p_values, standard_error
from assay.gate.rules.every import at_least
from assay.gate.rules.gap import gap
from assay.model.agreement import BreakdownRow
from assay.model.verdict import Outcome

SLICES = 20
ERROR = 0.05
HALF = float(norm.ppf(0.975)) * ERROR
RUNS = 400


def rows(values):
    return [
        BreakdownRow(
            field="f", breakdown="batch", key=str(key), coefficient="alpha",
            value=value, low=value - HALF, high=value + HALF, units=100,
        )
        for key, value in enumerate(values)
    ]  # fmt: skip


def failing(judge, truth, bound):
    """The share of runs that fail where the slices are drawn around their true values."""
    rng = np.random.default_rng(1995)
    drawn = rng.normal(truth, ERROR, (RUNS, SLICES)).tolist()
    return sum(judge(rows(values), bound, "low").outcome is Outcome.FAIL for values in drawn) / RUNS


def test_a_p_value_is_the_normal_probability_of_so_low_an_estimate():
    margin, error = np.array([-0.3, -0.1, 0.0, 0.2]), np.array([0.1, 0.2, 0.05, 0.1])
    assert p_values(margin, error) == pytest.approx(norm.cdf(margin / error), rel=1e-12)


def test_without_an_error_the_estimate_is_the_truth():
    assert p_values(np.array([-0.1, 0.0, 0.1]), np.zeros(3)).tolist() == [0.0, 1.0, 1.0]


def test_the_error_is_that_of_a_normal_estimate_with_this_interval():
    low, high = norm.interval(0.95, loc=0.7, scale=0.04)
    assert standard_error(np.array([low]), np.array([high])) == pytest.approx([0.04])


def test_twenty_slices_that_are_all_at_the_bound_fail_in_about_a_twentieth_of_runs():
    assert failing(at_least, np.full(SLICES, 0.667), 0.667) <= 0.07


def test_twenty_equal_slices_seldom_fail_a_gap_of_nothing_though_their_best_and_worst_are_far_apart():
    assert failing(gap, np.full(SLICES, 0.8), 0.0) <= 0.07


def test_a_slice_far_below_the_others_fails_both():
    truth = np.r_[np.full(SLICES - 1, 0.8), 0.4]
    assert failing(at_least, truth, 0.667) >= 0.95
    assert failing(gap, truth, 0.1) >= 0.95
