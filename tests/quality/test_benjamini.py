"""Benjamini-Hochberg against the example of their paper and against scipy."""

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from assay.quality.credit import rejected

THROMBOLYSIS = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459),
    *(0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
]


def test_four_of_the_fifteen_comparisons_of_benjamini_and_hochberg_1995_are_rejected():
    assert rejected(np.array(THROMBOLYSIS)).tolist() == [True] * 4 + [False] * 11
    assert rejected(np.array(THROMBOLYSIS[::-1])).tolist() == [False] * 11 + [True] * 4


def test_a_p_value_over_its_own_line_is_rejected_with_a_later_one_below_its_line():
    assert rejected(np.array([0.04, 0.03, 0.049])).tolist() == [True, True, True]


@pytest.mark.parametrize("size", [1, 2, 7, 50, 400])
@pytest.mark.parametrize("rate", [0.01, 0.05, 0.2])
def test_what_is_rejected_is_what_scipy_adjusts_to_at_most_the_rate(size, rate):
    rng = np.random.default_rng(size)
    for _ in range(50):
        drawn = rng.beta(0.3, 1.0, size)
        assert rejected(drawn, rate).tolist() == (false_discovery_control(drawn, method="bh") <= rate).tolist()


def test_of_no_tests_none_is_rejected():
    assert rejected(np.array([])).tolist() == []
