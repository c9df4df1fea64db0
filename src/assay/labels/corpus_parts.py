"""The part of a corpus that one batch gives, as bytes, and the corpus that several parts make together.

A part is what `Loaded.gathered` of the batch alone has. Columns are kept as numbers of the smallest size that holds them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import orjson
from numpy.typing import NDArray

from assay.core import (
    AnnotationTable,
    Annotator,
    AssignmentTable,
    Batch,
    Codes,
    Column,
    Corpus,
    Decision,
    DecisionKind,
    Field,
    FieldColumn,
    ItemTable,
    Waits,
)
from assay.labels.items import Pool
from assay.labels.joined_tables import joined_columns, joined_fields

_TEXTS = ("annotator", "guideline", "skip", "path", "flags")
_PLAIN: Mapping[str, str] = {"item": "i4", "counts": "?", "at": "i8", "seconds": "f8", "line": "i4"}


class _Packed(msgspec.Struct, frozen=True, array_like=True):
    """An array: its type on disk, how many numbers it has, and their bytes; those of one where all are equal."""

    kind: str
    length: int
    data: bytes


class _Texts(msgspec.Struct, frozen=True, array_like=True):
    values: list[str]
    codes: _Packed


class _Values(msgspec.Struct, frozen=True, array_like=True):
    """A field's column: `values` are its distinct values as JSON, `waits` the rows that wait, since a version each."""

    values: bytes
    codes: _Packed
    first: _Packed
    confidence: _Packed
    waits: _Packed
    since: _Texts


class CorpusPart(msgspec.Struct, frozen=True, array_like=True):
    """What one batch, or gold, adds to a corpus. Codes of items are positions in `items`, which are sorted."""

    items: list[str]
    rows: dict[str, _Packed]
    texts: dict[str, _Texts]
    fields: dict[str, _Values]
    asked: _Packed
    askers: _Texts
    decisions: bytes
    batches: list[Batch]


def part_of(corpus: Corpus) -> CorpusPart:
    """The part of a corpus of one batch in which it is not known yet what is current."""
    table, plan = corpus.annotations, corpus.assignments
    used = np.union1d(table.item, plan.item)
    own = {"item": np.searchsorted(used, table.item), "at": table.at.astype("datetime64[us]").view(np.int64)}
    return CorpusPart(
        items=[corpus.items.ids[code] for code in used.tolist()],
        rows={name: _packed(own[name] if name in own else getattr(table, name)) for name in _PLAIN},
        texts={name: _texts(getattr(table, name)) for name in _TEXTS},
        fields={
            name: _Values(
                values=orjson.dumps(list(column.values)),
                codes=_packed(column.codes),
                first=_packed(column.first),
                confidence=_packed(column.confidence),
                waits=_packed(column.waiting.rows),
                since=_texts(column.waiting.since),
            )
            for name, column in table.fields.items()
        },
        asked=_packed(np.searchsorted(used, plan.item)),
        askers=_texts(plan.annotator),
        decisions=orjson.dumps(list(corpus.decisions)),
        batches=list(corpus.batches),
    )


def joined(
    task: str, parts: Iterable[CorpusPart], pool: Pool, fields: Sequence[Field], roster: Mapping[str, Annotator]
) -> Corpus:
    """The corpus of a task from the parts of its batches and gold; what is current in it is not known yet."""
    several = by_batch(parts)
    items = Places(table=pool.table, codes=[codes_of(part, pool.index) for part in several])
    stated = Stated(task, batches_of(several), decisions_of(several), roster)
    return corpus_of(several, items, fields, stated)


def by_batch(parts: Iterable[CorpusPart]) -> list[CorpusPart]:
    """The parts in the order of their batches."""
    return sorted(parts, key=lambda part: [batch.name for batch in part.batches])


def batches_of(parts: Iterable[CorpusPart]) -> tuple[Batch, ...]:
    """The batches of parts."""
    return tuple(batch for part in parts for batch in part.batches)


def decisions_of(parts: Iterable[CorpusPart]) -> tuple[Decision, ...]:
    """The decisions of parts, in their order in a corpus."""
    return ordered_decisions(_decision(stated) for part in parts for stated in orjson.loads(part.decisions))


def ordered_decisions(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Decisions in their order in a corpus."""
    return tuple(sorted(decisions, key=lambda one: (one.kind, one.item, one.batch)))


@dataclass(frozen=True)
class People:
    """The annotators who answered in a batch, of whom a vote counts, and who are asked there."""

    answered: frozenset[str]
    counted: frozenset[str]
    asked: frozenset[str]


def people_of(part: CorpusPart) -> People:
    """The people of a part."""
    who, counts = part.texts["annotator"], _array(part.rows["counts"], "?")
    codes = np.unique(_array(who.codes, "i4")[counts]).tolist()
    counted = frozenset(who.values[code] for code in codes)
    return People(frozenset(who.values), counted, frozenset(part.askers.values))


def codes_of(part: CorpusPart, index: Mapping[str, int]) -> Codes:
    """The places of the items of a part among others."""
    return np.fromiter(map(index.__getitem__, part.items), np.int32, len(part.items))


@dataclass(frozen=True)
class Places:
    """Items, and by part the codes into them of its own items."""

    table: ItemTable
    codes: Sequence[Codes]


@dataclass(frozen=True)
class Plan:
    """Whom a batch asks for which of its items."""

    asked: _Packed
    askers: _Texts


def plan_of(part: CorpusPart) -> Plan:
    """The plan of the batch of a part."""
    return Plan(part.asked, part.askers)


def assignments_of(plans: Sequence[Plan], batches: Sequence[int], items: Sequence[Codes]) -> AssignmentTable:
    """The assignments of plans in the order of their batches; by plan the code of its batch, and those of its items."""
    slots = np.array([plan.asked.length for plan in plans], dtype=np.int64)
    asked = zip(items, plans, strict=True)
    return AssignmentTable(
        batch=np.repeat(np.array(batches, dtype=np.int32), slots),
        item=_concatenated("i4", (own[_array(plan.asked, "i4")] for own, plan in asked)),
        annotator=joined_columns([_column(plan.askers) for plan in plans]),
    )


@dataclass(frozen=True)
class Stated:
    """What a corpus has besides its parts: the batches may be more than those of the parts, and the decisions others."""

    task: str
    batches: tuple[Batch, ...]
    decisions: tuple[Decision, ...]
    roster: Mapping[str, Annotator]


def corpus_of(parts: Sequence[CorpusPart], items: Places, fields: Sequence[Field], stated: Stated) -> Corpus:
    """The corpus of parts in the order of their batches, with some of the fields; what is current in it is not known yet."""
    place = {batch.name: code for code, batch in enumerate(stated.batches)}
    code = [place[part.batches[0].name] if part.batches else -1 for part in parts]
    lengths = np.array([part.rows["item"].length for part in parts], dtype=np.int64)
    texts = {name: joined_columns([_column(part.texts[name]) for part in parts]) for name in _TEXTS}
    plain = {
        name: _concatenated(kind, (_array(part.rows[name], kind) for part in parts))
        for name, kind in _PLAIN.items()
        if name != "item"
    }
    held = zip(items.codes, parts, strict=True)
    annotations = AnnotationTable(
        batch=np.repeat(np.array(code, dtype=np.int32), lengths),
        item=_concatenated("i4", (own[_array(part.rows["item"], "i4")] for own, part in held)),
        annotator=texts["annotator"],
        guideline=texts["guideline"],
        skip=texts["skip"],
        counts=plain["counts"],
        at=plain["at"].view("datetime64[us]"),
        seconds=plain["seconds"],
        path=texts["path"],
        line=plain["line"],
        flags=texts["flags"],
        current=np.zeros(lengths.sum(), dtype=np.bool_),
        open=np.zeros(lengths.sum(), dtype=np.bool_),
        taken=np.full(lengths.sum(), -1, dtype=np.int32),
        fields={
            field.name: joined_fields(
                [_field(part.fields[field.name], field) for part in parts], field, lengths.tolist()
            )
            for field in fields
        },
    )
    assignments = assignments_of([plan_of(part) for part in parts], code, items.codes)
    named = {*annotations.annotator.values, *assignments.annotator.values, *(one.who for one in stated.decisions)}
    named |= {name for batch in stated.batches for name in batch.annotators}
    return Corpus(
        task=stated.task,
        items=items.table,
        annotations=annotations,
        assignments=assignments,
        decisions=stated.decisions,
        batches=stated.batches,
        annotators={name: stated.roster[name] for name in sorted(named & stated.roster.keys())},
    )


def _field(kept: _Values, field: Field) -> FieldColumn:
    rows = _array(kept.waits, "i8")
    waits = Waits(
        rows=rows,
        since=_column(kept.since),
        answered=np.full(len(rows), -1, dtype=np.int32),
        members=field.scale.of_members,
    )
    return FieldColumn(
        values=tuple(orjson.loads(kept.values)),
        codes=_array(kept.codes, "i4"),
        first=_array(kept.first, "i4"),
        confidence=_array(kept.confidence, "f8"),
        waiting=waits,
    )


def _decision(stated: dict[str, Any]) -> Decision:
    sequences = {name: tuple(stated[name]) for name in ("lost", "stands")}
    return Decision(**{**stated, **sequences, "kind": DecisionKind(stated["kind"])})


def _column(kept: _Texts) -> Column:
    return Column(values=tuple(kept.values), codes=_array(kept.codes, "i4"))


def _texts(column: Column) -> _Texts:
    return _Texts(values=list(column.values), codes=_packed(column.codes))


def _packed(array: NDArray[Any]) -> _Packed:
    if array.dtype.kind == "i" and len(array):
        low, high = int(array.min()), int(array.max())
        sizes = (size for size in ("i1", "i2", "i4") if np.iinfo(size).min <= low and high <= np.iinfo(size).max)
        array = array.astype(next(sizes, "i8"))
    data, first = array.tobytes(), array[:1].tobytes()
    return _Packed(kind=array.dtype.str, length=len(array), data=first if data == first * len(array) else data)


def _array(packed: _Packed, kind: str) -> NDArray[Any]:
    array = np.frombuffer(packed.data, dtype=packed.kind).astype(kind)
    return array if len(array) == packed.length else np.repeat(array, packed.length)


def _concatenated(kind: str, arrays: Iterable[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype=kind), *arrays])
