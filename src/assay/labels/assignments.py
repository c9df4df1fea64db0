"""The plan of a batch, `assignments.jsonl`: who is asked to label what; and what reviewers sent back.

`read_plan` is for those who change it, `read_assignments` for those who check it. Answers that were sent back in a
batch which is closed now, and were neither changed nor kept, are told by `unsettled_returns`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from assay.core import Batch, Codes, Corpus, Fault, Finding, Location, Purpose, Status, Where, finding
from assay.errors import ConfigError
from assay.files import SETTLE
from assay.git import Snapshot
from assay.labels import checks
from assay.labels.batches import reopening
from assay.labels.checks import Known
from assay.labels.faults import Faults, out_of_form
from assay.labels.parquet_rows import Rows
from assay.labels.paths import LabelFile
from assay.labels.reader import Lines, read_lines
from assay.labels.records import ASSIGNMENT, RETURNED, Assignment, Returned, dump_records
from assay.labels.times import ABSENT, WRONG, day_or_moment

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
    """`batch/unsettled` at each line that sent an answer back for nothing; what has no answer, or was not read, is not told.

    Nor is what only somebody who answers nothing now could settle, or what a newer relabel batch that was read asks them anew.
    """
    gone = {who for who, one in corpus.annotators.items() if one.status not in _ANSWERING}
    closed = {batch.name: batch for batch in corpus.batches if batch.closed and batch.counts}
    answers = {(file.batch, file.who): rows for file, rows in votes if file.batch in closed and not file.sourced}
    latest: dict[tuple[str, str, int], tuple[LabelFile, Sent]] = {}
    for file, lines in sent:
        for one in lines if file.batch in closed else ():
            key = (file.batch, one.annotator, one.item)
            if key not in latest or latest[key][1].at <= one.at:
                latest[key] = (file, one)
    made = {key: _made(answers[key]) for key in {key[:2] for key in latest} & answers.keys()}
    for (name, who, item), (file, one) in sorted(latest.items()):
        answer = made.get((name, who), {}).get(item)
        open_still = answer is not None and who not in gone and not _settled(one, *answer)
        if open_still and not _asked_later(corpus, closed[name], who, item):
            yield _told(file, one, corpus.items.ids[item], closed[name])


def _asked_later(corpus: Corpus, batch: Batch, who: str, item: int) -> bool:
    """Whether a newer batch asks somebody for an item again."""
    plan = corpus.assignments
    if who not in plan.annotator.values:
        return False
    asked = (plan.item == item) & (plan.annotator.codes == plan.annotator.values.index(who))
    later = (corpus.batches[code] for code in np.unique(plan.batch[asked]).tolist())
    return any(one.purpose is Purpose.RELABEL and _age(one) > _age(batch) for one in later)


def _age(batch: Batch) -> tuple[int, str]:
    return day_or_moment(batch.created) or 0, batch.name


def _made(rows: Rows) -> Mapping[int, tuple[int, bool]]:
    """When each item was answered, and whether the answer keeps a first one."""
    return dict(zip(rows.item.tolist(), zip(rows.at.tolist(), (rows.first >= 0).tolist(), strict=True), strict=True))


def _settled(sent: Sent, at: int, first: bool) -> bool:  # noqa: FBT001 - a column of answers
    """As `assay.labels.assignment.is_settled` says of records."""
    return first if {sent.at, at} & {ABSENT, WRONG} else at > sent.at


def _told(file: LabelFile, sent: Sent, item: str, batch: Batch) -> Finding:
    who = sent.annotator
    message = (
        f"{who}'s answer to item {item[:80]!r} came back and was neither changed nor kept, and the batch is closed"
    )
    fix = f"{reopening(file.task, batch.name)}; or ask for the item anew in a relabel batch"
    where = Where(task=file.task, batch=batch.name, item=item, annotator=who)
    return finding("batch/unsettled", Location(path=file.path, line=sent.line), message, fix=fix, where=where)


Plan: TypeAlias = Mapping[str, tuple[str, ...]]
"""Annotators by item."""


def plan_path(task: str, batch: str) -> str:
    """Where the plan of a batch stands, below the project's root."""
    return f"labels/{task}/{batch}/assignments.jsonl"


def read_plan(snapshot: Snapshot, task: str, batch: str) -> Plan | None:
    """The plan of a batch, by item in canonical order; None where it has none: it asks nobody anything (an import).

    Raises:
        ConfigError: a line of it cannot be read, or an item stands twice.
    """
    path = plan_path(task, batch)
    try:
        data = snapshot.read(path)
    except FileNotFoundError:
        return None
    lines = read_lines(data, ASSIGNMENT)
    plan = {record.item: record.annotators for record in lines.records}
    if lines.faults:
        fault = min(lines.faults, key=lambda one: one.line)
        fix = SETTLE if fault.rule == "label/conflict-marker" else "run `assay check` and mend what it lists"
        raise ConfigError(f"{path}:{fault.line} {fault.message}", fix=fix)
    if len(plan) < len(lines.records):
        raise ConfigError(f"{path}: an item stands twice", fix="keep one line an item")
    return dict(sorted(plan.items()))


def items_by_annotator(plan: Plan | None) -> Mapping[str, frozenset[str]]:
    """The items that a plan asks of each annotator; a batch without a plan (None) asks nobody anything."""
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
    """The plan of a batch, from its sound lines: the items by annotator, all items that it names, and what is broken.

    `unsure` are the items of broken lines: they are named by nobody, and the broken line is told once.
    """

    items: Mapping[str, Codes]
    named: Codes
    unsure: Codes
    faults: Faults


NO_ITEMS: Codes = np.zeros(0, dtype=np.int32)
NOBODY_ASKED = Assigned(items={}, named=NO_ITEMS, unsure=NO_ITEMS, faults=Faults(None))
"""The plan of a batch whose `assignments.jsonl` cannot be read, or is not there: it names nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentBack:
    """What a reviewer's file sends back, from its sound lines: the items by annotator, each line; and what is wrong with it."""

    items: Mapping[str, Codes]
    lines: tuple[Sent, ...]
    faults: Faults


def read_assignments(file: LabelFile, data: bytes, known: Known) -> Assigned:
    """The sound assignments of a batch."""
    lines = read_lines(data, ASSIGNMENT, file)
    items = checks.item_codes(lines, known.pool)
    keys = items.astype(np.int64)
    faults = Faults(
        file,
        lines.faults,
        checks.unknown_items(lines, items, known.pool),
        checks.repeated_items(lines, keys, items),
        _named_twice(lines),
    )
    broken = set(faults.lines.tolist())
    doubtful = {known.pool.index.get(item, -1) for item in faults.items}
    asked: dict[str, list[int]] = {}
    named: set[int] = set()
    for record, line, item in zip(lines.records, lines.numbers, items.tolist(), strict=True):
        if line in broken or item < 0:
            continue
        named.add(item)
        for annotator in record.annotators:
            asked.setdefault(annotator, []).append(item)
    return Assigned(
        items={name: np.array(sorted(codes), dtype=np.int32) for name, codes in asked.items()},
        named=np.array(sorted(named), dtype=np.int32),
        unsure=np.array(sorted(doubtful - named - {-1}), dtype=np.int32),
        faults=Faults(file, faults, out_of_form(lines, keys, faults.lines), _unknown(lines, known)),
    )


def read_returned(
    file: LabelFile, data: bytes, created: int | None, assigned: Assigned | None, known: Known
) -> SentBack:
    """What a file sends back; `created` is when its batch was, as `moments` gives it. Nobody's file sends nothing back.

    What nobody was asked for cannot be sent back; `assigned` is None where a batch asks nobody anything.
    """
    lines = read_lines(data, RETURNED, file)
    items = checks.item_codes(lines, known.pool)
    at = checks.times(lines)
    names = sorted({record.annotator for record in lines.records})
    rank = {name: place for place, name in enumerate(names)}
    ranks = np.array([rank[record.annotator] for record in lines.records], dtype=np.int64)
    keys = np.asarray(items * np.int64(len(names)) + ranks, dtype=np.int64)
    faults = Faults(
        file,
        lines.faults,
        checks.unknown_items(lines, items, known.pool),
        checks.repeated_items(lines, keys, items),
        checks.bad_times(lines, at),
        _not_asked(lines, items, assigned or NOBODY_ASKED),
    )
    broken = set(faults.lines.tolist())
    owner = tuple(checks.unknown_owner(file, lines, known))
    sent: dict[str, list[int]] = {}
    told = []
    for record, line, item, moment in zip(lines.records, lines.numbers, items.tolist(), at.tolist(), strict=True):
        if line not in broken and item >= 0 and not owner:
            sent.setdefault(record.annotator, []).append(item)
            told.append(Sent(line=line, annotator=record.annotator, item=item, at=moment))
    return SentBack(
        lines=tuple(told),
        items={name: np.array(sorted(codes), dtype=np.int32) for name, codes in sent.items()},
        faults=Faults(
            file,
            faults,
            out_of_form(lines, keys, faults.lines),
            owner,
            checks.odd_times(lines, at, created, known.latest),
        ),
    )


def _not_asked(lines: Lines[Returned], items: Codes, assigned: Assigned) -> Iterator[Fault]:
    """`label/not-assigned`: an answer is sent back to somebody who was never asked for it."""
    for record, line, item in zip(lines.records, lines.numbers, items.tolist(), strict=True):
        asked = assigned.items.get(record.annotator, NO_ITEMS)
        if item >= 0 and item not in asked and item not in assigned.unsure:
            message = (
                f"item {record.item[:80]!r} was not assigned to {record.annotator[:80]}, so nothing can be sent back"
            )
            yield Fault(
                line=line,
                rule="label/not-assigned",
                message=message,
                pointer="/annotator",
                item=record.item,
                annotator=record.annotator,
            )


def _named_twice(lines: Lines[Assignment]) -> Iterator[Fault]:
    for record, line in zip(lines.records, lines.numbers, strict=True):
        if len(set(record.annotators)) < len(record.annotators):
            message = "annotators: a name stands twice"
            yield Fault(line=line, rule="label/record", message=message, pointer="/annotators", item=record.item)


def _unknown(lines: Lines[Assignment], known: Known) -> Iterator[Fault]:
    told: set[str] = set()
    for record, line in zip(lines.records, lines.numbers, strict=True):
        for annotator in record.annotators:
            if annotator not in told and not known.roster.knows(annotator):
                told.add(annotator)
                message = f"{annotator[:80]!r} is not in the roster"
                yield Fault(
                    line=line,
                    rule="batch/unknown-annotator",
                    message=message,
                    pointer="/annotators",
                    item=record.item,
                    annotator=annotator,
                )
