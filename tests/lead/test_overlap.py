from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import UsageError
from assay.lead.assign import generator, half_up, parse_overlap


@given(st.integers(0, 500), st.integers(1, 9))
def test_a_number_is_asked_of_every_item(items, most):
    assert parse_overlap(str(most), 9).needs(items, generator(1)).tolist() == [most] * items


@given(st.integers(0, 500), st.integers(0, 100))
def test_a_share_half_up_is_asked_of_more(items, percent):
    needs = Counter(parse_overlap(f"{percent}%x3", 3).needs(items, generator(1)).tolist())
    assert needs[3] == int(items * percent / 100 + 0.5)
    assert needs[1] == items - needs[3]


def test_chance_decides_which_items_are_in_the_share():
    overlap = parse_overlap("10%x3", 4)
    dealt = [overlap.needs(100, generator(seed)).tolist() for seed in (1, 1, 2)]
    assert dealt[0] == dealt[1] != dealt[2]


@pytest.mark.parametrize(("text", "stated"), [("2", 2), ("10%x3", "10%x3"), ("2.5%x2", "2.5%x2")])
def test_what_is_stated_is_what_was_asked(text, stated):
    assert parse_overlap(text, 3).stated == stated


@pytest.mark.parametrize("text", ["", "two", "0", "-1", "1.5", "101%x2", "10%x0", "10%", "x3", "1e3", "²"])
def test_what_is_no_overlap_is_refused(text):
    with pytest.raises(UsageError, match="--overlap"):
        parse_overlap(text, 5)


def test_more_than_there_are_annotators_is_refused():
    with pytest.raises(UsageError, match="needs 3 different annotators; 2 named"):
        parse_overlap("10%x3", 2)


def test_a_half_goes_up():
    assert [half_up(Fraction(number, 2)) for number in range(6)] == [0, 1, 1, 2, 2, 3]
