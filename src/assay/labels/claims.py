"""Check what records state besides their label against their batch: assignments, returns and suggestions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import orjson

from assay.core import Codes, Fault, Kind, Mask
from assay.labels.assignments import NO_ITEMS, NO_PLAN, Assigned
from assay.labels.checks import LabelContext, fault_at, true_rows
from assay.labels.paths import LabelFile
from assay.labels.reader import Lines
from assay.labels.records import Vote, dump_value


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchContext:
    """What the checks of a file need to know of its batch.

    `assigned` is None where the batch has no `assignments.jsonl`: then only imported and models' records belong to it.
    `created` is in microseconds since 1970, None if unknown. `returned` are the items sent back, by annotator. `shown`
    gives the labels (canonical bytes) of a model's file in this batch by item, None if the name is not a model's.
    """

    code: int
    guideline: str
    assigned: Assigned | None
    created: int | None = None
    returned: Mapping[str, Codes] = field(default_factory=dict)
    shown: Callable[[str], Mapping[str, bytes] | None] = lambda _by: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Which records of a file belong to the batch, and which are of people in an imported file where none may be.

    `reported`: another finding already explains why none belongs.
    """

    held: Mask
    misplaced: Mask
    reported: bool = False


def membership(
    file: LabelFile, items: Codes, owners: Sequence[str], batch: BatchContext, context: LabelContext
) -> Membership:
    """The records that `assignments.jsonl` asks for belong to the batch; without it imported and models' records do.

    A person must be assigned the item; for a model it is enough that the batch has it. With an `assignments.jsonl` a source's
    file may have no records of people. `owners` are the annotators of a source's file, one a record.
    """
    none = np.zeros(len(items), dtype=np.bool_)
    assigned = batch.assigned
    if assigned is None:
        entry = context.roster.annotators.get(file.who)
        imported = file.sourced or (entry is not None and entry.kind is Kind.MODEL)
        # An owner with no entry, or a broken one, is a finding already.
        return Membership(held=~none if imported else none, misplaced=none, reported=entry is None)
    if not file.sourced:
        asked = assigned.items.get(file.who, NO_ITEMS) if _is_person(file.who, context) else assigned.named
        return Membership(held=np.isin(items, asked), misplaced=none)
    people = {name for name in set(owners) if _is_person(name, context)}
    misplaced = np.fromiter((name in people for name in owners), dtype=np.bool_, count=len(owners))
    return Membership(held=np.isin(items, assigned.named) & ~misplaced, misplaced=misplaced)


def not_held(
    file: LabelFile, lines: Lines[Vote], items: Codes, batch: BatchContext, found: Membership, sound: Mask
) -> Iterator[Fault]:
    """`label/not-assigned` for valid records, and `batch/import-with-assignments` once for a source's file.

    An item on a broken line of `assignments.jsonl` is not reported again.
    """
    assigned = batch.assigned or NO_PLAN
    if found.misplaced.any():
        many = "a record of a person" if found.misplaced.sum() == 1 else f"{found.misplaced.sum():,} records of people"
        message = f"{many} in an imported file, and the batch has an assignments.jsonl"
        yield fault_at(lines, true_rows(found.misplaced)[0], "batch/import-with-assignments", message, "/annotator")
    if found.reported:
        return
    left = sound & ~found.held & ~found.misplaced & (items >= 0) & ~np.isin(items, assigned.unsure)
    for row in true_rows(left):
        item = f"item {lines.records[row].item[:80]!r}"
        if batch.assigned is None:
            message = f"the batch has no assignments.jsonl, so {item} is assigned to no one"
        elif items[row] in assigned.named:
            message = f"{item} was not assigned to {file.who}"
        else:
            message = f"{item} is not in the batch's assignments.jsonl"
        yield fault_at(lines, row, "label/not-assigned", message, "/item")


def sent_back(file: LabelFile, items: Codes, batch: BatchContext) -> Mask:
    """Which records may state a `first`: those whose item was returned to the annotator, and all that were imported."""
    if file.sourced:
        return np.ones(len(items), dtype=np.bool_)
    return np.isin(items, batch.returned.get(file.who, NO_ITEMS))


def first_not_returned(file: LabelFile, lines: Lines[Vote], unfounded: Mask) -> Iterator[Fault]:
    """`label/first-not-returned` for the rows of a mask."""
    if "first" in lines.keys:
        for row in true_rows(unfounded):
            message = f"first: item {lines.records[row].item[:80]!r} was not sent back to {file.who} in this batch"
            yield fault_at(lines, row, "label/first-not-returned", message, "/first")


def unknown_suggestions(lines: Lines[Vote], batch: BatchContext) -> Iterator[Fault]:
    """`label/unknown-suggestion`: the suggestion in a record is not the label in the model's file of this batch."""
    if "suggestion" not in lines.keys:
        return
    stated: dict[bytes, tuple[str, bytes] | None] = {}
    for raw in filter(None, set(lines.raws["suggestion"])):
        value = orjson.loads(raw)
        by, shown = value.get("by"), value.get("shown")
        stated[raw] = (by, dump_value(shown)) if isinstance(by, str) and isinstance(shown, dict) else None
    models = {suggestion[0] for suggestion in stated.values() if suggestion is not None}
    held_by = {by: batch.shown(by) for by in models}
    for row, raw in enumerate(lines.raws["suggestion"]):
        if raw and (why := _not_shown(stated[raw], held_by, lines.records[row].item)):
            yield fault_at(lines, row, "label/unknown-suggestion", f"suggestion: {why}", "/suggestion")


def _not_shown(stated: tuple[str, bytes] | None, held_by: Mapping[str, Mapping[str, bytes] | None], item: str) -> str:
    if stated is None:
        return "it needs `by` (the model) and `shown` (the label)"
    by, shown = stated
    labels = held_by[by]
    if labels is None:
        return f"{by[:60]!r} is not a model in the roster"
    if item not in labels:
        return f"{by}.jsonl of this batch has no answer to item {item[:80]!r}"
    return "" if labels[item] == shown else f"{by}.jsonl of this batch has another answer to item {item[:80]!r}"


def _is_person(who: str, context: LabelContext) -> bool:
    # Without a valid entry no vote counts and one finding reports it, so the item is enough.
    entry = context.roster.annotators.get(who)
    return entry is not None and entry.kind is Kind.PERSON
