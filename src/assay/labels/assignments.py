"""The plan of a batch, `assignments.jsonl`: who labels what; and what reviewers sent back.

`read_plan` is for changing it, `read_assignments` for checking it. `unsettled_returns` reports answers that were sent back
in a batch that is closed now, and were neither changed nor kept.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeAlias

import numpy as np

from assay.core import Batch, Codes, Corpus, Finding, Location, Purpose, Status, Where, finding
from assay.errors import ConfigError
from assay.files import SETTLE
from assay.git import Snapshot
from assay.labels import checks
from assay.labels.batches import age_key, reopening
from assay.labels.checks import LabelContext
from assay.labels.faults import Faults, out_of_form
from assay.labels.paths import LabelFile
from assay.labels.reader import Lines, read_lines
from assay.labels.records import ASSIGNMENT, Assignment, Returned, dump_records
from assay.labels.times import ABSENT, WRONG
from assay.labels.vote_rows import Rows

_ANSWERING = frozenset({Status.ACTIVE, Status.TRAINEE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One answer sent back: by which line, to whom, the item's code, and when, as `moments` gives it."""

    line: int
    annotator: str
    item: int
    at: int


def unsettled_returns(
    corpus: Corpus, sent: Iterable[tuple[LabelFile, Sequence[Sent]]], votes: Iterable[tuple[LabelFile, Rows]]
) -> Iterator[Finding]:
    """`batch/unsettled` at each return that was not settled; items without an answer, or in files that were not read, are left out.

    So are returns to annotators who no longer answer, and items that a newer relabel batch asks them for again.
    """
    gone = {who for who, annotator in corpus.annotators.items() if annotator.status not in _ANSWERING}
    closed = {batch.name: batch for batch in corpus.batches if batch.closed and batch.counts}
    answers = {(file.batch, file.who): rows for file, rows in votes if file.batch in closed and not file.sourced}
    latest: dict[tuple[str, str, int], tuple[LabelFile, Sent]] = {}
    for file, lines in sent:
        for sent_back in lines if file.batch in closed else ():
            key = (file.batch, sent_back.annotator, sent_back.item)
            if key not in latest or latest[key][1].at <= sent_back.at:
                latest[key] = (file, sent_back)
    asked = {key[:2] for key in latest}
    made = {
        key: dict(zip(rows.item.tolist(), zip(rows.at.tolist(), (rows.first >= 0).tolist(), strict=True), strict=True))
        for key, rows in answers.items()
        if key in asked
    }
    for (name, who, code), (file, sent_back) in sorted(latest.items()):
        answer = made.get((name, who), {}).get(code)
        if answer is None or who in gone:
            continue
        at, has_first = answer
        # The same rule as `assay.labels.assignment.is_settled`.
        settled = has_first if {sent_back.at, at} & {ABSENT, WRONG} else at > sent_back.at
        if not settled and not _asked_later(corpus, closed[name], who, code):
            item = corpus.items.ids[code]
            message = f"{who}'s answer to item {item[:80]!r} was sent back and neither changed nor kept, and the batch is closed"
            fix = f"{reopening(file.task, name)}; or ask for the item again in a relabel batch"
            where = Where(task=file.task, batch=name, item=item, annotator=who)
            yield finding(
                "batch/unsettled", Location(path=file.path, line=sent_back.line), message, fix=fix, where=where
            )


def _asked_later(corpus: Corpus, batch: Batch, who: str, item: int) -> bool:
    plan = corpus.assignments
    if who not in plan.annotator.values:
        return False
    asked = (plan.item == item) & (plan.annotator.codes == plan.annotator.values.index(who))
    later = (corpus.batches[code] for code in np.unique(plan.batch[asked]).tolist())
    return any(other.purpose is Purpose.RELABEL and age_key(other) > age_key(batch) for other in later)


Plan: TypeAlias = Mapping[str, tuple[str, ...]]
"""Annotators by item."""


def plan_path(task: str, batch: str) -> str:
    """The path of a batch's plan, below the project's root."""
    return f"labels/{task}/{batch}/assignments.jsonl"


def read_plan(snapshot: Snapshot, task: str, batch: str) -> Plan | None:
    """The plan of a batch, by item in canonical order; None where it has none (an import).

    Raises:
        ConfigError: a line of it cannot be read, or an item is duplicated.
    """
    path = plan_path(task, batch)
    try:
        data = snapshot.read(path)
    except FileNotFoundError:
        return None
    lines = read_lines(data, ASSIGNMENT)
    plan = {record.item: record.annotators for record in lines.records}
    if lines.faults:
        fault = min(lines.faults, key=lambda fault: fault.line)
        fix = SETTLE if fault.rule == "label/conflict-marker" else "run `assay check` and fix what it lists"
        raise ConfigError(f"{path}:{fault.line} {fault.message}", fix=fix)
    if len(plan) < len(lines.records):
        raise ConfigError(f"{path}: duplicate item", fix="keep one line an item")
    return dict(sorted(plan.items()))


def items_by_annotator(plan: Plan | None) -> Mapping[str, frozenset[str]]:
    """The items by annotator; none for a batch without a plan (None)."""
    asked: dict[str, set[str]] = {}
    for item, people in (plan or {}).items():
        for who in people:
            asked.setdefault(who, set()).add(item)
    return {who: frozenset(items) for who, items in asked.items()}


def dump_plan(plan: Plan) -> bytes:
    """The canonical bytes of `assignments.jsonl`."""
    return dump_records(ASSIGNMENT, [{"item": item, "annotators": list(who)} for item, who in plan.items()])


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """The plan of a batch, from its valid lines: the items by annotator, all items that it names, and its faults.

    `unsure` are the items of broken lines: they belong to no annotator, and only the broken line is reported.
    """

    items: Mapping[str, Codes]
    named: Codes
    unsure: Codes
    faults: Faults


NO_ITEMS: Codes = np.zeros(0, dtype=np.int32)
NO_PLAN = Assigned(items={}, named=NO_ITEMS, unsure=NO_ITEMS, faults=Faults(None))
"""The plan of a batch whose `assignments.jsonl` cannot be read, or is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedItems:
    """What a reviewer's file sends back, from its valid lines: the items by annotator, each line; and its faults."""

    items: Mapping[str, Codes]
    lines: tuple[Sent, ...]
    faults: Faults


def read_assignments(file: LabelFile, lines: Lines[Assignment], context: LabelContext) -> Assigned:
    """The valid assignments of a batch."""
    items = checks.item_codes(lines, context.pool)
    keys = items.astype(np.int64)
    several = [record.annotators for record in lines.records]
    many = np.fromiter(map(len, several), dtype=np.int64, count=len(several))
    people, rows = list(chain.from_iterable(several)), np.repeat(np.arange(len(several)), many)
    names = sorted(set(people))
    rank = {name: code for code, name in enumerate(names)}
    codes = np.fromiter(map(rank.__getitem__, people), dtype=np.int32, count=len(people))
    pairs = np.sort(rows * len(names) + codes)
    repeated = np.unique(pairs[1:][pairs[1:] == pairs[:-1]] // max(len(names), 1)).tolist()
    faults = Faults(
        file,
        lines.faults,
        checks.unknown_items(lines, items, context.pool),
        checks.repeated_items(lines, keys, items),
        (checks.fault_at(lines, row, "label/record", "annotators: duplicate name", "/annotators") for row in repeated),
    )
    doubtful = {context.pool.index.get(item, -1) for item in faults.items}
    valid = (items >= 0) & ~np.isin(lines.places, faults.lines)
    named = np.unique(items[valid])
    asked = np.stack([codes, items[rows]])[:, valid[rows]]
    asked = asked[:, np.lexsort(asked[::-1])]
    ends = np.searchsorted(asked[0], np.arange(len(names) + 1))
    strangers = {name for name in names if not context.roster.knows(name)}
    named_at = zip(reversed(people), rows[::-1].tolist(), strict=True) if strangers else ()
    first = {name: row for name, row in named_at if name in strangers}
    unknown = (
        replace(checks.fault_at(lines, row, "batch/unknown-annotator", message, "/annotators"), annotator=name)
        for name, row in sorted(first.items(), key=lambda one: one[1])
        if (message := f"{name[:80]!r} is not in the roster")
    )
    return Assigned(
        items={
            name: asked[1, start:end]
            for name, start, end in zip(names, ends[:-1].tolist(), ends[1:].tolist(), strict=True)
            if end > start
        },
        named=named,
        unsure=np.setdiff1d(np.array(sorted(doubtful - {-1}), dtype=np.int32), named),
        faults=Faults(file, faults, out_of_form(lines, keys, faults.lines), unknown),
    )


def read_returned(
    file: LabelFile, lines: Lines[Returned], created: int | None, assigned: Assigned | None, context: LabelContext
) -> ReturnedItems:
    """What a file sends back; `created` is the time of its batch, as `moments` gives it.

    Only assigned items can be sent back (`assigned` is None where a batch has no plan), and only by a file whose owner is in
    the roster.
    """
    items = checks.item_codes(lines, context.pool)
    at = checks.times(lines)
    names = sorted({record.annotator for record in lines.records})
    rank = {name: place for place, name in enumerate(names)}
    ranks = np.array([rank[record.annotator] for record in lines.records], dtype=np.int64)
    keys = np.asarray(items * np.int64(len(names)) + ranks, dtype=np.int64)
    plan = assigned or NO_PLAN
    unasked = (
        (row, f"item {record.item[:80]!r} was not assigned to {record.annotator[:80]}, so nothing can be sent back")
        for row, (record, item) in enumerate(zip(lines.records, items.tolist(), strict=True))
        if item >= 0 and item not in plan.items.get(record.annotator, NO_ITEMS) and item not in plan.unsure
    )
    faults = Faults(
        file,
        lines.faults,
        checks.unknown_items(lines, items, context.pool),
        checks.repeated_items(lines, keys, items),
        checks.bad_times(lines, at),
        (checks.fault_at(lines, row, "label/not-assigned", message, "/annotator") for row, message in unasked),
    )
    broken = set(faults.lines.tolist())
    owner = tuple(checks.unknown_owner(file, lines, context))
    sent: dict[str, list[int]] = {}
    returns = []
    for record, line, item, moment in zip(lines.records, lines.numbers, items.tolist(), at.tolist(), strict=True):
        if line not in broken and item >= 0 and not owner:
            sent.setdefault(record.annotator, []).append(item)
            returns.append(Sent(line=line, annotator=record.annotator, item=item, at=moment))
    return ReturnedItems(
        lines=tuple(returns),
        items={name: np.array(sorted(codes), dtype=np.int32) for name, codes in sent.items()},
        faults=Faults(
            file,
            faults,
            out_of_form(lines, keys, faults.lines),
            owner,
            checks.odd_times(lines, at, created, context.latest),
        ),
    )
