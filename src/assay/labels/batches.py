"""`batch.yaml`, the order of batches, and experts' decisions: gold and adjudications."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any, cast

import numpy as np
import orjson
from msgspec import UNSET

from assay import core
from assay.core import Batch, Codes, Decision, DecisionKind, Finding, JsonObject, Location, Purpose, Where
from assay.errors import ConfigError
from assay.files import Document, load_yaml
from assay.git import Snapshot
from assay.labels import checks
from assay.labels.checks import LabelContext
from assay.labels.faults import Faults, out_of_form
from assay.labels.paths import FileRole, LabelFile
from assay.labels.reader import Lines
from assay.labels.records import Adjudication, Answer
from assay.labels.times import day_or_moment
from assay.project import BATCH, Roster, shape_faults


def read_batch(
    snapshot: Snapshot, file: LabelFile, versions: frozenset[str], roster: Roster
) -> tuple[Batch | None, tuple[Finding, ...]]:
    """The batch that a `batch.yaml` describes (None where it cannot be used), and its findings."""
    broken = partial(core.finding, "batch/file", where=file.where)
    try:
        data = snapshot.read(file.path)
    except OSError as error:
        return None, (broken(Location(path=file.path), f"batch.yaml: {error.strerror}"),)
    try:
        document = load_yaml(data, file.path)
    except ConfigError as error:
        place, _, message = error.message.removeprefix(f"{file.path}:").partition(" ")
        at = Location(path=file.path, line=int(place) if place.isdigit() else 0)
        return None, (broken(at, message, fix=error.fix),)
    if faults := shape_faults(document, BATCH):
        return None, tuple(broken(fault.at, fault.message, fix=fault.fix) for fault in faults)
    value = cast("dict[str, Any]", document.value)
    if day_or_moment(value["created"]) is None:
        message = f"created: {value['created']!r} is not a valid date"
        return None, (broken(document.at("/created"), message, fix="write a valid date"),)
    batch = _batch(file.batch, value)
    return batch, tuple(_unknown(document, file, batch, versions, roster))


def reopening(task: str, batch: str) -> str:
    """How to reopen a closed batch, for a fix."""
    return f"ask a lead to reopen it: `assay batch reopen {task} {batch}`"


def _unknown(
    document: Document, file: LabelFile, batch: Batch, versions: frozenset[str], roster: Roster
) -> Iterator[Finding]:
    if batch.guideline not in versions:
        message = f"the guideline has no version {batch.guideline!r}"
        fix = f"versions: {', '.join(sorted(versions))}" if versions else ""
        yield core.finding("label/unknown-guideline", document.at("/guideline"), message, fix=fix, where=file.where)
    for number, name in enumerate(batch.annotators):
        if not roster.knows(name):
            at = document.at(f"/annotators/{number}")
            yield core.finding("batch/unknown-annotator", at, f"{name} is not in the roster", where=file.where)


def _batch(name: str, value: dict[str, Any]) -> Batch:
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


def age_key(batch: Batch) -> tuple[int, str]:
    """The sort key of batches, the oldest first: by `created`, then by name."""
    return day_or_moment(batch.created) or 0, batch.name


def ages(batches: Sequence[Batch], *, closed: bool) -> Codes:
    """The rank of each counting batch, closed or open, the oldest first by `age_key`; -1 for the others."""
    wanted = [code for code, batch in enumerate(batches) if batch.counts and batch.closed is closed]
    order = sorted(wanted, key=lambda code: age_key(batches[code]))
    age = np.full(len(batches), -1, dtype=np.int32)
    age[order] = np.arange(len(order))
    return age


def newest_batches(batches: Sequence[Batch], held: Iterable[tuple[Codes, Codes]], items: int, *, closed: bool) -> Codes:
    """The newest counting batch, closed or open, that has each item; -1 where none does.

    `held` are parallel (batch, item) codes: a batch has an item that it assigns or has an annotation of.
    """
    age = ages(batches, closed=closed)
    newest = np.full(items, -1, dtype=np.int32)
    for batch, item in held:
        np.maximum.at(newest, item, age[batch])
    return by_age(age)[newest]


def by_age(age: Codes) -> Codes:
    """The batch codes by rank, and -1 after them, so that -1 maps to -1."""
    codes = np.flatnonzero(age >= 0).astype(np.int32)
    return np.append(codes[np.argsort(age[codes])], np.int32(-1))


_VERBS = {DecisionKind.GOLD: "answers", DecisionKind.ADJUDICATION: "decides"}


def read_decisions(
    file: LabelFile, lines: Lines[Answer], batch: Batch | None, context: LabelContext
) -> tuple[tuple[Decision, ...], Faults]:
    """The valid decisions of a file, and its faults; gold has no batch."""
    guideline = batch.guideline if batch else ""
    items = checks.item_codes(lines, context.pool)
    made = (guideline if record.guideline is UNSET else record.guideline for record in lines.records)
    raws = context.judge.migrator.migrated(lines.raws["label"], made)
    labels = context.judge.indices(raws)
    keys = items.astype(np.int64)
    at = checks.times(lines)
    faults = Faults(
        file,
        lines.faults,
        checks.unknown_items(lines, items, context.pool),
        checks.repeated_items(lines, keys, items),
        checks.schema_faults(lines, labels, items, "label", context),
        checks.bad_times(lines, at),
        checks.unknown_guidelines(lines, context.versions),
    )
    misplaced, doubtful = checks.place_faults(lines, labels, items, "label", context)
    faults.extend(misplaced)
    broken = set(faults.lines.tolist())
    owner = list(checks.unknown_owner(file, lines, context))
    rulings = tuple(
        _decision(file, record, (stated, raw), line, guideline, context)
        for record, stated, raw, line, item in zip(
            lines.records, lines.raws["label"], raws, lines.numbers, items.tolist(), strict=True
        )
        if line not in broken and item >= 0
    )
    for further in (
        out_of_form(lines, keys, faults.lines),
        owner,
        doubtful,
        checks.odd_times(lines, at, day_or_moment(batch.created) if batch else None, context.latest),
        checks.other_guidelines(lines, guideline, context.versions),
    ):
        faults.extend(further)
    return () if owner else rulings, faults


def unique_decisions(rulings: Iterable[Decision], task: str) -> tuple[tuple[Decision, ...], tuple[Finding, ...]]:
    """One gold an item and one adjudication an item and batch; of two that differ neither is used, and the later is a finding."""
    first: dict[tuple[DecisionKind, str, str], Decision] = {}
    contradicted: dict[tuple[DecisionKind, str, str], list[Finding]] = {}
    for later in sorted(rulings, key=_place):
        key = (later.kind, later.item, later.batch)
        earlier = first.setdefault(key, later)
        if core.canonical_text(earlier.label) != core.canonical_text(later.label):
            message = f"{later.who} {_VERBS[later.kind]} {later.item!r} differently from {_place(earlier)}"
            where = Where(task=task, batch=later.batch, item=later.item, annotator=later.who)
            found = core.finding(f"{later.kind}/contradiction", _place(later), message, where=where)
            contradicted.setdefault(key, []).append(found)
    decisions = tuple(first[key] for key in sorted(first) if key not in contradicted)
    return decisions, tuple(one for several in contradicted.values() for one in several)


def _place(ruling: Decision) -> Location:
    return Location(path=ruling.path, line=ruling.line, pointer="/label")


def _decision(
    file: LabelFile, record: Answer, labels: tuple[bytes, bytes], line: int, guideline: str, context: LabelContext
) -> Decision:
    stated, raw = labels
    label: JsonObject = orjson.loads(raw)
    scales = {field.name: field.scale for field in context.judge.schema.fields}
    waiting = context.judge.migrator.waiting(raw) or {}
    answered = {context.judge.migrator.field(name) for name in orjson.loads(stated)} if waiting else set[str]()
    return Decision(
        kind=DecisionKind.GOLD if file.role is FileRole.GOLD else DecisionKind.ADJUDICATION,
        item=record.item,
        label={
            name: core.canonical_value(label[name], scale)
            for name, scale in scales.items()
            if name in label and name not in waiting and not core.is_missing(label[name])
        },
        who=file.who,
        batch=file.batch,
        reason=record.reason if isinstance(record, Adjudication) else "",
        guideline=guideline if record.guideline is UNSET else record.guideline,
        path=file.path,
        line=line,
        waiting=waiting,
        lost=tuple(name for name in waiting if name in answered),
    )
