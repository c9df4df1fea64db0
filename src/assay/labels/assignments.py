"""Read `assignments.jsonl`: who is asked to label what. Also what reviewers sent back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from assay.labels import checks
from assay.labels.checks import Known
from assay.labels.envelope import ASSIGNMENT, RETURNED, Assignment, Returned
from assay.labels.faults import Fault, Faults
from assay.labels.layout import LabelFile
from assay.labels.lines import Lines, read_lines
from assay.labels.report import out_of_form
from assay.labels.unsettled import Sent
from assay.table.columns import Codes


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
