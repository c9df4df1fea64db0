import numpy as np

from assay.core.rated_units import ratings
from assay.core.values import Field, Scale
from corpora import Vote, corpus_from

FIELD = Field(name="label", scale=Scale.NOMINAL)


def rows_of(rated):
    return [
        (rated.units[unit], rated.annotators[who], rated.values[code])
        for unit, who, code in zip(rated.unit.tolist(), rated.annotator.tolist(), rated.codes.tolist(), strict=True)
    ]


def test_ratings_are_sorted_by_unit_and_annotator_whatever_their_round():
    votes = [Vote("i2", "ben", {"label": "x"}, "b0"), Vote("i1", "cyd", {"label": "y"}, "b1")]
    corpus = corpus_from([*votes, Vote("i1", "ada", {"label": "x"}, "b1")], [FIELD], items=["i0"])
    rated = ratings(corpus, FIELD, np.ones(3, dtype=np.bool_))
    assert rows_of(rated) == [("i1", "ada", "x"), ("i1", "cyd", "y"), ("i2", "ben", "x")]


def test_of_two_values_by_one_annotator_the_first_counts():
    votes = [Vote("i1", "ada", {"label": value}, batch) for value, batch in (("x", "b0"), ("y", "b1"))]
    rated = ratings(corpus_from(votes, [FIELD]), FIELD, np.ones(2, dtype=np.bool_))
    assert (rows_of(rated), rated.values) == ([("i1", "ada", "x")], ("x",))


def test_nothing_rated_is_empty():
    rated = ratings(corpus_from([], [FIELD], items=["i1"]), FIELD, np.zeros(0, dtype=np.bool_))
    assert (len(rated), rated.units, rated.values, rated.annotators) == (0, (), (), ())
