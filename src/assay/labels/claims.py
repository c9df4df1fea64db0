"""What records claim besides their label, held against what the batch knows: who was asked, sent back, shown what, when."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import orjson

from assay.core import Codes, Fault, Kind, Mask
from assay.labels.assignments import NO_ITEMS, NOBODY_ASKED, Assigned
from assay.labels.checks import Known, fault_at, rows_of
from assay.labels.paths import LabelFile
from assay.labels.reader import Lines
from assay.labels.records import Vote, dump_value


def _nothing_shown(_: str) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What a file has to know of its batch.

    `assigned` is None where the batch has no `assignments.jsonl`: it holds what was imported and what models answered,
    and asks nobody anything. `created` is in microseconds since 1970, None where nobody knows. `returned` are the items
    sent back, by annotator; `shown` gives the labels (canonical bytes) of a model's file in this batch by item, None
    where the name is no model's.
    """

    code: int
    guideline: str
    assigned: Assigned | None
    created: int | None = None
    returned: Mapping[str, Codes] = field(default_factory=dict)
    shown: Callable[[str], Mapping[str, bytes] | None] = _nothing_shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Which records of a file their batch holds, and which are of people in an imported file where none may be.

    `told` says that another finding tells already why none of them is held.
    """

    held: Mask
    misplaced: Mask
    told: bool = False


def holding(file: LabelFile, items: Codes, owners: Sequence[str], batch: Round, known: Known) -> Holding:
    """The batch holds those that `assignments.jsonl` asks for; without one what was imported and what models answered.

    A person must be asked for the item, a model's answer needs the item alone; a source's file holds no person's
    records beside an `assignments.jsonl`. `owners` are the annotators of a source's file, one a record.
    """
    nobody = np.zeros(len(items), dtype=np.bool_)
    assigned = batch.assigned
    if assigned is None:
        one = known.roster.annotators.get(file.who)
        imported = file.sourced or (one is not None and one.kind is Kind.MODEL)
        # Of an owner with no entry, or a broken one, the finding on that entry tells.
        return Holding(held=~nobody if imported else nobody, misplaced=nobody, told=one is None)
    if not file.sourced:
        asked = assigned.items.get(file.who, NO_ITEMS) if _is_person(file.who, known) else assigned.named
        return Holding(held=np.isin(items, asked), misplaced=nobody)
    people = {name for name in set(owners) if _is_person(name, known)}
    misplaced = np.fromiter((name in people for name in owners), dtype=np.bool_, count=len(owners))
    return Holding(held=np.isin(items, assigned.named) & ~misplaced, misplaced=misplaced)


def not_held(
    file: LabelFile, lines: Lines[Vote], items: Codes, batch: Round, found: Holding, sound: Mask
) -> Iterator[Fault]:
    """`label/not-assigned` for sound records, and `batch/import-with-assignments` once for a source's file.

    An item that stands on a broken line of `assignments.jsonl` is not told again.
    """
    assigned = batch.assigned or NOBODY_ASKED
    if found.misplaced.any():
        many = "a record of a person" if found.misplaced.sum() == 1 else f"{found.misplaced.sum():,} records of people"
        message = f"{many} in an imported file, and the batch has an assignments.jsonl"
        yield fault_at(lines, rows_of(found.misplaced)[0], "batch/import-with-assignments", message, "/annotator")
    if found.told:
        return
    left = sound & ~found.held & ~found.misplaced & (items >= 0) & ~np.isin(items, assigned.unsure)
    for row in rows_of(left):
        item = f"item {lines.records[row].item[:80]!r}"
        if batch.assigned is None:
            message = f"the batch has no assignments.jsonl, so nobody is asked for {item}"
        elif items[row] in assigned.named:
            message = f"{item} was not assigned to {file.who}"
        else:
            message = f"{item} is not in the batch's assignments.jsonl"
        yield fault_at(lines, row, "label/not-assigned", message, "/item")


def sent_back(file: LabelFile, items: Codes, batch: Round) -> Mask:
    """Which records may state a `first`: those whose item was returned to the annotator, and all that were imported."""
    if file.sourced:
        return np.ones(len(items), dtype=np.bool_)
    return np.isin(items, batch.returned.get(file.who, NO_ITEMS))


def first_not_returned(file: LabelFile, lines: Lines[Vote], unfounded: Mask) -> Iterator[Fault]:
    """`label/first-not-returned` for the rows of a mask."""
    if "first" in lines.keys:
        for row in rows_of(unfounded):
            message = f"first: item {lines.records[row].item[:80]!r} was never sent back to {file.who} in this batch"
            yield fault_at(lines, row, "label/first-not-returned", message, "/first")


def unknown_suggestions(lines: Lines[Vote], batch: Round) -> Iterator[Fault]:
    """`label/unknown-suggestion`: what a record says it was shown is not what the model's file in this batch holds."""
    if "suggestion" not in lines.keys:
        return
    stated = {raw: _suggestion(raw) for raw in set(lines.raws["suggestion"]) if raw}
    held_by = {by: batch.shown(by) for by in {one[0] for one in stated.values() if one is not None}}
    for row, raw in enumerate(lines.raws["suggestion"]):
        if raw and (why := _not_shown(stated[raw], held_by, lines.records[row].item)):
            yield fault_at(lines, row, "label/unknown-suggestion", f"suggestion: {why}", "/suggestion")


def _suggestion(raw: bytes) -> tuple[str, bytes] | None:
    """The model and the label that a suggestion names; None where it names none."""
    value = orjson.loads(raw)
    by, shown = value.get("by"), value.get("shown")
    return (by, dump_value(shown)) if isinstance(by, str) and isinstance(shown, dict) else None


def _not_shown(stated: tuple[str, bytes] | None, held_by: Mapping[str, Mapping[str, bytes] | None], item: str) -> str:
    if stated is None:
        return "it says not `by` which model and what was `shown`"
    by, shown = stated
    labels = held_by[by]
    if labels is None:
        return f"{by[:60]!r} is not a model of the roster"
    if item not in labels:
        return f"{by}.jsonl of this batch has no answer to item {item[:80]!r}"
    return "" if labels[item] == shown else f"{by}.jsonl of this batch answers item {item[:80]!r} otherwise"


def _is_person(who: str, known: Known) -> bool:
    # Nobody's votes (no entry, or a broken one) count anyway, so the item is enough and one finding tells of them.
    one = known.roster.annotators.get(who)
    return one is not None and one.kind is Kind.PERSON
