import numpy as np
import pytest

from assay.agreement.breakdowns import by_value
from assay.agreement.chance_corrected import ac1, brennan_prediger, percent
from assay.agreement.weights import categories
from assay.core.agreement_result import Undefined
from assay.core.values import Scale
from estimates import contingency, point, table, tally_of

# Gwet (2014), Handbook of Inter-Rater Reliability: four raters, twelve units, with missing values
FOUR_RATERS = table(
    [
        [1, 1, None, 1],
        [2, 2, 3, 2],
        [3, 3, 3, 3],
        [3, 3, 3, 3],
        [2, 2, 2, 2],
        [1, 2, 3, 4],
        [4, 4, 4, 4],
        [1, 1, 2, 1],
        [2, 2, 2, 2],
        [None, 5, 5, 5],
        [None, None, 1, 1],
        [None, None, 3, None],
    ]
)
# the tables that R's irrCAC is shipped with, with its AC1 and p_a
BEN_GERRY = table(
    [
        [None if label == "-" else label for label in pair]
        for pair in ["ab", "aa", "bb", "bb", "db", "cc", "cc", "cc", "ee", "d-", "dd", "ad"]
    ]
)
PARADOX = contingency([[80, 7], [8, 5]])
ABSTRACTORS = contingency([[13, 0, 0], [0, 20, 7], [0, 4, 56]])
DIAGNOSIS = contingency([[40, 6, 4, 15], [4, 25, 1, 5], [4, 2, 21, 9], [17, 13, 12, 45]])


@pytest.mark.parametrize(
    ("votes", "coefficient", "agreement"),
    [
        pytest.param(FOUR_RATERS, 0.77544, 0.81818, id="four raters"),
        pytest.param(BEN_GERRY, 0.66144, 0.72727, id="Ben and Gerry"),
        pytest.param(PARADOX, 0.808, 0.85, id="paradox"),
        pytest.param(ABSTRACTORS, 0.84933, 0.89, id="abstractors"),
        pytest.param(DIAGNOSIS, 0.45616, 0.58744, id="diagnosis"),
        pytest.param(contingency([[8, 1], [0, 1]]), 0.8658, 0.9, id="two by two"),
        pytest.param(contingency([[118, 5], [2, 0]]), 0.940776, 0.944, id="rare value"),
    ],
)
def test_ac1_and_percent_are_as_published(votes, coefficient, agreement):
    whole = tally_of(votes)
    assert point(ac1, whole) == pytest.approx(coefficient, abs=1e-4)
    assert point(percent, whole) == pytest.approx(agreement, abs=1e-4)


def test_each_unit_counts_once_in_percent_whatever_its_values():
    votes = table([["a", "a", "a", "a", "b"], ["a", "b"]])
    assert point(percent, tally_of(votes)) == pytest.approx((0.6 + 0) / 2)


def test_an_unused_declared_value_raises_ac1():
    votes = contingency([[8, 1], [0, 1]])
    used, declared = tally_of(votes), tally_of(votes, values=(0, 1, 2, 3))
    assert (categories(used), categories(declared)) == (2, 4)
    assert point(ac1, declared) > point(ac1, used)


def test_values_used_beside_the_declared_ones_are_categories_too():
    votes = contingency([[8, 1], [0, 1]])
    assert categories(tally_of(votes, values=(1, 2, 3))) == 4


SETS = table([[["a"], ["a", "b"]], [["b"], []], [["a"], ["a"]], [[], []], [["a", "b"], None], [["a"], ["a", "b"]]])


@pytest.mark.parametrize("make", [ac1, brennan_prediger])
def test_of_sets_each_member_is_in_or_not_and_their_mean_is_taken(make):
    for votes in (SETS, {unit: dict(list(given.items())[:2]) for unit, given in SETS.items()}):
        whole = tally_of(votes, scale=Scale.SET, values=("a", "b", "c"))
        assert categories(whole) == 2
        parts = [part for _, part in by_value(whole)]
        assert point(make, whole) == pytest.approx(np.mean([point(make, part) for part in parts]), abs=1e-12)
    alone = table([[["a"], []], [["a"], ["a"]], [[], []], [["a"], None], [["a"], ["a"]]])
    yes_or_no = {unit: {who: "a" in value for who, value in given.items()} for unit, given in alone.items()}
    sets, plain = tally_of(alone, scale=Scale.SET), tally_of(yes_or_no, values=(False, True))
    assert point(make, sets) == pytest.approx(point(make, plain), abs=1e-12)
    units = [tally.patterns.units.astype(float) for tally in (sets, plain)]
    errors = [make(sets).standard_error(units[0]), make(plain).standard_error(units[1])]
    assert errors[0] == pytest.approx(errors[1], abs=1e-12)


@pytest.mark.parametrize("make", [ac1, brennan_prediger])
def test_the_slope_of_a_mean_over_members_is_its_derivative(make):
    whole = tally_of(SETS, scale=Scale.SET)
    units, found = whole.patterns.units.astype(float), make(whole)
    steps = np.eye(len(units)) * 1e-6
    by_steps = (found(units + steps) - found(units - steps)) / 2e-6
    assert found.slope(units) == pytest.approx(by_steps, abs=1e-8)


def test_sets_without_any_member_show_nothing():
    assert ac1(tally_of(table([[[], []], [[], []]]), scale=Scale.SET, values=("a",))) is Undefined.NO_VARIATION
    assert ac1(tally_of(table([[["a"], None]]), scale=Scale.SET)) is Undefined.NO_PAIRABLE_UNITS


def test_one_value_agrees_by_ac1_only_where_another_could_have_been_chosen():
    votes = table([["a", "a"], ["a", "a"]])
    assert ac1(tally_of(votes)) is Undefined.NO_VARIATION
    assert point(ac1, tally_of(votes, values=("a", "b"))) == 1
    assert point(percent, tally_of(votes)) == 1


@pytest.mark.parametrize("make", [ac1, percent])
def test_nothing_to_compare_is_a_reason(make):
    assert make(tally_of(table([["a", None]]))) is Undefined.NO_PAIRABLE_UNITS


def test_spans_have_no_category_that_could_be_chosen_by_chance():
    assert ac1(tally_of(table([[[], []]]), scale=Scale.SPANS)) is Undefined.SCALE_NOT_MEASURED
    assert point(percent, tally_of(table([[[], []]]), scale=Scale.SPANS)) == 1
