import pytest

from assay.agreement.ac import ac1
from assay.agreement.coefficient import Undefined
from assay.agreement.percent import percent
from assay.agreement.weights import categories
from assay.model.schema import Scale
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


def test_the_categories_of_a_set_are_the_subsets_of_its_declared_members():
    votes = table([[["a"], ["a", "b"]], [["b"], []]])
    assert categories(tally_of(votes, scale=Scale.SET, values=("a", "b", "c"))) == 8
    assert categories(tally_of(votes, scale=Scale.SET)) == 4
    assert categories(tally_of(votes, scale=Scale.SET, values=tuple(range(5000)))) == 2.0**1000


def test_one_value_agrees_by_ac1_only_where_another_could_have_been_chosen():
    votes = table([["a", "a"], ["a", "a"]])
    assert ac1(tally_of(votes)) is Undefined.NO_VARIATION
    assert point(ac1, tally_of(votes, values=("a", "b"))) == 1
    assert point(percent, tally_of(votes)) == 1


@pytest.mark.parametrize("make", [ac1, percent])
def test_nothing_to_compare_is_a_reason(make):
    assert make(tally_of(table([["a", None]]))) is Undefined.NO_PAIRABLE_UNITS
    assert make(tally_of(table([[[], []]]), scale=Scale.SPANS)) is Undefined.SCALE_NOT_MEASURED
