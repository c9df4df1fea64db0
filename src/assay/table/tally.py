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
from assay.table.ratings import Ratings

_Name = TypeVar("_Name")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patterns:
    """P patterns of value counts, E entries in all, sorted by length, cluster, extent, codes, counts; no pattern twice.

    Entries `starts[p]:starts[p + 1]` are pattern p: how often (`counts`, >= 1) its units were given each value
    (`codes`, ascending). `units` (P,) is how many units show it, all of them in `cluster` (P,): the code of the group
    they belong to, or -1 where each is a cluster of its own. `extent` (P,) is how long the source is that their spans
    refer to, in characters or elements; 0 for fields whose values refer to none.
    """

    starts: Ints
    codes: Codes
    counts: Ints
    units: Ints
    cluster: Codes
    extent: Ints

    def __len__(self) -> int:
        """How many patterns."""
        return len(self.units)

    @property
    def lengths(self) -> Ints:
        """Distinct values of each pattern, (P,)."""
        return np.diff(self.starts)

    @property
    def rows(self) -> Ints:
        """The pattern of each entry, (E,)."""
        return np.repeat(np.arange(len(self), dtype=np.int64), self.lengths)

    @property
    def sizes(self) -> Ints:
        """Values of a unit of each pattern, (P,)."""
        return np.add.reduceat(self.counts, self.starts[:-1])

    @property
    def pairable(self) -> Mask:
        """Whether a unit of the pattern has two values to compare, (P,)."""
        return np.asarray(self.sizes >= 2, dtype=np.bool_)


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
        patterns=_patterns(unit, codes, cluster, extents(corpus, field, items)),
        clusters=clusters,
        annotators=_comparable(unit, annotator, annotators),
    )


def tally_of(given: Ratings, groups: Column, extent: Ints) -> Tally:
    """The tally of ratings. Of each unit, `groups` has the cluster (-1: its own) and `extent` the length of its source."""
    return Tally(
        field=given.field,
        values=given.values,
        patterns=_patterns(given.unit, given.codes, groups.codes, extent),
        clusters=groups.values,
        annotators=_comparable(given.unit, given.annotator, given.annotators),
    )


def add(first: Tally, *others: Tally) -> Tally:
    """The tally of all their units; they are tallies of the same field and share no unit."""
    tallies = (first, *others)
    values = ordered_values(chain.from_iterable(part.values for part in tallies), first.field)
    clusters = _union(part.clusters for part in tallies)
    parts = [part.patterns for part in tallies]
    codes = _translation(values, canonical_text)
    cluster = _translation(clusters, str)
    patterns = Patterns(
        starts=np.concatenate([[0], np.cumsum(np.concatenate([part.lengths for part in parts]))]),
        codes=np.concatenate([codes(part.values)[part.patterns.codes] for part in tallies]),
        counts=np.concatenate([part.counts for part in parts]),
        units=np.concatenate([part.units for part in parts]),
        cluster=np.concatenate([cluster(part.clusters)[part.patterns.cluster] for part in tallies]),
        extent=np.concatenate([part.extent for part in parts]),
    )
    return Tally(
        field=first.field,
        values=values,
        patterns=_collapse(_sorted_entries(patterns)),
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
    return replace(whole, field=field, values=(False, True), patterns=_collapse(two))


def extents(corpus: Corpus, field: Field, items: Codes) -> Ints:
    """How long the source of each item is that spans of the field refer to; 0 where they refer to none."""
    if field.scale is not Scale.SPANS or field.source is None:
        return np.zeros(len(items), dtype=np.int64)
    sources = (orjson.loads(corpus.items.data[item]).get(field.source) for item in items.tolist())
    return np.array([len(source) if isinstance(source, str | list) else 0 for source in sources], dtype=np.int64)


def _patterns(unit: Ints, codes: Codes, cluster: Codes, extent: Ints) -> Patterns:
    """The patterns of values, (N,) each with its unit; cluster and extent are those of the units, (U,)."""
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
    return _collapse(units)


def _comparable(unit: Ints, annotator: Codes, annotators: tuple[str, ...]) -> tuple[str, ...]:
    """The annotators with a value in a unit that has two or more."""
    shared = np.bincount(unit)[unit] >= 2 if len(unit) else np.zeros(0, dtype=np.bool_)
    return present(annotators, annotator[shared])[0]


def _union(vocabularies: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted(set(chain.from_iterable(vocabularies))))


def _translation(vocabulary: Sequence[_Name], text: Callable[[_Name], str]) -> Callable[[Sequence[_Name]], Codes]:
    """Maps another vocabulary's codes to this one's; -1, as the last position, to -1."""
    code = {text(name): index for index, name in enumerate(vocabulary)}
    return lambda other: np.array([*(code[text(name)] for name in other), -1], dtype=np.int32)


def _sorted_entries(patterns: Patterns) -> Patterns:
    order = np.lexsort((patterns.codes, patterns.rows))
    return replace(patterns, codes=patterns.codes[order], counts=patterns.counts[order])


def _collapse(patterns: Patterns) -> Patterns:
    """Canonical: equal patterns of a cluster become one, and their order is that of their content."""
    lengths = patterns.lengths
    parts = [
        _collapse_equal_lengths(patterns, np.flatnonzero(lengths == length))
        for length in np.flatnonzero(np.bincount(lengths))
    ]
    if not parts:
        return patterns
    return Patterns(
        starts=np.concatenate([[0], np.cumsum(np.concatenate([part.lengths for part in parts]))]),
        codes=np.concatenate([part.codes for part in parts]),
        counts=np.concatenate([part.counts for part in parts]),
        units=np.concatenate([part.units for part in parts]),
        cluster=np.concatenate([part.cluster for part in parts]),
        extent=np.concatenate([part.extent for part in parts]),
    )


def _collapse_equal_lengths(patterns: Patterns, chosen: Ints) -> Patterns:
    length = int(patterns.lengths[chosen[0]])
    entries = patterns.starts[chosen, np.newaxis] + np.arange(length)
    alone = np.column_stack([patterns.cluster[chosen], patterns.extent[chosen]])
    keys = np.hstack([alone, patterns.codes[entries], patterns.counts[entries]])
    order = np.lexsort(keys.T[::-1])
    keys = keys[order]
    is_new = np.concatenate([[True], (keys[1:] != keys[:-1]).any(axis=1)])
    distinct = keys[is_new]
    return Patterns(
        starts=np.arange(len(distinct) + 1, dtype=np.int64) * length,
        codes=distinct[:, 2 : length + 2].astype(np.int32).ravel(),
        counts=distinct[:, length + 2 :].astype(np.int64).ravel(),
        units=np.add.reduceat(patterns.units[chosen][order], np.flatnonzero(is_new)),
        cluster=distinct[:, 0].astype(np.int32),
        extent=distinct[:, 1].astype(np.int64),
    )
