"""The columns of a corpus: integer codes into vocabularies, without a Python object per annotation."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import TypeAlias, TypeVar, overload

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
_COUNTED = 2**16


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Texts as codes into `values` (distinct, sorted by code point); -1: missing."""

    values: tuple[str, ...]
    codes: Codes

    def at(self, rows: Codes | Ints) -> "Column":
        """The texts of some rows, in their order."""
        return Column(values=self.values, codes=self.codes[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Texts(Sequence[bytes]):
    """Texts as UTF-8 in one block, without an object for each: text i is `block[bounds[i]:bounds[i + 1]]`.

    It equals every sequence of the same texts.
    """

    block: memoryview
    bounds: Ints

    @classmethod
    def of(cls, texts: Iterable[bytes]) -> "Texts":
        """The same texts in one block."""
        given = list(texts)
        return cls(memoryview(b"".join(given)), np.cumsum([0, *map(len, given)], dtype=np.int64))

    @classmethod
    def joined(cls, parts: Sequence["Texts"]) -> "Texts":
        """The texts of several blocks, one after the other."""
        starts = np.cumsum([0, *(part.block.nbytes for part in parts)])[:-1].tolist()
        bounds = [part.bounds[1:] + start for part, start in zip(parts, starts, strict=True)]
        return cls(memoryview(b"".join(part.block for part in parts)), np.concatenate([np.zeros(1, np.int64), *bounds]))

    def __len__(self) -> int:
        """How many texts."""
        return len(self.bounds) - 1

    @overload
    def __getitem__(self, place: int) -> bytes: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[bytes, ...]: ...
    def __getitem__(self, place: int | slice) -> bytes | tuple[bytes, ...]:
        """One text, or some of them."""
        if isinstance(place, slice):
            return tuple(self[one] for one in range(*place.indices(len(self))))
        place = range(len(self))[place]
        return bytes(self.block[int(self.bounds[place]) : int(self.bounds[place + 1])])

    def __eq__(self, other: object) -> bool:
        """Whether the texts are the same."""
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def __iter__(self) -> Iterator[bytes]:
        """The texts in their order."""
        for start, end in pairwise(self.bounds.tolist()):
            yield bytes(self.block[start:end])


@dataclass(frozen=True, slots=True, eq=False)
class Repeated(Sequence[bytes]):
    """Texts of which many are equal, as codes into the distinct ones."""

    values: tuple[bytes, ...]
    codes: Codes

    def __len__(self) -> int:
        """How many texts."""
        return len(self.codes)

    @overload
    def __getitem__(self, place: int) -> bytes: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[bytes, ...]: ...
    def __getitem__(self, place: int | slice) -> bytes | tuple[bytes, ...]:
        """One text, or some of them."""
        found = self.codes[place]
        return tuple(self.values[code] for code in found.tolist()) if isinstance(place, slice) else self.values[found]

    def __eq__(self, other: object) -> bool:
        """Whether the texts are the same."""
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """The annotations, ascending, without a value in a field because a migration left it to people.

    `since` is the guideline version since which each waits; `answered` the closed batch, a code into `Corpus.batches`, that
    ended the wait (-1: it still waits), set by `assay.labels.current`.
    `members`: the values are sets, spans or boxes, so a migration may have removed one member of several.
    """

    rows: Ints
    since: Column
    answered: Codes
    members: bool = False

    @property
    def still(self) -> Ints:
        """The rows that still wait."""
        return self.rows[self.answered < 0]


_NONE = np.zeros(0, dtype=np.int32)
NO_WAITS = Waits(rows=np.zeros(0, dtype=np.int64), since=Column(values=(), codes=_NONE), answered=_NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldColumn:
    """One field's values, a row per annotation.

    `values` are the distinct values in canonical order: declared order first, then by number or by text. `codes` is
    the value (-1: missing), `first` the value before a correction (else equal to `codes`), `confidence` 0..1 (nan:
    missing).
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
    vocabulary. `skip` is the reason of a skip (-1: a label). `counts`: the annotator's votes count and the row is not a
    skip. `at` is UTC (NaT: missing); `seconds` nan: missing. `flags` are an annotation's flags, sorted and joined by
    spaces (-1: none).

    `current`: the annotator's current answer on the item, a label or a skip; `open`: the same within open batches, measured
    separately. `taken` is the closed batch, a code into `Corpus.batches`, that superseded the annotator's last answer on
    the item without a newer one (-1: none). `assay.labels.current` computes all three.
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
        """The number of annotations."""
        return len(self.item)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemTable:
    """The items of a pool, sorted by id. `data` and `meta` are canonical JSON.

    `current_batch` is the item's current batch (the newest closed counting one with it), `open_batch` the newest open
    counting batch; codes into `Corpus.batches`, -1: none. Current votes may be of older batches too. `content`
    is the digest of each item's content, empty if it shows nothing; an empty tuple if not computed.
    """

    ids: tuple[str, ...]
    data: Sequence[bytes]
    meta: Sequence[bytes]
    group: Column
    current_batch: Codes
    open_batch: Codes
    content: tuple[str, ...] = ()

    def __len__(self) -> int:
        """The number of items."""
        return len(self.ids)

    def code(self, item: str) -> int:
        """The code of an item by its id; -1 if the pool does not have it."""
        place = bisect_left(self.ids, item)
        return place if place < len(self.ids) and self.ids[place] == item else -1


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentTable:
    """The assignments: a row per (batch, item, annotator). Imports have none."""

    batch: Codes
    item: Codes
    annotator: Column


class DecisionKind(StrEnum):
    """An expert's answer: gold, or the adjudication of a disagreement."""

    GOLD = "gold"
    ADJUDICATION = "adjudication"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One gold or adjudication record that no other of its kind contradicts, and its location.

    `stands` names the fields for which it is in force, set by `assay.labels.current`. `waiting` maps the fields to answer
    again after a migration to the guideline version since which they wait; `lost` are those of them that it had answered.
    A waiting field has a decision whose value is unknown.
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
    waiting: Mapping[str, str] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    stands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """All labels of one task. `batches` are sorted by name, `annotators` keyed by id."""

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


def order_of(codes: Codes | Ints, names: int) -> Ints:
    """The order that sorts codes below `names`, equal ones as they stand; few names are sorted by counting."""
    return np.argsort(codes.astype(np.uint16) if names <= _COUNTED else codes, kind="stable")


def _used(names: int, codes: Codes) -> Mask:
    """Which of the names the codes use; stops once all are used."""
    used = np.zeros(names, dtype=np.bool_)
    step = _ROWS + names
    for start in range(0, len(codes), step):
        if used.all():
            break
        used |= np.bincount(codes[start : start + step] + 1, minlength=names + 1)[1:] > 0
    return used


@dataclass(frozen=True, slots=True, kw_only=True)
class CountingVotes:
    """The number of votes of a batch that count while it is closed, and of their items."""

    votes: int
    items: int


def counting_votes(corpus: Corpus, name: str) -> CountingVotes:
    """The counting votes of the named batch; none if it does not exist, or its purpose never counts."""
    rows = corpus.annotations
    codes = [code for code, batch in enumerate(corpus.batches) if batch.name == name and batch.counts]
    held = rows.counts & np.isin(rows.batch, codes)
    return CountingVotes(votes=int(held.sum()), items=len(np.unique(rows.item[held])))


def guideline_versions(corpus: Corpus) -> Column:
    """The guideline version of each annotation: its own, else that of its batch."""
    rows = corpus.annotations
    names = tuple(sorted({*rows.guideline.values, *(batch.guideline for batch in corpus.batches)}))
    place = {name: code for code, name in enumerate(names)}
    own = np.array([*(place[name] for name in rows.guideline.values), -1], dtype=np.int32)[rows.guideline.codes]
    opened = np.array([place[batch.guideline] for batch in corpus.batches], dtype=np.int32)[rows.batch]
    return Column(values=names, codes=np.where(own < 0, opened, own))


def single_version_items(corpus: Corpus, made: Column, rows: Mask) -> Mask:
    """The items with some of `rows`, all of them under one guideline version, (I,)."""
    items, codes = corpus.annotations.item[rows], made.codes[rows]
    # Any one version of each item; then whether another of its rows has another.
    one, single = np.full(len(corpus.items), -1, dtype=np.int32), np.zeros(len(corpus.items), dtype=np.bool_)
    one[items], single[items] = codes, True
    single[items[codes != one[items]]] = False
    return single


def conflicting_items(corpus: Corpus, rows: Mask, fields: Iterable[str]) -> tuple[str, ...]:
    """The items on which two of the rows differ in one of the fields, sorted."""
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
