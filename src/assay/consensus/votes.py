"""The votes on each value, and experts' decisions."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from assay import core
from assay.consensus.result import distinct_rows
from assay.core import Codes, Corpus, Decision, DecisionKind, Field, FieldColumn, Floats, Ints, Json, Mask, Scale

Counts: TypeAlias = NDArray[np.int64]
_MANY = 16

LISTS = frozenset({Scale.SEQUENCE, Scale.RANKING, Scale.SPANS, Scale.BOXES})
Answers: TypeAlias = Mapping[str, Mapping[int, Json]]


def standard(value: Json, field: Field) -> Json:
    """A value as it is compared: canonical, and of free text NFC with runs of white space as one space."""
    if field.scale is Scale.TEXT and isinstance(value, str):
        return " ".join(unicodedata.normalize("NFC", value).split())
    return core.canonical_value(value, field.scale)


def measurable(value: Json, scale: Scale) -> bool:
    """Whether a value is one on this scale: a null among numbers, sequences, rankings or spans is not a vote."""
    if scale.numeric:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return scale not in LISTS or isinstance(value, list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The distinct values that votes on a field name, in canonical order.

    `place` maps a `FieldColumn` code to its value's place among them, -1 if it is not one on the field's scale;
    it ends with one more -1, so that a missing value (-1) stays missing.
    """

    values: tuple[Json, ...]
    place: Codes


def choices(field: Field, column: FieldColumn) -> Choices:
    """The choices of a column, with values that only differ in spelling united."""
    given = tuple(standard(value, field) for value in column.values)
    values = core.ordered_values((value for value in given if measurable(value, field.scale)), field)
    place = {core.canonical_text(value): code for code, value in enumerate(values)}
    codes = [place.get(core.canonical_text(value), -1) for value in given]
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

    def united(self) -> "tuple[Ballots, Ints]":
        """The distinct votes on an item, their places as `items`, and the place of each of the items among them, (N,).

        What only depends on the votes is so found once for all items with the same. Items with votes for very many values
        stay apart: few have the same, and to compare them costs more.
        """
        cells = self.cells
        columns: list[Codes | Ints] = [np.where(cells > _MANY, np.arange(1, len(cells) + 1), 0)]
        for place in range(min(int(cells.max(initial=0)), _MANY)):
            there = cells > place
            at = np.where(there, self.starts + place, 0)
            columns += [np.where(there, self.value[at] + 1, 0), np.where(there, self.count[at], 0)]
        first, which = distinct_rows(columns)
        sizes = cells[first]
        starts = np.cumsum(sizes) - sizes
        at = np.repeat(self.starts[first] - starts, sizes) + np.arange(int(sizes.sum()))
        items = np.arange(len(first), dtype=np.int32)
        return replace(self, items=items, starts=starts, value=self.value[at], count=self.count[at]), which

    def iter_votes(self) -> Iterator[tuple[tuple[Json, int], ...]]:
        """Each item's distinct values with their counts."""
        cells = [(self.values[code], count) for code, count in zip(self.value, self.count.tolist(), strict=True)]
        for start, size in zip(self.starts.tolist(), self.cells.tolist(), strict=True):
            yield tuple(cells[start : start + size])


def tally_votes(item: Codes, code: Codes, values: tuple[Json, ...]) -> Ballots:
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
    """The current counting votes on a field, after review."""
    rows = corpus.annotations
    column = rows.fields[field.name]
    options = choices(field, column)
    codes = options.place[column.codes]
    voting = rows.counts & corpus.annotations.current & (codes >= 0)
    return tally_votes(rows.item[voting], codes[voting], options.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """A value, its confidence and whether the votes tie (then the value is None), for each of `Ballots.items`.

    `undecided` are the attributes of elements that are open, as `Consensus` has them; empty where a scale has no elements.
    """

    value: tuple[Json, ...]
    confidence: Floats
    tied: Mask
    undecided: tuple[str, ...] = ()


Rule: TypeAlias = Callable[[Ballots], Opinion]


def answers(corpus: Corpus, kind: DecisionKind) -> Answers:
    """The experts' values by field name and item code, as they were written, where they are in effect."""
    found: dict[str, dict[int, Json]] = defaultdict(dict)
    for item, decision in effective_decisions(corpus, kind):
        for name, value in decision.label.items():
            found[name][item] = value
    return found


def undecided_yet(corpus: Corpus, field: str) -> Mapping[int, bool]:
    """The items, by code, with an effective decision that waits on a field after a migration, and whether it had a value for it."""
    if not any(field in decision.waiting for decision in corpus.decisions):
        return {}
    found: dict[int, bool] = {}
    for item, decision in chain.from_iterable(effective_decisions(corpus, kind) for kind in DecisionKind):
        if field in decision.waiting and field in decision.stands:
            found[item] = found.get(item, False) or field in decision.lost
    return found


def effective_decisions(corpus: Corpus, kind: DecisionKind) -> list[tuple[int, Decision]]:
    """The decisions in effect, each with the code of its item and the part of its label that is in effect.

    By item, then by batch; no two of them decide the same field of an item.
    """
    wanted = [decision for decision in corpus.decisions if decision.kind is kind and decision.stands]
    speaking: list[tuple[int, Decision]] = []
    for decision in wanted:
        if (code := corpus.items.code(decision.item)) < 0:
            continue
        label = {name: value for name, value in decision.label.items() if name in decision.stands}
        effective = decision if len(label) == len(decision.label) else replace(decision, label=label)
        speaking.append((code, effective))
    return sorted(speaking, key=lambda entry: (entry[0], entry[1].batch, entry[1].who))


def decided_items(corpus: Corpus) -> Mask:
    """The items that have a gold or an adjudication."""
    decided = np.zeros(len(corpus.items) + 1, dtype=np.bool_)
    decided[[corpus.items.code(decision.item) for decision in corpus.decisions]] = True
    return decided[:-1]
