"""`batch.yaml`, which batch of an item counts, and experts' decisions: gold and adjudications."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import orjson
from msgspec import UNSET

from assay.core import (
    Batch,
    Codes,
    Decision,
    DecisionKind,
    Field,
    Finding,
    Json,
    JsonObject,
    Location,
    Purpose,
    Where,
    canonical_text,
    canonical_value,
    finding,
    is_missing,
)
from assay.errors import ConfigError
from assay.files import Document, load_yaml
from assay.git import Snapshot
from assay.labels import checks
from assay.labels.checks import Known
from assay.labels.faults import Faults, out_of_form
from assay.labels.paths import FileRole, LabelFile
from assay.labels.reader import Lines, read_lines
from assay.labels.records import ADJUDICATION, GOLD, Adjudication, Answer
from assay.labels.times import day_or_moment
from assay.project import BATCH, Roster, shape_faults


def read_batch(
    snapshot: Snapshot, file: LabelFile, versions: frozenset[str], roster: Roster
) -> tuple[Batch | None, tuple[Finding, ...]]:
    """The batch that a `batch.yaml` states, None where it cannot be used, and what is wrong with it."""
    try:
        data = snapshot.read(file.path)
    except OSError as error:
        return None, (
            finding("batch/file", Location(path=file.path), f"batch.yaml: {error.strerror}", where=file.where),
        )
    try:
        document = load_yaml(data, file.path)
    except ConfigError as error:
        place, _, said = error.message.removeprefix(f"{file.path}:").partition(" ")
        at = Location(path=file.path, line=int(place) if place.isdigit() else 0)
        return None, (finding("batch/file", at, said, fix=error.fix, where=file.where),)
    broken = tuple(_broken(document, file))
    if broken:
        return None, broken
    batch = _batch(file.batch, cast("JsonObject", document.value))
    return batch, tuple(_unknown(document, file, batch, versions, roster))


def reopening(task: str, batch: str) -> str:
    """How a closed batch takes answers again, for a fix."""
    return f"a lead opens it again: `assay batch reopen {task} {batch}`"


def _broken(document: Document, file: LabelFile) -> Iterator[Finding]:
    faults = shape_faults(document, BATCH)
    for fault in faults:
        yield finding("batch/file", fault.at, fault.message, fix=fault.fix, where=file.where)
    value = cast("dict[str, Any]", document.value)
    if not faults and day_or_moment(value["created"]) is None:
        message = f"created: {value['created']!r} is no date"
        yield finding("batch/file", document.at("/created"), message, fix="write a date that exists", where=file.where)


def _unknown(
    document: Document, file: LabelFile, batch: Batch, versions: frozenset[str], roster: Roster
) -> Iterator[Finding]:
    if batch.guideline not in versions:
        message = f"the guideline has no version {batch.guideline!r}"
        fix = f"versions: {', '.join(sorted(versions))}" if versions else ""
        yield finding("label/unknown-guideline", document.at("/guideline"), message, fix=fix, where=file.where)
    for number, name in enumerate(batch.annotators):
        if not roster.knows(name):
            at = document.at(f"/annotators/{number}")
            yield finding("batch/unknown-annotator", at, f"{name} is not in the roster", where=file.where)


def _batch(name: str, entry: JsonObject) -> Batch:
    value = cast("dict[str, Any]", entry)
    return Batch(
        name=name,
        purpose=Purpose(value["purpose"]),
        closed=value["status"] == "closed",
        created=value["created"],
        guideline=value["guideline"],
        annotators=tuple(value.get("annotators", ())),
        overlap=str(value.get("overlap", "")),
        seed=value.get("seed"),
        prelabels=value.get("prelabels", ""),
    )


def ages(batches: Sequence[Batch], *, closed: bool) -> Codes:
    """The place of each counting batch, closed or open, among them all, the oldest first; -1: the batch is none of them.

    Older is by `created`, then by name.
    """
    wanted = [code for code, batch in enumerate(batches) if batch.counts and batch.closed is closed]
    order = sorted(wanted, key=lambda code: (day_or_moment(batches[code].created) or 0, batches[code].name))
    age = np.full(len(batches), -1, dtype=np.int32)
    age[order] = np.arange(len(order))
    return age


def newest_rounds(batches: Sequence[Batch], held: Iterable[tuple[Codes, Codes]], items: int, *, closed: bool) -> Codes:
    """The newest counting batch, closed or open, that holds each item; -1 where none does.

    `held` are parallel (batch, item) codes: an item is held by a batch that assigns it or has an annotation of it.
    """
    age = ages(batches, closed=closed)
    newest = np.full(items, -1, dtype=np.int32)
    for batch, item in held:
        np.maximum.at(newest, item, age[batch])
    return by_age(age)[newest]


def by_age(age: Codes) -> Codes:
    """The code of the batch in each place, and -1 after them, so that -1 stays -1."""
    codes = np.flatnonzero(age >= 0).astype(np.int32)
    return np.append(codes[np.argsort(age[codes])], np.int32(-1))


_VERBS = {DecisionKind.GOLD: "answers", DecisionKind.ADJUDICATION: "decides"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A sound decision and where it stands."""

    decision: Decision
    at: Location


def read_decisions(
    file: LabelFile, data: bytes, batch: Batch | None, known: Known
) -> tuple[tuple[Ruling, ...], Faults]:
    """The sound decisions of a file, and what is wrong with it; gold has no batch."""
    guideline = batch.guideline if batch else ""
    lines = _lines(file, data)
    items = checks.item_codes(lines, known.pool)
    made = (guideline if record.guideline is UNSET else record.guideline for record in lines.records)
    raws = known.judge.carrier.carried(lines.raws["label"], made)
    labels = known.judge.indices(raws)
    keys = items.astype(np.int64)
    at = checks.times(lines)
    faults = Faults(
        file,
        lines.faults,
        checks.unknown_items(lines, items, known.pool),
        checks.repeated_items(lines, keys, items),
        checks.label_faults(lines, labels, items, "label", known),
        checks.bad_times(lines, at),
        checks.unknown_guidelines(lines, known.versions),
    )
    misplaced, doubtful = checks.place_faults(lines, labels, items, "label", known)
    faults.extend(misplaced)
    broken = set(faults.lines.tolist())
    owner = list(checks.unknown_owner(file, lines, known))
    rulings = tuple(
        Ruling(
            decision=_decision(file, record, (stated, raw), line, guideline, known),
            at=Location(path=file.path, line=line, pointer="/label"),
        )
        for record, stated, raw, line, item in zip(
            lines.records, lines.raws["label"], raws, lines.numbers, items.tolist(), strict=True
        )
        if line not in broken and item >= 0
    )
    for further in (
        out_of_form(lines, keys, faults.lines),
        owner,
        doubtful,
        checks.odd_times(lines, at, day_or_moment(batch.created) if batch else None, known.latest),
        checks.other_guidelines(lines, guideline, known.versions),
    ):
        faults.extend(further)
    return () if owner else rulings, faults


def settled(rulings: Iterable[Ruling], task: str) -> tuple[tuple[Decision, ...], tuple[Finding, ...]]:
    """One gold an item and one adjudication an item and round; of two that differ neither is used.

    The later one is a finding. A new round may well decide an item anew.
    """
    first: dict[tuple[DecisionKind, str, str], Ruling] = {}
    contradicted: dict[tuple[DecisionKind, str, str], list[Finding]] = {}
    for ruling in sorted(rulings, key=lambda one: one.at):
        key = (ruling.decision.kind, ruling.decision.item, ruling.decision.batch)
        earlier = first.setdefault(key, ruling)
        if canonical_text(earlier.decision.label) != canonical_text(ruling.decision.label):
            contradicted.setdefault(key, []).append(_contradiction(earlier, ruling, task))
    decisions = tuple(first[key].decision for key in sorted(first) if key not in contradicted)
    return decisions, tuple(found for several in contradicted.values() for found in several)


def _lines(file: LabelFile, data: bytes) -> Lines[Answer]:
    if file.role is FileRole.GOLD:
        return read_lines(data, GOLD, file)
    return read_lines(data, ADJUDICATION, file)


def _decision(
    file: LabelFile, record: Answer, labels: tuple[bytes, bytes], line: int, guideline: str, known: Known
) -> Decision:
    stated, raw = labels
    label: JsonObject = orjson.loads(raw)
    waiting = known.judge.carrier.waiting(raw) or {}
    answered = {known.judge.carrier.field(name) for name in orjson.loads(stated)} if waiting else set[str]()
    fields = [field for field in known.judge.schema.fields if field.name not in waiting]
    return Decision(
        kind=DecisionKind.GOLD if file.role is FileRole.GOLD else DecisionKind.ADJUDICATION,
        item=record.item,
        label=dict(_values(label, fields)),
        who=file.who,
        batch=file.batch,
        reason=record.reason if isinstance(record, Adjudication) else "",
        guideline=guideline if record.guideline is UNSET else record.guideline,
        path=file.path,
        line=line,
        waiting=waiting,
        lost=tuple(name for name in waiting if name in answered),
    )


def _values(label: JsonObject, fields: Iterable[Field]) -> Iterator[tuple[str, Json]]:
    for field in fields:
        if field.name in label and not is_missing(label[field.name]):
            yield field.name, canonical_value(label[field.name], field.scale)


def _contradiction(earlier: Ruling, later: Ruling, task: str) -> Finding:
    decision = later.decision
    message = f"{decision.who} {_VERBS[decision.kind]} {decision.item!r} differently than {earlier.at}"
    where = Where(task=task, batch=decision.batch, item=decision.item, annotator=decision.who)
    return finding(f"{decision.kind}/contradiction", later.at, message, where=where)
