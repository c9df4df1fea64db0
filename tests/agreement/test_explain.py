"""What an alpha is made of, against the paper and against sums over every pair of values."""

from itertools import permutations

import numpy as np
import pytest

from assay.agreement.alpha_explanation import MOST_VALUES, explain_alpha
from assay.core.rated_units import ratings
from assay.core.values import Scale
from corpora import corpus_of
from estimates import table

EXAMPLE_C = table(
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
"""Krippendorff (2011), example C: four observers, twelve units, five values, values missing."""


def explained(votes, **how):
    corpus, field = corpus_of(votes, **how)
    return explain_alpha(ratings(corpus, field, corpus.annotations.current))


def test_the_coincidences_of_the_paper():
    found = explained(EXAMPLE_C)
    assert (found.units, found.pairable, found.alpha.value) == (11, 40, pytest.approx(0.743, abs=5e-4))
    assert found.coincidences.values == ("1", "2", "3", "4", "5")
    assert found.coincidences.totals == (9, 13, 10, 5, 3)
    expected = [
        [7, 4 / 3, 1 / 3, 1 / 3, 0],
        [4 / 3, 10, 4 / 3, 1 / 3, 0],
        [1 / 3, 4 / 3, 8, 1 / 3, 0],
        [1 / 3, 1 / 3, 1 / 3, 4, 0],
        [0, 0, 0, 0, 3],
    ]
    assert np.allclose(found.coincidences.matrix, expected, atol=1e-9)


def distance(scale, totals, a, b):
    low, high = min(a, b), max(a, b)
    if scale is Scale.ORDINAL:
        return (sum(totals[low : high + 1]) - (totals[low] + totals[high]) / 2) ** 2
    x, y = a + 1, b + 1
    return {Scale.NOMINAL: float(a != b), Scale.INTERVAL: (x - y) ** 2, Scale.RATIO: ((x - y) / (x + y)) ** 2}[scale]


@pytest.mark.parametrize("scale", [Scale.NOMINAL, Scale.ORDINAL, Scale.INTERVAL, Scale.RATIO])
def test_do_and_de_are_the_sums_over_the_coincidences(scale):
    found = explained(EXAMPLE_C, scale=scale)
    totals, n = found.coincidences.totals, found.pairable
    pairs = [(a, b, distance(scale, totals, a, b)) for a, b in permutations(range(5), 2)]
    assert found.observed == pytest.approx(sum(found.coincidences.matrix[a][b] * d for a, b, d in pairs) / n)
    assert found.expected == pytest.approx(sum(totals[a] * totals[b] * d for a, b, d in pairs) / (n * (n - 1)))
    assert found.alpha.value == pytest.approx(1 - found.observed / found.expected)


def test_of_many_values_those_given_most_are_shown():
    votes = {f"i{n:02}": {f"a{who}": n for who in range(2 + n % 3)} for n in range(20)}
    found = explained(votes).coincidences
    assert (len(found.values), found.distinct) == (MOST_VALUES, 20)
    assert min(found.totals) >= 3
    assert sum(found.totals) == np.trace(found.matrix)


def test_who_said_what_of_the_costliest_units():
    first = explained(EXAMPLE_C).costliest[0]
    assert first.item == "u005"
    assert [(one.annotator, one.value) for one in first.said] == [("r0", "1"), ("r1", "2"), ("r2", "3"), ("r3", "4")]


def test_spans_are_no_wholes_that_coincide():
    spans = {"i1": {"a": [{"start": 0, "end": 2}], "b": []}, "i2": {"a": [], "b": []}}
    found = explained(spans, scale=Scale.SPANS)
    assert (found.coincidences, found.observed, found.expected) == (None, None, None)
