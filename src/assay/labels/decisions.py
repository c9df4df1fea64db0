"""Read experts' answers: gold and adjudications."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import orjson
from msgspec import UNSET

from assay.labels import checks
from assay.labels.checks import Known
from assay.labels.faults import Faults, out_of_form
from assay.labels.paths import LabelFile, Role
from assay.labels.reader import Lines, read_lines
from assay.labels.records import ADJUDICATION, GOLD, Adjudication, Answer
from assay.labels.times import day_or_moment
from assay.model.catalogue import Where, finding
from assay.model.finding import Finding, Location
from assay.model.json import Json, JsonObject
from assay.model.project import Batch
from assay.model.schema import Field
from assay.model.values import canonical_text, canonical_value, is_missing
from assay.table import Decision, DecisionKind

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
    if file.role is Role.GOLD:
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
        kind=DecisionKind.GOLD if file.role is Role.GOLD else DecisionKind.ADJUDICATION,
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
