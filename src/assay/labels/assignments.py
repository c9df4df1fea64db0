"""Read `assignments.jsonl`: who is asked to label what. Also what reviewers sent back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from assay.labels import checks
from assay.labels.checks import Known
from assay.labels.envelope import ASSIGNMENT, RETURNED, Assignment
from assay.labels.layout import LabelFile
from assay.labels.lines import Fault, Lines, read_lines
from assay.labels.report import out_of_form
from assay.table.columns import Codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """The plan of a batch: assigned items by annotator, whether every line of it was sound, and what was not."""

    items: Mapping[str, Codes]
    whole: bool
    faults: tuple[Fault, ...]


def read_assignments(data: bytes, known: Known) -> Assigned:
    """The sound assignments of a batch."""
    lines = read_lines(data, ASSIGNMENT)
    items = checks.item_codes(lines, known.pool)
    keys = items.astype(np.int64)
    faults = [
        *lines.faults,
        *checks.unknown_items(lines, items, known.pool),
        *checks.repeated_items(lines, keys, items),
        *_named_twice(lines),
    ]
    broken = {fault.line for fault in faults}
    asked: dict[str, list[int]] = {}
    for record, line, item in zip(lines.records, lines.numbers, items.tolist(), strict=True):
        for annotator in () if line in broken or item < 0 else record.annotators:
            asked.setdefault(annotator, []).append(item)
    faults += out_of_form(lines, keys, faults)
    faults += _unknown(lines, known)
    return Assigned(
        items={name: np.array(sorted(codes), dtype=np.int32) for name, codes in asked.items()},
        whole=not broken,
        faults=tuple(faults),
    )


def read_returned(file: LabelFile, data: bytes, known: Known) -> Iterator[Fault]:
    """What is wrong with a file of returned annotations."""
    lines = read_lines(data, RETURNED)
    items = checks.item_codes(lines, known.pool)
    names = sorted({record.annotator for record in lines.records})
    rank = {name: place for place, name in enumerate(names)}
    ranks = np.array([rank[record.annotator] for record in lines.records], dtype=np.int64)
    keys = np.asarray(items * np.int64(len(names)) + ranks, dtype=np.int64)
    faults = [
        *lines.faults,
        *checks.unknown_items(lines, items, known.pool),
        *checks.repeated_items(lines, keys, items),
        *checks.bad_times(lines, checks.times(lines)),
    ]
    yield from faults
    yield from out_of_form(lines, keys, faults)
    yield from checks.unknown_owner(file, lines, known)


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
