from math import nan
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.consensus.decision import compute_consensus
from assay.consensus.result import Source
from assay.core.values import Field, Scale
from assay.project.task_schema import load_schema
from corpora import Vote, corpus_from, corpus_of
from projects import small_project

NUMBERS = st.lists(st.integers(-50, 50) | st.floats(-50, 50).map(lambda number: round(number, 2)), min_size=1)


def of(*given_values, scale, values=None):
    votes = {"i": {f"a{number:03}": value for number, value in enumerate(given_values)}}
    corpus, field = corpus_of(votes, scale=scale, values=values)
    return compute_consensus(corpus, [field])


@pytest.mark.parametrize(
    ("votes", "value", "confidence"),
    [((1, 2, 3, 4), 2, 1 / 4), ((1, 2), 1, 1 / 2), ((3, 3, 1), 3, 2 / 3), ((4,), 4, nan), ((1, 1, 2, 5), 1, 1 / 2)],
)
def test_the_lower_middle_vote_decides_an_ordinal_field(votes, value, confidence):
    consensus = of(*votes, scale=Scale.ORDINAL)

    assert consensus.value == (value,)
    assert consensus.confidence.tolist() == pytest.approx([confidence], nan_ok=True)
    assert consensus.source[0].decided


def test_ordinal_values_stand_in_their_declared_order():
    consensus = of("high", "low", "mid", "low", "high", scale=Scale.ORDINAL, values=("low", "mid", "high"))

    assert consensus.value == ("mid",)


@pytest.mark.parametrize(
    ("votes", "value", "confidence"),
    [
        ("aa", "a", 1), ("aab", "a", 2 / 3), ("cca", "c", 2 / 3), ("aaabc", "a", 3 / 5), ("ab", None, 1 / 2),
        ("aabc", None, 1 / 2), ("ccab", None, 1 / 2), ("abc", None, 1 / 3), ("aabbc", None, 2 / 5), ("aabcd", None, 2 / 5),
    ],
)  # fmt: skip
def test_without_an_order_of_the_values_more_than_half_of_the_votes_decide(votes, value, confidence):
    field = Field(name="label", scale=Scale.ORDINAL, values=tuple("abcd"), ordered=False)
    corpus = corpus_from([Vote("i", f"a{n}", {"label": vote}) for n, vote in enumerate(votes)], [field])
    consensus = compute_consensus(corpus, [field])

    assert (consensus.value, consensus.confidence.tolist()) == ((value,), [confidence])
    assert (consensus.source == (Source.TIE,)) is (value is None)


@pytest.mark.parametrize("scale", [Scale.INTERVAL, Scale.RATIO])
@pytest.mark.parametrize(
    ("votes", "value", "confidence"),
    [((70, 80), 75, 0), ((70, 75), 72.5, 0), ((10, 2, 9), 9, 1 / 3), ((1, 2, 2, 9), 2, 1 / 2)],
)
def test_the_mean_of_the_two_middle_votes_decides_an_even_number_of_numbers(scale, votes, value, confidence):
    consensus = of(*votes, scale=scale)

    assert consensus.value == (value,)
    assert consensus.confidence.tolist() == [confidence]


@pytest.mark.parametrize(
    ("stated", "votes", "value"),
    [
        ("type: integer", (2, 3), 2), ("type: [integer, 'null']", (9, 10, 2, 3), 3), ("type: integer", (1, 2, 2, 9), 2),
        ("type: number\n    multipleOf: 0.5", (1, 1.5), 1), ("type: number", (2, 3), 2.5),
        ("enum: [100, 10, 0]", (100, 10), 10), ("{type: number, enum: [100, 10, 0]}", (0, 100), 0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("scale", ["interval", "ratio"])
def test_the_median_of_a_field_is_a_value_that_its_schema_allows(tmp_path, scale, stated, votes, value):
    stated = stated.removeprefix("{").removesuffix("}").replace(", enum", "\n    enum")
    text = f"type: object\nproperties:\n  label:\n    {stated}\n    x-scale: {scale}\n"
    project = small_project(tmp_path, {"schemas/mood.yaml": text})
    schema = load_schema(project, "mood")
    corpus = corpus_from([Vote("i", f"a{number}", {"label": one}) for number, one in enumerate(votes)], schema.fields)
    assert compute_consensus(corpus, schema.fields).value == (value,)
    assert schema.admits({"label": value})


def test_numbers_are_ordered_as_numbers_whatever_order_the_schema_lists_them_in():
    assert of(3, 1, 2, scale=Scale.INTERVAL, values=(3, 1, 2)).value == (2,)


def test_what_is_no_number_is_no_vote_on_a_number():
    corpus, field = corpus_of({"i": {"a": 1, "b": "?", "c": 3, "d": True}}, scale=Scale.RATIO)
    consensus = compute_consensus(corpus, [field])

    assert (consensus.value, consensus.votes.tolist()) == ((2,), [2])


@given(NUMBERS)
def test_the_median_is_that_of_the_standard_library(numbers):
    assert of(*numbers, scale=Scale.INTERVAL).value[0] == pytest.approx(median(numbers))


@given(st.lists(st.integers(1, 5), min_size=1))
def test_at_least_half_of_the_votes_stand_on_each_side_of_the_lower_median(ratings):
    consensus = of(*ratings, scale=Scale.ORDINAL)
    lower, upper = sorted(ratings)[(len(ratings) - 1) // 2], sorted(ratings)[len(ratings) // 2]
    if upper - lower >= 2:
        assert (consensus.value, consensus.source) == ((None,), (Source.APART,))
        return
    value = consensus.value[0]

    assert value in ratings
    assert sum(rating <= value for rating in ratings) * 2 >= len(ratings)
    assert sum(rating >= value for rating in ratings) * 2 > len(ratings)
