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
from assay.table.columns import Codes, Corpus, Ints, Mask, present
from assay.table.counting import alike, grouped
from assay.table.patterns import Patterns as Patterns
from assay.table.patterns import collapsed, joined, sorted_entries

_Name = TypeVar("_Name")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tally:
    """What one field's units were given: mergeable, and the same whatever the order of the rows.

    `values` are the values given, in canonical order, `clusters` the names of the groups, sorted, and `annotators`
    those with a value in a unit that has two or more. Units with one value are kept: Gwet's marginals use them.
    `known` are the values of the whole field, of which this is a part: they could have been given here too.
    """

    field: Field
    values: tuple[Json, ...]
    patterns: Patterns
    clusters: tuple[str, ...]
    annotators: tuple[str, ...]
    known: tuple[Json, ...] = ()

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
        known=ordered_values(chain.from_iterable(part.known or part.values for part in tallies), first.field),
    )


def within(part: Tally, whole: Tally) -> Tally:
    """The same tally as that of a part of a field, which other units gave more values."""
    known = (*(whole.known or whole.values), *(part.known or part.values))
    return replace(part, known=ordered_values(known, part.field))


def dichotomy(whole: Tally, among: Mask) -> Tally:
    """The same units with two values left: whether the value given is one of `among`, (V,)."""
    field = replace(whole.field, scale=Scale.NOMINAL, values=(False, True), textual=False, ordered=True)
    return replace(recoded(whole, among.astype(np.int32)), field=field, values=(False, True), known=())


def recoded(whole: Tally, codes: Codes) -> Tally:
    """The same units with other values: `codes` (V,) are those that stand for each; the caller names them."""
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
    """How long the source of each item is that spans of the field refer to; 0 where they refer to none."""
    if field.scale is not Scale.SPANS or field.source is None:
        return np.zeros(len(items), dtype=np.int64)
    sources = (orjson.loads(corpus.items.data[item]).get(field.source) for item in items.tolist())
    return np.array([len(source) if isinstance(source, str | list) else 0 for source in sources], dtype=np.int64)


def patterns_of(unit: Ints, codes: Codes, sizes: Ints, cluster: Codes, extent: Ints) -> Patterns:
    """The patterns of values, (N,) each with its unit; sizes, cluster and extent are those of the units, (U,)."""
    alone = not extent.any() and (cluster < 0).all()
    counted = alike(unit, codes, sizes) if alone else None
    return collapsed(patterns_of_units(unit, codes, cluster, extent) if counted is None else _of_counts(*counted))[0]


def _of_counts(counts: Ints, units: Ints) -> Patterns:
    """Patterns of units without a cluster, from their counts of each value, (P, V)."""
    rows, codes = np.nonzero(counts)
    return Patterns(
        starts=np.searchsorted(rows, np.arange(len(units) + 1)),
        codes=codes.astype(np.int32),
        counts=counts[rows, codes],
        units=units,
        cluster=np.full(len(units), -1, dtype=np.int32),
        extent=np.zeros(len(units), dtype=np.int64),
    )


def patterns_of_units(unit: Ints, codes: Codes, cluster: Codes, extent: Ints) -> Patterns:
    """A pattern for each unit."""
    width = np.int64(codes.max(initial=0)) + 1
    cells, counts = np.unique(unit * width + codes, return_counts=True)
    return Patterns(
        starts=np.searchsorted(cells, np.arange(len(cluster) + 1) * width),
        codes=(cells % width).astype(np.int32),
        counts=counts,
        units=np.ones(len(cluster), dtype=np.int64),
        cluster=cluster,
        extent=extent,
    )


def comparable(unit: Ints, sizes: Ints, annotator: Codes, annotators: tuple[str, ...]) -> tuple[str, ...]:
    """The annotators with a value in a unit that has two or more; `sizes` (U,) is how many each unit has."""
    several = sizes >= 2
    return present(annotators, annotator if several.all() else annotator[several[unit]])[0]


def _union(vocabularies: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted(set(chain.from_iterable(vocabularies))))


def _translation(vocabulary: Sequence[_Name], text: Callable[[_Name], str]) -> Callable[[Sequence[_Name]], Codes]:
    """Maps another vocabulary's codes to this one's; -1, as the last position, to -1."""
    code = {text(name): index for index, name in enumerate(vocabulary)}
    return lambda other: np.array([*(code[text(name)] for name in other), -1], dtype=np.int32)
