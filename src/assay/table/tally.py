"""Tallies: how many units show which values how often.

Agreement depends on a unit only through its pattern, the count of each value it was given. A tally counts the units of
each pattern, so that it is small, adds up over batches, and is all that any coefficient or bootstrap needs.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeVar

import numpy as np
import orjson

from assay.model.json import Json
from assay.model.schema import Field, Scale
from assay.model.values import canonical_text, ordered_values
from assay.table.columns import Codes, Column, Corpus, Ints, Mask, present
from assay.table.patterns import Patterns as Patterns
from assay.table.patterns import collapsed, joined, sorted_entries
from assay.table.ratings import Ratings

_Name = TypeVar("_Name")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tally:
    """What one field's units were given: mergeable, and the same whatever the order of the rows.

    `values` are the values given, in canonical order, `clusters` the names of the groups, sorted, and `annotators`
    those with a value in a unit that has two or more. Units with one value are kept: Gwet's marginals use them.
    """

    field: Field
    values: tuple[Json, ...]
    patterns: Patterns
    clusters: tuple[str, ...]
    annotators: tuple[str, ...]

    @property
    def units(self) -> int:
        """Units with two or more values."""
        return int(self.patterns.units[self.patterns.pairable].sum())

    @property
    def pairable(self) -> int:
        """Values in units that have two or more."""
        patterns = self.patterns
        return int((patterns.units * patterns.sizes)[patterns.pairable].sum())


def tally(corpus: Corpus, field: Field, rows: Mask) -> Tally:
    """The values first given to `field` in those of `rows` that count; a unit is an item.

    Split by item, rows may be tallied apart and added up.
    """
    table = corpus.annotations
    column = table.fields[field.name]
    chosen = np.flatnonzero(rows & table.counts & (column.first >= 0))
    values, codes = present(column.values, column.first[chosen])
    items, unit = np.unique(table.item[chosen], return_inverse=True)
    clusters, cluster = present(corpus.items.group.values, corpus.items.group.codes[items])
    annotators, annotator = present(table.annotator.values, table.annotator.codes[chosen])
    return Tally(
        field=field,
        values=values,
        patterns=_patterns(unit, codes, cluster, extents(corpus, field, items))[0],
        clusters=clusters,
        annotators=comparable(unit, annotator, annotators),
    )


def tally_of(given: Ratings, groups: Column, extent: Ints) -> Tally:
    """The tally of ratings. Of each unit, `groups` has the cluster (-1: its own) and `extent` the length of its source."""
    return tallied(given, groups, extent)[0]


def tallied(given: Ratings, groups: Column, extent: Ints) -> tuple[Tally, Ints]:
    """The tally of ratings, and the pattern that each unit shows, (U,)."""
    patterns, shown = _patterns(given.unit, given.codes, groups.codes, extent)
    whole = Tally(
        field=given.field,
        values=given.values,
        patterns=patterns,
        clusters=groups.values,
        annotators=comparable(given.unit, given.annotator, given.annotators),
    )
    return whole, shown


def add(first: Tally, *others: Tally) -> Tally:
    """The tally of all their units; they are tallies of the same field and share no unit."""
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
    return Tally(
        field=first.field,
        values=values,
        patterns=collapsed(sorted_entries(joined(parts)))[0],
        clusters=clusters,
        annotators=_union(part.annotators for part in tallies),
    )


def dichotomy(whole: Tally, among: Mask) -> Tally:
    """The same units with two values left: whether the value given is one of `among`, (V,)."""
    patterns = whole.patterns
    hits = np.bincount(patterns.rows, weights=patterns.counts * among[patterns.codes], minlength=len(patterns))
    counts = np.column_stack([patterns.sizes - hits.astype(np.int64), hits.astype(np.int64)]).ravel()
    given = counts > 0
    two = Patterns(
        starts=np.concatenate([[0], np.cumsum(given.reshape(-1, 2).sum(axis=1))]),
        codes=np.tile(np.array([0, 1], dtype=np.int32), len(patterns))[given],
        counts=counts[given],
        units=patterns.units,
        cluster=patterns.cluster,
        extent=patterns.extent,
    )
    field = replace(whole.field, scale=Scale.NOMINAL, values=(False, True), textual=False)
    return replace(whole, field=field, values=(False, True), patterns=collapsed(two)[0])


def extents(corpus: Corpus, field: Field, items: Codes) -> Ints:
    """How long the source of each item is that spans of the field refer to; 0 where they refer to none."""
    if field.scale is not Scale.SPANS or field.source is None:
        return np.zeros(len(items), dtype=np.int64)
    sources = (orjson.loads(corpus.items.data[item]).get(field.source) for item in items.tolist())
    return np.array([len(source) if isinstance(source, str | list) else 0 for source in sources], dtype=np.int64)


def _patterns(unit: Ints, codes: Codes, cluster: Codes, extent: Ints) -> tuple[Patterns, Ints]:
    """The patterns of values, (N,) each with its unit; cluster and extent are those of the units, (U,).

    Beside them the pattern of each unit, (U,).
    """
    width = np.int64(codes.max(initial=0)) + 1
    cells, counts = np.unique(unit * width + codes, return_counts=True)
    units = Patterns(
        starts=np.searchsorted(cells, np.arange(len(cluster) + 1) * width),
        codes=(cells % width).astype(np.int32),
        counts=counts,
        units=np.ones(len(cluster), dtype=np.int64),
        cluster=cluster,
        extent=extent,
    )
    return collapsed(units)


def comparable(unit: Ints, annotator: Codes, annotators: tuple[str, ...]) -> tuple[str, ...]:
    """The annotators with a value in a unit that has two or more."""
    shared = np.bincount(unit)[unit] >= 2 if len(unit) else np.zeros(0, dtype=np.bool_)
    return present(annotators, annotator[shared])[0]


def _union(vocabularies: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted(set(chain.from_iterable(vocabularies))))


def _translation(vocabulary: Sequence[_Name], text: Callable[[_Name], str]) -> Callable[[Sequence[_Name]], Codes]:
    """Maps another vocabulary's codes to this one's; -1, as the last position, to -1."""
    code = {text(name): index for index, name in enumerate(vocabulary)}
    return lambda other: np.array([*(code[text(name)] for name in other), -1], dtype=np.int32)
