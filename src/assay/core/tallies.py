"""Tallies: how many units have each pattern, the multiset of their values (`assay.core.patterns`).

Agreement depends on a unit only through its pattern, the count of each value it was given. A tally counts the units of
each pattern, so that it is small, adds up over batches, and is all that any coefficient or bootstrap needs.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import log2
from typing import TypeVar

import numpy as np
import orjson

from assay.core.patterns import Patterns, collapsed, joined, patterns_of_units
from assay.core.table import Codes, Corpus, Floats, Ints, Mask, present
from assay.core.values import Field, Json, Scale, canonical_text, ordered_values

_MAX_KEYS = 2**22
_KEYS_PER_VALUE = 4


def grouped(item: Codes, items: int) -> tuple[Ints, Ints, Ints]:
    """The units (items with a row in `item` (N,), ascending), the rows of each, (U,), and the unit of each row, (N,)."""
    positions = item.astype(np.int64)
    sizes = np.bincount(positions, minlength=items)
    units = np.flatnonzero(sizes)
    if len(units) == items:
        return units, sizes, positions
    return units, sizes[units], (np.cumsum(sizes > 0) - 1)[positions]


def distinct_counts(unit: Ints, codes: Codes, sizes: Ints) -> tuple[Ints, Ints] | None:
    """The K distinct value counts of units, (K, V), and the number of units with each, (K,).

    `unit` and `codes` (N,) have a row for each value, `sizes` (U,) the number of values of each unit. The counts of a unit
    are the digits of one number, in a base above every count. None if there are too many such numbers.
    """
    width, base = int(codes.max(initial=-1)) + 1, int(sizes.max(initial=0)) + 1
    if width * log2(base) > log2(min(_MAX_KEYS, _KEYS_PER_VALUE * len(codes) + 1)):
        return None
    powers = base ** np.arange(width)
    if sizes.all() and bool((unit[1:] >= unit[:-1]).all()):
        numbers = np.add.reduceat(powers.astype(np.int32)[codes], np.cumsum(sizes) - sizes)
    else:
        numbers = np.bincount(unit, weights=powers.astype(np.float64)[codes], minlength=len(sizes)).astype(np.int64)
    shown = np.bincount(numbers)
    distinct = np.flatnonzero(shown)
    return distinct[:, np.newaxis] // powers % base, shown[distinct]


_Name = TypeVar("_Name")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tally:
    """The values of one field's units: mergeable, and independent of the order of the rows.

    `values` are in canonical order, `clusters` the sorted names of the groups, `annotators` those with a value in a unit
    that has two or more. Units with one value are kept: Gwet's marginals use them. `known` are the values of the whole
    field if this is a part of it.
    """

    field: Field
    values: tuple[Json, ...]
    patterns: Patterns
    clusters: tuple[str, ...]
    annotators: tuple[str, ...]
    known: tuple[Json, ...] = ()

    @property
    def units(self) -> int:
        """The number of units with two or more values."""
        return int(self.patterns.units[self.patterns.pairable].sum())

    @property
    def pairable(self) -> int:
        """The number of values in units that have two or more."""
        patterns = self.patterns
        return int((patterns.units * patterns.sizes)[patterns.pairable].sum())

    @property
    def frequency(self) -> Floats:
        """How often each value was given in units that have two or more, (V,)."""
        patterns = self.patterns
        weights = patterns.counts * (patterns.units * patterns.pairable)[patterns.rows]
        return np.bincount(patterns.codes, weights=weights, minlength=len(self.values)).astype(np.float64)


def tally(corpus: Corpus, field: Field, rows: Mask) -> Tally:
    """The tally of the first answers to `field` in the counting ones of `rows`; a unit is an item.

    Tallies of rows split by item can be added.
    """
    table = corpus.annotations
    column = table.fields[field.name]
    given = rows & table.counts & (column.first >= 0)
    chosen = slice(None) if given.all() else np.flatnonzero(given)
    values, codes = present(column.values, column.first[chosen])
    items, sizes, unit = grouped(table.item[chosen], len(corpus.items))
    clusters, cluster = present(corpus.items.group.values, corpus.items.group.codes[items])
    return Tally(
        field=field,
        values=values,
        patterns=patterns_of(unit, codes, sizes, cluster, extents(corpus, field, items)),
        clusters=clusters,
        annotators=comparable(unit, sizes, table.annotator.codes[chosen], table.annotator.values),
    )


def add_tallies(first: Tally, *others: Tally) -> Tally:
    """The tally of all units of tallies of the same field that share no unit."""
    tallies = (first, *others)
    values = ordered_values(chain.from_iterable(part.values for part in tallies), first.field)
    clusters = _union(part.clusters for part in tallies)
    codes, cluster = _translation(values, canonical_text), _translation(clusters, str)
    parts = [
        replace(
            part.patterns,
            codes=codes(part.values)[part.patterns.codes],
            cluster=cluster(part.clusters)[part.patterns.cluster],
        )
        for part in tallies
    ]
    together = joined(parts)
    # The codes of each pattern ascending.
    order = np.lexsort((together.codes, together.rows))
    together = replace(together, codes=together.codes[order], counts=together.counts[order])
    return Tally(
        field=first.field,
        values=values,
        patterns=collapsed(together)[0],
        clusters=clusters,
        annotators=_union(part.annotators for part in tallies),
        known=ordered_values(chain.from_iterable(part.known or part.values for part in tallies), first.field),
    )


def within(part: Tally, whole: Tally) -> Tally:
    """The tally as a part of `whole`, with the values of the whole field as known."""
    known = (*(whole.known or whole.values), *(part.known or part.values))
    return replace(part, known=ordered_values(known, part.field))


def dichotomy(whole: Tally, among: Mask) -> Tally:
    """The same units with two values: whether the value is one of `among`, (V,)."""
    field = replace(whole.field, scale=Scale.NOMINAL, values=(False, True), textual=False, ordered=True)
    return replace(recoded(whole, among.astype(np.int32)), field=field, values=(False, True), known=())


def recoded(whole: Tally, codes: Codes) -> Tally:
    """The same units with recoded values: `codes` (V,) are the new codes; the caller sets the new values."""
    patterns = whole.patterns
    width = np.int64(codes.max(initial=0)) + 1
    cells, position = np.unique(patterns.rows * width + codes[patterns.codes], return_inverse=True)
    merged = replace(
        patterns,
        starts=np.searchsorted(cells, np.arange(len(patterns) + 1) * width),
        codes=(cells % width).astype(np.int32),
        counts=np.bincount(position, weights=patterns.counts, minlength=len(cells)).astype(np.int64),
    )
    return replace(whole, patterns=collapsed(merged)[0])


def extents(corpus: Corpus, field: Field, items: Ints) -> Ints:
    """The length of each item's source for spans of the field; 0 without a source."""
    if field.scale is not Scale.SPANS or field.source is None:
        return np.zeros(len(items), dtype=np.int64)
    sources = (orjson.loads(corpus.items.data[item]).get(field.source) for item in items.tolist())
    return np.array([len(source) if isinstance(source, str | list) else 0 for source in sources], dtype=np.int64)


def patterns_of(unit: Ints, codes: Codes, sizes: Ints, cluster: Codes, extent: Ints) -> Patterns:
    """The patterns of values (N,) and their units; sizes, cluster and extent are per unit, (U,)."""
    alone = not extent.any() and (cluster < 0).all()
    counted = distinct_counts(unit, codes, sizes) if alone else None
    return collapsed(patterns_of_units(unit, codes, cluster, extent) if counted is None else _of_counts(*counted))[0]


def _of_counts(counts: Ints, units: Ints) -> Patterns:
    """Patterns of units without clusters, from their value counts, (P, V)."""
    rows, codes = np.nonzero(counts)
    return Patterns(
        starts=np.searchsorted(rows, np.arange(len(units) + 1)),
        codes=codes.astype(np.int32),
        counts=counts[rows, codes],
        units=units,
        cluster=np.full(len(units), -1, dtype=np.int32),
        extent=np.zeros(len(units), dtype=np.int64),
    )


def comparable(unit: Ints, sizes: Ints, annotator: Codes, annotators: tuple[str, ...]) -> tuple[str, ...]:
    """The annotators with a value in a unit that has two or more; `sizes` (U,) are the numbers of values."""
    several = sizes >= 2
    return present(annotators, annotator if several.all() else annotator[several[unit]])[0]


def _union(vocabularies: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted(set(chain.from_iterable(vocabularies))))


def _translation(vocabulary: Sequence[_Name], text: Callable[[_Name], str]) -> Callable[[Sequence[_Name]], Codes]:
    """Maps codes of another vocabulary to this one; -1 stays, as the last position."""
    code = {text(name): index for index, name in enumerate(vocabulary)}
    return lambda other: np.array([*(code[text(name)] for name in other), -1], dtype=np.int32)
