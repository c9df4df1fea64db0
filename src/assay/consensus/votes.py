"""What consensus is made from: one field's counting votes, tallied by item and value, and what experts decided."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from assay.model.json import Json
from assay.model.schema import Field, Scale
from assay.model.values import canonical_text, canonical_value, ordered_values
from assay.table import Corpus, Decision, DecisionKind, FieldColumn
from assay.table.columns import Codes, Floats, Mask

Counts: TypeAlias = NDArray[np.int64]

LISTS = frozenset({Scale.SEQUENCE, Scale.RANKING, Scale.SPANS, Scale.BOXES})
Answers: TypeAlias = Mapping[str, Mapping[int, Json]]


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
    """The current counting votes on a field, as they stand after review."""
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
    """The experts' values by field name and item code, as they were written, of the fields for which they stand."""
    found: dict[str, dict[int, Json]] = defaultdict(dict)
    for item, decision in effective_decisions(corpus, kind):
        for name, value in decision.label.items():
            found[name][item] = value
    return found


def undecided_yet(corpus: Corpus, field: str) -> Mapping[int, bool]:
    """The items, by code, of which a decision stands and waits on a field after a migration, and whether it had answered it."""
    if not any(field in one.waiting for one in corpus.decisions):
        return {}
    found: dict[int, bool] = {}
    for item, one in chain.from_iterable(effective_decisions(corpus, kind) for kind in DecisionKind):
        if field in one.waiting and field in one.stands:
            found[item] = found.get(item, False) or field in one.lost
    return found


def effective_decisions(corpus: Corpus, kind: DecisionKind) -> list[tuple[int, Decision]]:
    """The decisions that stand, in part or whole, each with the code of its item and what it says as far as it stands.

    By item, then by batch; no two of them say something of the same field of an item.
    """
    wanted = [decision for decision in corpus.decisions if decision.kind is kind and decision.stands]
    code = {item: code for code, item in enumerate(corpus.items.ids)} if wanted else {}
    speaking = [(code[one.item], _as_it_stands(one)) for one in wanted if one.item in code]
    return sorted(speaking, key=lambda entry: (entry[0], entry[1].batch, entry[1].who))


def _as_it_stands(decision: Decision) -> Decision:
    if decision.label.keys() <= set(decision.stands):
        return decision
    return replace(decision, label={name: value for name, value in decision.label.items() if name in decision.stands})


def decided_items(corpus: Corpus) -> Mask:
    """The items that have a gold or an adjudication."""
    decided = {decision.item for decision in corpus.decisions}
    return np.fromiter((item in decided for item in corpus.items.ids), dtype=np.bool_, count=len(corpus.items))
