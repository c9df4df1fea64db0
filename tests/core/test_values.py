"""When two values are the same, and in which order values stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.values import Field, Scale, canonical_value, is_missing, ordered_values, value_of, value_text

NOMINAL = Field(name="f", scale=Scale.NOMINAL)
MIXED = Field(name="f", scale=Scale.NOMINAL, textual=False)


@pytest.mark.parametrize(
    ("one", "other", "scale"),
    [
        (1.0, 1, Scale.ORDINAL),
        (["b", "a", "b"], ["a", "b"], Scale.SET),
        ([1.0, 1], [1], Scale.SET),
        (
            [{"start": 5, "end": 6}, {"start": 1, "end": 2}],
            [{"end": 2, "start": 1}, {"end": 6, "start": 5}],
            Scale.SPANS,
        ),
        ([{"start": 1, "end": 2, "dose": 2.0}], [{"start": 1, "end": 2, "dose": 2}], Scale.SPANS),
        ([{"x": 1.0, "y": 0, "width": 4, "height": 4.0}], [{"x": 1, "y": 0, "width": 4, "height": 4}], Scale.BOXES),
        ({"a": [1.0, {"b": 2.0}], "c": 0.5}, {"c": 0.5, "a": [1, {"b": 2}]}, Scale.TEXT),
    ],
)
def test_two_spellings_of_a_value_are_one(one, other, scale):
    assert canonical_value(one, scale) == canonical_value(other, scale)


def test_text_and_number_stay_apart_where_a_field_holds_both():
    assert value_text("1", MIXED) != value_text(1, MIXED)
    assert value_text("1", NOMINAL) == "1"


@given(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8")))
def test_a_value_is_read_back_from_its_text(value):
    assert value_of(value_text(value, MIXED), MIXED) == value


def test_declared_values_come_first_then_numbers_then_text():
    declared = Field(name="f", scale=Scale.NOMINAL, values=("z", "a"), textual=False)
    assert ordered_values(["b", 10, "a", 2, "z", "b"], declared) == ("z", "a", 2, 10, "b")


def test_null_says_nothing_and_nothing_else_does():
    assert is_missing(None)
    assert not any(map(is_missing, (0, False, "", [])))
