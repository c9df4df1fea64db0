"""One field's counting votes, tallied by item and value."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from assay.model.json import Json
from assay.model.schema import Field, Scale
from assay.model.values import canonical_text, canonical_value, ordered_values
from assay.table import Corpus, FieldColumn
from assay.table.columns import Codes

Counts: TypeAlias = NDArray[np.int64]

LISTS = frozenset({Scale.SEQUENCE, Scale.RANKING, Scale.SPANS, Scale.BOXES})


def standard(value: Json, field: Field) -> Json:
    """A value as it is compared: canonical, and of free text NFC with runs of white space as one space."""
    if field.scale is Scale.TEXT and isinstance(value, str):
        return " ".join(unicodedata.normalize("NFC", value).split())
    return canonical_value(value, field.scale)


def measurable(value: Json, scale: Scale) -> bool:
    """Whether a value says something on this scale: a null among numbers, sequences, rankings or spans is no vote."""
    if scale.numeric:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return scale not in LISTS or isinstance(value, list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The distinct values that votes on a field name, in canonical order.

    `place` maps a `FieldColumn` code to its value's place among them, -1 where it says nothing on the field's scale;
    it ends with one more -1, so that a missing value (-1) stays missing.
    """

    values: tuple[Json, ...]
    place: Codes


def choices(field: Field, column: FieldColumn) -> Choices:
    """What the votes of a column can be for, values that only differ in spelling taken as one."""
    given = tuple(standard(value, field) for value in column.values)
    values = ordered_values((value for value in given if measurable(value, field.scale)), field)
    place = {canonical_text(value): code for code, value in enumerate(values)}
    codes = [place.get(canonical_text(value), -1) for value in given]
    return Choices(values=values, place=np.array([*codes, -1], dtype=np.int32))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballots:
    """How often each value was given to each item: a cell per (item, value), sorted by both.

    `items` are the distinct item codes, `starts` the first cell of each; `value` (a code into `values`) and `count`
    are a cell each. Who voted is not kept, so no consensus can depend on it.
    """

    values: tuple[Json, ...]
    items: Codes
    starts: Counts
    value: Codes
    count: Counts

    @property
    def cells(self) -> Counts:
        """Distinct values given, per item."""
        return np.diff(self.starts, append=len(self.value))

    @property
    def group(self) -> Counts:
        """Which of `items` a cell belongs to."""
        return np.repeat(np.arange(len(self.items)), self.cells)

    @property
    def votes(self) -> Counts:
        """Votes per item."""
        return self.total(self.count)

    def total(self, amounts: NDArray[np.int64 | np.bool_]) -> Counts:
        """Amounts per cell, summed per item."""
        return np.add.reduceat(amounts, self.starts, dtype=np.int64)

    def papers(self) -> Iterator[tuple[tuple[Json, int], ...]]:
        """Each item's distinct values with their counts."""
        cells = [(self.values[code], count) for code, count in zip(self.value, self.count.tolist(), strict=True)]
        for start, size in zip(self.starts.tolist(), self.cells.tolist(), strict=True):
            yield tuple(cells[start : start + size])


def tally(item: Codes, code: Codes, values: tuple[Json, ...]) -> Ballots:
    """Ballots of votes given as item codes and value codes (none missing)."""
    width = max(len(values), 1)
    cells, count = np.unique(item.astype(np.int64) * width + code, return_counts=True)
    items, starts = np.unique(cells // width, return_index=True)
    return Ballots(
        values=values,
        items=items.astype(np.int32),
        starts=starts.astype(np.int64),
        value=(cells % width).astype(np.int32),
        count=count.astype(np.int64),
    )


def poll(corpus: Corpus, field: Field) -> Ballots:
    """The current counting votes on a field, as they stand after review."""
    rows = corpus.annotations
    column = rows.fields[field.name]
    options = choices(field, column)
    codes = options.place[column.codes]
    voting = rows.counts & corpus.annotations.current & (codes >= 0)
    return tally(rows.item[voting], codes[voting], options.values)
