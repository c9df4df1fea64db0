"""Ratings: who gave which unit which value, and the tallies of them, of some units, or of what some annotators gave."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from assay.core.table import Codes, Column, Corpus, Ints, Mask, present
from assay.core.tallies import (
    Patterns,
    Tally,
    collapsed,
    comparable,
    extents,
    grouped,
    joined,
    patterns_of,
    patterns_of_units,
    selected,
)
from assay.core.values import Field, Json


@dataclass(frozen=True, kw_only=True, eq=False)
class Ratings:
    """N values that count, a row each, sorted by unit, then annotator; an annotator rates a unit once.

    `unit` and `annotator` (N,) are codes into `units` (item ids) and `annotators` (names), both sorted; `codes` (N,)
    are codes into `values`, which are the values given, in canonical order. Of each unit (U,) `item` is the code of its
    item, `groups` the group that it is drawn with (-1: none) and `extent` the length of its source.
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
        """How many values."""
        return len(self.codes)

    @property
    def whole(self) -> Tally:
        """Their tally, made once."""
        return self._tallied[0]

    @property
    def shown(self) -> Ints:
        """The pattern of it that each unit shows, (U,)."""
        return self._tallied[1]

    @cached_property
    def _tallied(self) -> tuple[Tally, Ints]:
        patterns, shown = collapsed(patterns_of_units(self.unit, self.codes, self.groups.codes, self.extent))
        return _tally(self, patterns), shown


def ratings(corpus: Corpus, field: Field, rows: Mask) -> Ratings:
    """The values first given to `field` in those of `rows` that count; of two by one annotator, the first in order."""
    table = corpus.annotations
    column = table.fields[field.name]
    chosen = np.flatnonzero(rows & table.counts & (column.first >= 0))
    chosen = chosen[_firsts(table.item[chosen], table.annotator.codes[chosen])]
    values, codes = present(column.values, column.first[chosen])
    annotators, annotator = present(table.annotator.values, table.annotator.codes[chosen])
    items, _, unit = grouped(table.item[chosen], len(corpus.items))
    names, group = present(corpus.items.group.values, corpus.items.group.codes[items])
    return Ratings(
        field=field,
        values=values,
        units=tuple(corpus.items.ids[item] for item in items.tolist()),
        annotators=annotators,
        unit=unit,
        annotator=annotator,
        codes=codes,
        item=items,
        groups=Column(values=names, codes=group),
        extent=extents(corpus, field, items),
    )


def _firsts(item: Codes, annotator: Codes) -> Ints:
    """Where an annotator rates an item for the first time, by item, then annotator."""
    keys = item.astype(np.int64) * (int(annotator.max(initial=0)) + 1) + annotator
    if (keys[1:] > keys[:-1]).all():
        return np.arange(len(keys))
    return np.asarray(np.unique(keys, return_index=True)[1], dtype=np.int64)


def tally_of(given: Ratings) -> Tally:
    """The tally of ratings alone; `whole` is the same, and knows which unit shows what."""
    sizes = np.bincount(given.unit, minlength=len(given.extent))
    return _tally(given, patterns_of(given.unit, given.codes, sizes, given.groups.codes, given.extent))


def _tally(given: Ratings, patterns: Patterns) -> Tally:
    sizes = np.bincount(given.unit, minlength=len(given.extent))
    return Tally(
        field=given.field,
        values=given.values,
        patterns=patterns,
        clusters=given.groups.values,
        annotators=comparable(given.unit, sizes, given.annotator, given.annotators),
    )


def among(given: Ratings, units: Mask) -> Tally:
    """The tally of some of the units, (U,); of all of them `given.whole` itself."""
    if units.all():
        return given.whole
    patterns = given.whole.patterns
    drawn = replace(patterns, units=np.bincount(given.shown[units], minlength=len(patterns)))
    chosen = units[given.unit]
    unit = given.unit[chosen]
    annotators = comparable(unit, np.bincount(unit), given.annotator[chosen], given.annotators)
    return _fitted(given.whole, selected(drawn, drawn.units > 0), annotators)


def by(given: Ratings, annotators: Mask) -> Tally:
    """The tally of what some of the annotators gave, (A,)."""
    chosen = annotators[given.annotator]
    left, unit = np.unique(given.unit[chosen], return_inverse=True)
    values, codes = present(given.values, given.codes[chosen])
    names, annotator = present(given.annotators, given.annotator[chosen])
    groups, group = present(given.groups.values, given.groups.codes[left])
    some = replace(
        given,
        values=values,
        units=tuple(given.units[code] for code in left.tolist()),
        annotators=names,
        unit=unit,
        annotator=annotator,
        codes=codes,
        item=given.item[left],
        groups=Column(values=groups, codes=group),
        extent=given.extent[left],
    )
    return replace(some.whole, known=given.whole.values)


def without_each(given: Ratings) -> Iterator[tuple[str, Tally]]:
    """Of each annotator, in order, the tally of what the others gave.

    It is the whole, less the units that the annotator touched, plus the same units without them: the units of a
    pattern are counted with a sign, and no other unit is looked at.
    """
    rated, whole = given, given.whole
    order = np.argsort(rated.annotator, kind="stable")
    ends = np.searchsorted(rated.annotator[order], np.arange(len(rated.annotators) + 1))
    sizes = np.bincount(rated.unit, minlength=len(rated.units))
    shared = np.bincount(rated.annotator[sizes[rated.unit] >= 2], minlength=len(rated.annotators))
    first = np.cumsum(sizes) - sizes
    for code, name in enumerate(rated.annotators):
        own = order[ends[code] : ends[code + 1]]
        left = _less(whole.patterns, given.shown[rated.unit[own]], rated.codes[own])
        twos = first[rated.unit[own][sizes[rated.unit[own]] == 2]]
        partner = rated.annotator[twos] + rated.annotator[twos + 1] - code
        still = shared - np.bincount(partner, minlength=len(shared))
        still[code] = 0
        yield name, _fitted(whole, left, tuple(rated.annotators[one] for one in np.flatnonzero(still)))


def _less(patterns: Patterns, shown: Ints, codes: Codes) -> Patterns:
    """The patterns after one value, (M,) by code, was taken from a unit of the pattern it stands beside."""
    width = np.int64(codes.max(initial=0)) + 1
    cells, units = np.unique(shown * width + codes, return_counts=True)
    touched, taken = np.divmod(cells, width)
    lost = np.bincount(touched, weights=units, minlength=len(patterns)).astype(np.int64)
    gone = selected(replace(patterns, units=-lost), lost > 0)
    found, _ = collapsed(joined([patterns, gone, _taken(patterns, touched, taken.astype(np.int32), units)]))
    return selected(found, found.units > 0)


def _taken(patterns: Patterns, touched: Ints, taken: Codes, units: Ints) -> Patterns:
    """The touched patterns (K,), each with one of the values taken less; those left without a value are left out."""
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
    """The patterns as a tally of their own, of the values and clusters that are left."""
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
