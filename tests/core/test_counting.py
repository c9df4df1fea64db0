from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from assay.core import tallies
from assay.core.rated_units import tally_of
from assay.core.table import Column
from assay.core.tallies import distinct_counts, grouped
from rated import random_tables, ratings_of, tally_from

FIELDS = ("starts", "codes", "counts", "units", "cluster", "extent")


def test_units_are_alike_that_were_given_the_same_values_as_often():
    for table in random_tables(50, 1):
        unit, _ = np.nonzero(np.tile(table, 40) >= 0)
        codes = np.tile(table, 40)[np.tile(table, 40) >= 0]
        sizes = np.bincount(unit, minlength=len(table))
        order = np.random.default_rng(3).permutation(len(unit))
        found = distinct_counts(unit, codes, sizes)
        if found is not None:
            counts, units = found
            shuffled = distinct_counts(unit[order], codes[order], sizes)
            assert [part.tolist() for part in shuffled] == [part.tolist() for part in found]
            width = int(codes.max()) + 1
            expected = Counter(tuple(np.bincount(row[row >= 0], minlength=width)) for row in np.tile(table, 40))
            assert dict(zip(map(tuple, counts), units.tolist(), strict=True)) == expected


def test_counting_and_sorting_make_the_same_tally(monkeypatch):
    counted = [tally_from(ratings_of(table, tuple(range(9)))).patterns for table in random_tables(200, 2)]
    monkeypatch.setattr(tallies, "_MAX_KEYS", 1)
    for patterns, table in zip(counted, random_tables(200, 2), strict=True):
        other = tally_from(ratings_of(table, tuple(range(9)))).patterns
        for name in FIELDS:
            one, again = getattr(patterns, name), getattr(other, name)
            assert one.tolist() == again.tolist()
            assert one.dtype == again.dtype


@pytest.mark.parametrize("values", [3, 400])
def test_numbers_too_many_to_be_counted_are_left_to_sorting(values):
    unit, codes = np.repeat(np.arange(600), 2), np.arange(1200, dtype=np.int32) % values
    assert (distinct_counts(unit, codes, np.full(600, 2)) is None) == (values == 400)


@pytest.mark.parametrize("item", [[2, 0, 2, 1], [3, 0, 3]])
def test_rows_are_grouped_by_the_items_that_have_any(item):
    units, sizes, unit = grouped(np.array(item, dtype=np.int32), max(item) + 1)
    assert units[unit].tolist() == item
    assert dict(zip(units.tolist(), sizes.tolist(), strict=True)) == Counter(item)
    assert unit.dtype == np.int64


@pytest.mark.parametrize("apart", ["cluster", "extent"])
def test_units_of_other_clusters_or_with_sources_of_other_lengths_stay_apart(apart):
    rated = ratings_of(np.zeros((40, 2), dtype=np.int32), ("x",))
    halves = (np.arange(40) % 2).astype(np.int32)
    cluster = halves if apart == "cluster" else np.full(40, -1, dtype=np.int32)
    extent = halves.astype(np.int64) if apart == "extent" else np.zeros(40, dtype=np.int64)
    groups = Column(values=("g", "h"), codes=cluster)
    found = tally_of(replace(rated, groups=groups, extent=extent)).patterns
    assert (found.units.tolist(), getattr(found, apart).tolist()) == ([20, 20], [0, 1])
