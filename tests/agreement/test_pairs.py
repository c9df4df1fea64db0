from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from assay.agreement import pairwise as module
from assay.agreement.pairwise import pairs
from rated import random_tables, ratings_of


def counted(found) -> dict[tuple[int, int, int, int], int]:
    """Of each pair of annotators and of values how many units have it."""
    cells = (found.first[found.pair], found.second[found.pair], found.a, found.b, found.counts)
    return {(i, j, a, b): n for i, j, a, b, n in zip(*(part.tolist() for part in cells), strict=True)}


def by_definition(codes: np.ndarray) -> dict[tuple[int, int, int, int], int]:
    """The same of a table whose raters and values are all used: every two raters of every unit."""
    return Counter(
        (i, j, int(row[i]), int(row[j])) for row in codes for i, j in combinations(np.flatnonzero(row >= 0).tolist(), 2)
    )


def dense(codes: np.ndarray) -> np.ndarray:
    """Without raters and values that are not used."""
    kept = codes[:, (codes >= 0).any(axis=0)]
    return np.where(kept < 0, -1, np.searchsorted(np.unique(codes[codes >= 0]), kept))


@pytest.mark.parametrize(
    "limits",
    [
        pytest.param({"_CELLS_A_PAIRING": 0}, id="pairs"),
        pytest.param({"_CELLS_A_PAIRING": 0, "_BATCH": 5, "_DENSE": 0}, id="pairs, few at a time"),
        pytest.param({"_CELLS_A_PAIRING": 10**9}, id="bits"),
        pytest.param({"_CELLS_A_PAIRING": 10**9, "_CELLS": 1}, id="bits, 64 units at a time"),
    ],
)
def test_the_tables_of_all_pairs_are_those_of_every_two_raters(limits, monkeypatch):
    for name, limit in limits.items():
        monkeypatch.setattr(module, name, limit)
    for table in random_tables(60, 5):
        codes = dense(table)
        found, expected = pairs(ratings_of(codes, tuple(range(9)))), by_definition(codes)
        assert counted(found) == expected
        shared = Counter()
        for (i, j, _, _), many in expected.items():
            shared[i, j] += many
        pairs_of = zip(found.first.tolist(), found.second.tolist(), strict=True)
        assert dict(zip(pairs_of, found.units.tolist(), strict=True)) == shared


def test_a_thousand_annotators_of_one_unit_are_half_a_million_pairs():
    found = pairs(ratings_of(np.arange(1000)[np.newaxis] % 3, ("x", "y", "z")))
    assert (len(found), set(found.units.tolist())) == (499_500, {1})


def test_nobody_shares_a_unit():
    assert len(pairs(ratings_of(np.array([[0, -1], [-1, 1]]), ("x", "y")))) == 0


def test_more_pairs_than_can_be_counted_are_none(monkeypatch):
    monkeypatch.setattr(module, "_MOST_PAIRINGS", 2)
    assert pairs(ratings_of(np.array([[0, 1, 0]]), ("x", "y"))) is None


def test_no_ratings_are_no_pairs():
    assert len(pairs(ratings_of(np.full((2, 2), -1), ("x",)))) == 0
