"""Columns: integer codes into vocabularies, no Python object per annotation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from assay.core.people import Annotator, Batch
from assay.core.values import Json, JsonObject

Codes: TypeAlias = NDArray[np.int32]
Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]

_Name = TypeVar("_Name")

_ROWS = 2**16

NO_ROWS: Ints = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Texts as codes into `values` (sorted by code point, distinct); -1 is missing."""

    values: tuple[str, ...]
    codes: Codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """The annotations, ascending, whose value in a field a migration left to people; they have none.

    `since` is the guideline version that each waits since; `answered` the closed batch, a code into `Corpus.batches`, by
    which it waits no longer (-1: it still does). `assay.labels.current` says which.
    `members`: a value here is a set, spans or boxes, so that a migration may have taken one member of several.
    """

    rows: Ints
    since: Column
    answered: Codes
    members: bool = False

    @property
    def still(self) -> Ints:
        """Those that still wait."""
        return self.rows[self.answered < 0]


NO_WAITS = Waits(
    rows=NO_ROWS,
    since=Column(values=(), codes=np.zeros(0, dtype=np.int32)),
    answered=np.zeros(0, dtype=np.int32),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldColumn:
    """One field's values, a row per annotation.

    `values` are the distinct values in canonical order: declared order first, then by number or by text. `codes` is
    the value given (-1: missing), `first` the value before a correction (equal to `codes` where there was none),
    `confidence` 0..1 (nan: not stated).
    """

    values: tuple[Json, ...]
    codes: Codes
    first: Codes
    confidence: Floats
    waiting: Waits = field(default_factory=lambda: NO_WAITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationTable:
    """The valid annotations of a task, a row each, in canonical order (batch, item, annotator).

    `batch` and `item` are codes into `Corpus.batches` and `Corpus.items.ids`; `annotator` into its own sorted
    vocabulary. `skip` holds the reason of a skip (-1 where there is a label). `counts`: the annotator's votes count
    and the row is no skip. `at` is UTC (NaT: not stated); `seconds` nan where not stated. `flags` are an annotation's
    flags, sorted and joined by spaces (-1: none).

    `current`: this is what the annotator says of the item now, by a label or a skip; `open`: the same of the batches
    that are open, measured beside it. `taken` is the closed batch, a code into `Corpus.batches`, that took the
    annotator's last word on the item without a newer one (-1: none did). `assay.labels.current` makes all three.
    """

    batch: Codes
    item: Codes
    annotator: Column
    guideline: Column
    skip: Column
    counts: Mask
    at: NDArray[np.datetime64]
    seconds: Floats
    path: Column
    line: Codes
    flags: Column
    current: Mask
    open: Mask
    taken: Codes
    fields: Mapping[str, FieldColumn]

    def __len__(self) -> int:
        """How many annotations."""
        return len(self.item)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemTable:
    """The items of a pool, sorted by id. `data` and `meta` are canonical JSON.

    `round` is the item's current batch (the newest closed counting one that holds it), `open_round` the newest open
    counting batch; codes into `Corpus.batches`, -1: none. Current votes may be of older batches too. `content`
    has the digest of what each shows, empty where that is nothing; there is none where nobody asked.
    """

    ids: tuple[str, ...]
    data: tuple[bytes, ...]
    meta: tuple[bytes, ...]
    group: Column
    round: Codes
    open_round: Codes
    content: tuple[str, ...] = ()

    def __len__(self) -> int:
        """How many items."""
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentTable:
    """Who was asked what: a row per (batch, item, annotator). Imports have none."""

    batch: Codes
    item: Codes
    annotator: Column


class DecisionKind(StrEnum):
    """An expert's answer: known beforehand, or on a disagreement."""

    GOLD = "gold"
    ADJUDICATION = "adjudication"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One gold or adjudication record that is not contradicted by another of its kind, and where it is written.

    `stands` names the fields, of its label and of those that wait, for which it speaks now; `assay.labels.current` says which.
    `waiting` are the fields that a person must answer anew after a migration, each with the version of the guideline since
    which; `lost` those of them that it had answered. It stands for one of these as for a value: nobody knows it yet.
    """

    kind: DecisionKind
    item: str
    label: JsonObject
    who: str
    batch: str = ""
    reason: str = ""
    guideline: str = ""
    path: str = ""
    line: int = 0
    stands: tuple[str, ...] = ()
    waiting: Mapping[str, str] = field(default_factory=dict)
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Everything known about one task's labels. `batches` are sorted by name, `annotators` keyed by id."""

    task: str
    items: ItemTable
    annotations: AnnotationTable
    assignments: AssignmentTable
    decisions: tuple[Decision, ...]
    batches: tuple[Batch, ...]
    annotators: Mapping[str, Annotator]


def present(vocabulary: tuple[_Name, ...], codes: Codes) -> tuple[tuple[_Name, ...], Codes]:
    """The part of a vocabulary that `codes` use, and the codes into that part; -1 stays."""
    used = _used(len(vocabulary), codes)
    if used.all():
        return vocabulary, codes
    position = np.append(np.cumsum(used) - 1, -1).astype(np.int32)
    return tuple(vocabulary[code] for code in np.flatnonzero(used)), position[codes]


def _used(names: int, codes: Codes) -> Mask:
    """Which of so many names the codes use, read only until all of them are."""
    used = np.zeros(names, dtype=np.bool_)
    step = _ROWS + names
    for start in range(0, len(codes), step):
        if used.all():
            break
        used |= np.bincount(codes[start : start + step] + 1, minlength=names + 1)[1:] > 0
    return used


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """The votes of a batch that count while it is closed, and the items that they are on."""

    votes: int
    items: int


def counting_in(corpus: Corpus, name: str) -> Counting:
    """The votes of the batch of that name; none where it is not there, or its purpose is one that never counts."""
    rows = corpus.annotations
    codes = [code for code, batch in enumerate(corpus.batches) if batch.name == name and batch.counts]
    held = rows.counts & np.isin(rows.batch, codes)
    return Counting(votes=int(held.sum()), items=len(np.unique(rows.item[held])))


def made_under(corpus: Corpus) -> Column:
    """The guideline version that each annotation was made under: its own, else its batch's."""
    rows = corpus.annotations
    names = tuple(sorted({*rows.guideline.values, *(batch.guideline for batch in corpus.batches)}))
    place = {name: code for code, name in enumerate(names)}
    own = np.array([*(place[name] for name in rows.guideline.values), -1], dtype=np.int32)[rows.guideline.codes]
    opened = np.array([place[batch.guideline] for batch in corpus.batches], dtype=np.int32)[rows.batch]
    return Column(values=names, codes=np.where(own < 0, opened, own))


def undivided(corpus: Corpus, made: Column, rows: Mask) -> Mask:
    """The items that have some of `rows`, all of them made under one version, (I,)."""
    items, codes = corpus.annotations.item[rows], made.codes[rows]
    lowest, highest = np.full(len(corpus.items), len(made.values)), np.full(len(corpus.items), -1)
    np.minimum.at(lowest, items, codes)
    np.maximum.at(highest, items, codes)
    return np.asarray(lowest == highest, dtype=np.bool_)


def differing(corpus: Corpus, rows: Mask, fields: Iterable[str]) -> tuple[str, ...]:
    """The items on which two of the rows say something different of one of the fields, sorted."""
    table, items = corpus.annotations, len(corpus.items)
    found = np.zeros(items, dtype=np.bool_)
    for name in fields:
        value = table.fields[name].codes
        stated = rows & (value >= 0)
        low, high = np.full(items, np.iinfo(np.int32).max, dtype=np.int32), np.full(items, -1, dtype=np.int32)
        np.minimum.at(low, table.item[stated], value[stated])
        np.maximum.at(high, table.item[stated], value[stated])
        found |= low < high
    return tuple(corpus.items.ids[place] for place in np.flatnonzero(found).tolist())
