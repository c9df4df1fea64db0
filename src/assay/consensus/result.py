"""The consensus on a task's items, and its summary."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from assay import core
from assay.core import EXTENTS, Codes, ConsensusReport, Field, FieldConsensus, Floats, Ints, Json, Mask, Scale

_T_co = TypeVar("_T_co", covariant=True)

_LARGEST = 2**63 - 1

COUNTABLE = frozenset({Scale.NOMINAL, Scale.ORDINAL, Scale.SET, Scale.TREE})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coded(Sequence[_T_co]):
    """A value in each row, as codes into `values`; it equals every sequence of the same values."""

    values: tuple[_T_co, ...]
    codes: Codes

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.codes)

    @overload
    def __getitem__(self, row: int) -> _T_co: ...
    @overload
    def __getitem__(self, row: slice) -> "Coded[_T_co]": ...
    def __getitem__(self, row: int | slice) -> "_T_co | Coded[_T_co]":
        """The value of a row, or some of the rows."""
        if isinstance(row, slice):
            return Coded(values=self.values, codes=self.codes[row])
        return self.values[int(self.codes[row])]

    def __eq__(self, other: object) -> bool:
        """Whether the values are the same."""
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def among(self, *values: object) -> Mask:
        """The rows whose value is one of these."""
        return np.array([value in values for value in self.values], dtype=np.bool_)[self.codes]

    def counted(self, rows: Mask | None = None) -> list[tuple[_T_co, int]]:
        """The values of some rows, by default of all, each with the number of its rows; in the order of `values`."""
        codes = self.codes if rows is None else self.codes[rows]
        counts = np.bincount(codes)
        return [(self.values[code], int(counts[code])) for code in np.flatnonzero(counts).tolist()]


def distinct_rows(columns: Sequence[NDArray[Any]]) -> tuple[Ints, Ints]:
    """The first row of each distinct row of a table of whole numbers, and which of these each row is, (N,)."""
    key, width = np.zeros(len(columns[0]), dtype=np.int64), 1
    for column in columns:
        low = int(column.min(initial=0))
        span = int(column.max(initial=0)) - low + 1
        if width * span > _LARGEST:
            key = np.unique(key, return_inverse=True)[1]
            width = int(key.max()) + 1
        key, width = key * span + (column - low), width * span
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    return first, which


class Source(StrEnum):
    """Where a value comes from: two votes or more that are all alike, votes that differ, a single vote, or an expert.

    `tie`, `apart` (votes too far apart for one value) and `none` have no value.
    """

    UNANIMOUS = "unanimous"
    VOTED = "voted"
    SINGLE = "single"
    ADJUDICATED = "adjudicated"
    GOLD = "gold"
    TIE = "tie"
    APART = "apart"
    NONE = "none"

    @property
    def decided(self) -> bool:
        """Whether there is a value."""
        return self not in {Source.TIE, Source.APART, Source.NONE}

    @property
    def by_votes(self) -> bool:
        """Whether annotators' votes alone made the value."""
        return self is Source.UNANIMOUS or self is Source.VOTED or self is Source.SINGLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Consensus:
    """A row per item and field, by item, then in the order of `fields`.

    The items are those with a current batch, a gold or an adjudication. `item` is a code into `Corpus.items.ids`,
    `field` into `fields`; no column has a Python object for each cell. `value` is canonical, None where `source` is `tie`, `apart` or `none`. `votes` are the counting
    current votes, `distribution` canonical JSON of how often each was given, `{value_text: count}`.

    `confidence`, 0 to 1, is 1 for gold and adjudicated values and else the mean likeness of the votes to the value:
    on most scales a vote is like it or not, so this is the share of votes for it (of a tie, the share of each of the
    tied values; of votes that are apart, of those for the value that they would have come to); sequences, spans and boxes are alike
    in part. It is 0 where there is no vote, and nan of one vote alone: no other vote confirms it.

    `undecided` is canonical JSON of the attributes of elements that votes leave open, empty where there is none:
    `[{"at", "attribute", "votes", "why"}]`, `at` being the extent and kind of the element, `votes` how often each value was
    given ("" for none), `why` `tie` or `apart`. With an attribute that every element must have the source is `tie`;
    another one is absent from its element.

    `waiting`: there is no other value, and a migration removed the value of an effective decision or a current vote, or added
    a value that it lacks.
    """

    method: str
    fields: tuple[Field, ...]
    item: Codes
    field: Codes
    value: Coded[Json]
    confidence: Floats
    votes: Codes
    distribution: Coded[str]
    source: Coded[Source]
    waiting: Mask
    undecided: Coded[str]

    def __len__(self) -> int:
        """How many (item, field) cells."""
        return len(self.item)


def summary(consensus: Consensus, fields: Sequence[Field]) -> ConsensusReport:
    """Counts by field: all sources, and the decided values of scales whose values recur (not numbers or text); see `FieldConsensus`."""
    return ConsensusReport(
        method=consensus.method,
        items=len(np.unique(consensus.item)),
        fields={field.name: _of_field(consensus, field) for field in fields},
    )


def _of_field(consensus: Consensus, field: Field) -> FieldConsensus:
    cells = consensus.field == consensus.fields.index(field)
    sources = dict(consensus.source.counted(cells))
    decided = consensus.value.counted(cells & consensus.source.among(*(source for source in Source if source.decided)))
    elements = [(one, count) for value, count in decided if isinstance(value, list) for one in value]
    tags, kinds, attributes = dict[str, int](), Counter[str](), dict[str, dict[str, int]]()
    if field.scale is Scale.SEQUENCE:
        tags = _spread(elements, replace(field, textual=all(isinstance(tag, str) for tag, _ in elements)))
    if field.scale in EXTENTS:
        marks = [(element, count) for element, count in elements if isinstance(element, dict)]
        for mark, count in marks:
            kinds[core.kind_of(mark)] += count
        for attribute in (one for one in field.attributes if one.scale in COUNTABLE):
            attributes[attribute.name] = _spread(
                [(mark[attribute.name], count) for mark, count in marks if attribute.name in mark], attribute
            )
    return FieldConsensus(
        items=int(cells.sum()),
        sources={source.value: sources.get(source, 0) for source in Source},
        values=_spread(decided, field) if field.scale in COUNTABLE else {},
        elements=tags if field.scale is Scale.SEQUENCE else {kind: kinds[kind] for kind in sorted(kinds)},
        attributes={name: counts for name, counts in attributes.items() if counts},
    )


def _spread(values: Iterable[tuple[Json, int]], field: Field) -> dict[str, int]:
    given = [(core.canonical_value(value, field.scale), count) for value, count in values if not core.is_missing(value)]
    counts = Counter[str]()
    for value, count in given:
        counts[core.value_text(value, field)] += count
    ordered = core.ordered_values((value for value, _ in given), field)
    return {text: counts[text] for text in (core.value_text(value, field) for value in ordered)}
