"""Ratings: the value of each annotator and unit; tallies of all, of some units, or of some annotators."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from assay.core import tallies
from assay.core.patterns import Patterns, collapsed, joined, selected, shown_patterns
from assay.core.table import Codes, Column, Corpus, Ints, Mask, order_of, present
from assay.core.tallies import Tally
from assay.core.values import Field, Json


@dataclass(frozen=True, kw_only=True, eq=False)
class Ratings:
    """N counting values, a row each, sorted by unit, then annotator; an annotator rates a unit once.

    `unit` and `annotator` (N,) are codes into `units` (item ids) and `annotators` (names), both sorted; `codes` (N,)
    are codes into `values`, in canonical order. For each unit (U,) `item` is the code of its item, `groups` its group for
    resampling (-1: none) and `extent` the length of its source.
    """

    field: Field
    values: tuple[Json, ...]
    units: tuple[str, ...]
    annotators: tuple[str, ...]
    unit: Ints
    annotator: Codes
    codes: Codes
    item: Ints
    groups: Column
    extent: Ints

    def __len__(self) -> int:
        """The number of values."""
        return len(self.codes)

    @property
    def whole(self) -> Tally:
        """The tally of all ratings, cached."""
        return self._tallied[0]

    @property
    def shown(self) -> Ints:
        """The pattern of each unit in it, (U,)."""
        return self._tallied[1]

    @cached_property
    def _tallied(self) -> tuple[Tally, Ints]:
        patterns, shown = shown_patterns(self.unit, self.codes, self.groups.codes, self.extent)
        return _tally(self, patterns), shown


def ratings(corpus: Corpus, field: Field, rows: Mask) -> Ratings:
    """The first answers to `field` in the counting ones of `rows`; of two by one annotator, the first in order."""
    table = corpus.annotations
    column = table.fields[field.name]
    chosen = np.flatnonzero(rows & table.counts & (column.first >= 0))
    chosen = chosen[_firsts(table.item[chosen], table.annotator.codes[chosen])]
    values, codes = present(column.values, column.first[chosen])
    annotators, annotator = present(table.annotator.values, table.annotator.codes[chosen])
    items, _, unit = tallies.grouped(table.item[chosen], len(corpus.items))
    names, group = present(corpus.items.group.values, corpus.items.group.codes[items])
    return Ratings(
        field=field,
        values=values,
        units=tuple(map(corpus.items.ids.__getitem__, items.tolist())),
        annotators=annotators,
        unit=unit,
        annotator=annotator,
        codes=codes,
        item=items,
        groups=Column(values=names, codes=group),
        extent=tallies.extents(corpus, field, items),
    )


def _firsts(item: Codes, annotator: Codes) -> Ints:
    """The first row of each item and annotator, in that order."""
    keys = item.astype(np.int64) * (int(annotator.max(initial=0)) + 1) + annotator
    if (keys[1:] > keys[:-1]).all():
        return np.arange(len(keys))
    return np.asarray(np.unique(keys, return_index=True)[1], dtype=np.int64)


def tally_of(rated: Ratings) -> Tally:
    """The tally of ratings; unlike `whole` without the pattern of each unit."""
    sizes = np.bincount(rated.unit, minlength=len(rated.extent))
    return _tally(rated, tallies.patterns_of(rated.unit, rated.codes, sizes, rated.groups.codes, rated.extent))


def _tally(rated: Ratings, patterns: Patterns) -> Tally:
    sizes = np.bincount(rated.unit, minlength=len(rated.extent))
    return Tally(
        field=rated.field,
        values=rated.values,
        patterns=patterns,
        clusters=rated.groups.values,
        annotators=tallies.comparable(rated.unit, sizes, rated.annotator, rated.annotators),
    )


def tallies_by_unit(rated: Ratings, codes: Codes) -> Iterator[tuple[int, Tally]]:
    """The tally of the units of each code, ascending; `codes` (U,), -1: in none."""
    whole, many = rated.whole, int(codes.max(initial=-1)) + 1
    sizes = np.bincount(rated.unit, minlength=len(codes))
    first = np.cumsum(sizes) - sizes
    order = order_of(codes + 1, many + 1)
    ends = np.searchsorted(codes[order], np.arange(many + 1)).tolist()
    for code, (start, end) in enumerate(pairwise(ends)):
        if end - start == len(codes):
            yield code, whole
        elif end > start:
            units = order[start:end]
            shown = np.bincount(rated.shown[units], minlength=len(whole.patterns))
            several = units[sizes[units] >= 2]
            inside = np.repeat(first[several] - np.cumsum(sizes[several]) + sizes[several], sizes[several])
            annotators, _ = present(rated.annotators, rated.annotator[inside + np.arange(len(inside))])
            left = selected(replace(whole.patterns, units=shown), shown > 0)
            yield code, _fitted(whole, left, annotators)


def tally_of_annotators(rated: Ratings, annotators: Mask) -> Tally:
    """The tally of the values of some annotators, (A,)."""
    chosen = annotators[rated.annotator]
    left, unit = np.unique(rated.unit[chosen], return_inverse=True)
    values, codes = present(rated.values, rated.codes[chosen])
    names, annotator = present(rated.annotators, rated.annotator[chosen])
    groups, group = present(rated.groups.values, rated.groups.codes[left])
    some = replace(
        rated,
        values=values,
        units=tuple(map(rated.units.__getitem__, left.tolist())),
        annotators=names,
        unit=unit,
        annotator=annotator,
        codes=codes,
        item=rated.item[left],
        groups=Column(values=groups, codes=group),
        extent=rated.extent[left],
    )
    return replace(some.whole, known=rated.whole.values)


def without_each(rated: Ratings) -> Iterator[tuple[str, Tally]]:
    """For each annotator, in order, the tally of all other annotators.

    It is the whole tally, minus the units that the annotator rated, plus the same units without their value; unit counts of
    patterns have a sign, so other units need not be visited.
    """
    whole, people = rated.whole, len(rated.annotators)
    sizes = np.bincount(rated.unit, minlength=len(rated.units))
    shared = np.bincount(rated.annotator[sizes[rated.unit] >= 2], minlength=people)
    first = np.cumsum(sizes) - sizes
    order = order_of(rated.annotator, people)
    ends = np.searchsorted(rated.annotator[order], np.arange(people + 1)).tolist()
    for code, (name, start, end) in enumerate(zip(rated.annotators, ends, ends[1:], strict=False)):
        own = order[start:end]
        units = rated.unit[own]
        left = _less(whole.patterns, rated.shown[units], rated.codes[own])
        twos = first[units[sizes[units] == 2]]
        partner = rated.annotator[twos] + rated.annotator[twos + 1] - code
        still = shared - np.bincount(partner, minlength=people)
        still[code] = 0
        yield name, _fitted(whole, left, tuple(rated.annotators[one] for one in np.flatnonzero(still)))


def _less(patterns: Patterns, shown: Ints, codes: Codes) -> Patterns:
    """The patterns after removing one value from M units: `codes` (M,) from units of the patterns `shown` (M,)."""
    width = np.int64(codes.max(initial=0)) + 1
    cells, units = np.unique(shown * width + codes, return_counts=True)
    touched, taken = np.divmod(cells, width)
    lost = np.bincount(touched, weights=units, minlength=len(patterns)).astype(np.int64)
    gone = selected(replace(patterns, units=-lost), lost > 0)
    found, _ = collapsed(joined([patterns, gone, _taken(patterns, touched, taken.astype(np.int32), units)]))
    return selected(found, found.units > 0)


def _taken(patterns: Patterns, touched: Ints, taken: Codes, units: Ints) -> Patterns:
    """The touched patterns (K,), each without one of its `taken` values; empty patterns are dropped."""
    lengths = patterns.lengths[touched]
    row = np.repeat(np.arange(len(touched)), lengths)
    entry = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + patterns.starts[touched][row]
    codes = patterns.codes[entry]
    counts = patterns.counts[entry] - (codes == taken[row])
    lengths = np.bincount(row[counts > 0], minlength=len(touched))
    return Patterns(
        starts=np.concatenate([[0], np.cumsum(lengths[lengths > 0])]),
        codes=codes[counts > 0],
        counts=counts[counts > 0],
        units=units[lengths > 0],
        cluster=patterns.cluster[touched][lengths > 0],
        extent=patterns.extent[touched][lengths > 0],
    )


def _fitted(whole: Tally, patterns: Patterns, annotators: tuple[str, ...]) -> Tally:
    """The patterns as a tally of their own, with the values and clusters that they use."""
    values, codes = present(whole.values, patterns.codes)
    clusters, cluster = present(whole.clusters, patterns.cluster)
    return replace(
        whole,
        values=values,
        patterns=replace(patterns, codes=codes, cluster=cluster),
        clusters=clusters,
        annotators=annotators,
        known=whole.values,
    )
