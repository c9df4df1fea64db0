"""Decide row by row what a sheet changes in the annotator's file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Self, TypeAlias

from assay.annotator import sheet_cells
from assay.annotator.sheet_reading import Reporter, Row, read_sheet
from assay.core import Fault, Field, Finding, JsonObject, Purpose, canonical_text, canonical_value, pointer_steps
from assay.labels import ANNOTATION, OwnFile, dump_record, judged_record, new_record

_DATE = re.compile(
    r"\d{1,4}([-/.])\d{1,2}(\1\d{1,4})?|\d{1,2}[-. ]+[^\W\d]{3,4}\.?(-\d{2,4})?|[^\W\d]{3,4}[-. ]\d{2,4}"
)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")


class RowOutcome(Enum):
    """The outcome of a row."""

    ADDED = auto()
    CHANGED = auto()
    KEPT = auto()
    CLEARED = auto()
    UNCHANGED = auto()
    OPEN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetOptions:
    """How a sheet is read in: the time (RFC 3339, UTC), and what may be lost."""

    at: str
    clear: bool = False
    overwrite: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDecision:
    """The outcome for an item; `record` is its new annotation (None: it has none)."""

    item: str
    outcome: RowOutcome
    record: "JsonObject | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetChanges:
    """The decisions on the rows without faults, in the sheet's order, and the findings on the others.

    `unsettled` are the returned items whose answer was neither changed nor kept. `read` says how the cells were
    separated.
    """

    decisions: tuple[RowDecision, ...]
    findings: tuple[Finding, ...]
    unsettled: tuple[str, ...] = ()
    read: str = ""

    def count(self, outcome: RowOutcome) -> int:
        """How many rows have this outcome."""
        return sum(one.outcome is outcome for one in self.decisions)

    @property
    def skips(self) -> int:
        """How many of the rows that give a new record skip their item."""
        return sum(one.record is not None and sheet_cells.SKIP in one.record for one in self.decisions)

    @property
    def writes(self) -> bool:
        """Whether anything is to be written."""
        return any(one.outcome in _WRITTEN for one in self.decisions)

    def applied(self, own: OwnFile) -> OwnFile:
        """The annotator's file after the decisions; what did not change keeps its bytes."""
        written = {one.item: one.record for one in self.decisions if one.outcome in _WRITTEN}
        kept = {item: line for item, line in own.lines.items() if item not in written}
        new = {item: dump_record(ANNOTATION, record) for item, record in written.items() if record}
        return replace(own, lines={**kept, **new})


_WRITTEN = frozenset({RowOutcome.ADDED, RowOutcome.CHANGED, RowOutcome.KEPT, RowOutcome.CLEARED})
_Verdict: TypeAlias = "RowDecision | tuple[Finding, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """The answer in the cells of a row."""

    values: JsonObject
    skip: str
    flags: tuple[str, ...]
    note: str

    @classmethod
    def of(cls, record: JsonObject) -> Self:
        flags = record.get(sheet_cells.FLAGS)
        words = tuple(map(str, flags)) if isinstance(flags, list) else ()
        skip, note = str(record.get(sheet_cells.SKIP, "")), str(record.get(sheet_cells.NOTE, ""))
        return cls(values=sheet_cells.label_of(record), skip=skip, flags=words, note=note)

    @property
    def blank(self) -> bool:
        """Whether the row neither answers nor skips."""
        return not (self.values or self.skip)

    @property
    def silent(self) -> bool:
        return self.blank and not (self.flags or self.note)


def decide_rows(work: sheet_cells.Work, data: bytes, path: str, terms: SheetOptions) -> SheetChanges:
    """What a sheet changes; findings refer to it as `path`. Nothing is written here."""
    report = Reporter(work, path)
    sheet = read_sheet(work, data, report)
    taker = _RowDecider(work, terms, report)
    verdicts = [taker.verdict(row) for row in sheet.rows]
    found = (found for verdict in verdicts if not isinstance(verdict, RowDecision) for found in verdict)
    decisions = tuple(verdict for verdict in verdicts if isinstance(verdict, RowDecision))
    return SheetChanges(
        decisions=decisions,
        findings=tuple(sorted((*sheet.findings, *found), key=lambda one: one.sort_key)),
        unsettled=tuple(
            one.item for one in decisions if one.outcome is RowOutcome.UNCHANGED and one.item in work.load.sent_back
        ),
        read=sheet.read,
    )


class _RowDecider:
    def __init__(self, work: sheet_cells.Work, terms: SheetOptions, report: Reporter) -> None:
        self.work = work
        self.terms = terms
        self.report = report

    def verdict(self, row: Row) -> _Verdict:
        """The outcome of a row, or its faults."""
        if row.tag and not row.tag.startswith(sheet_cells.item_tag(row.item)):
            return (self._found("sheet/moved", "the tag belongs to another item", row, sheet_cells.TAG),)
        record, answer = self.work.own.record(row.item), self._answer(row)
        same = _comparable(self.work, answer) == _comparable(self.work, _Answer.of(record or {}))
        if same or row.cells == self.work.cells(row.item):
            return self._as_it_was(row, answer, record)
        if answer.silent and row.tag.endswith(sheet_cells.NEW):
            return RowDecision(item=row.item, outcome=RowOutcome.UNCHANGED)
        if refusal := self._refusal(row, answer, record):
            return (refusal,)
        if row.keep:
            return (self._found("sheet/keep", "the row both keeps and changes the answer", row, self.work.keep),)
        return (
            RowDecision(item=row.item, outcome=RowOutcome.CLEARED)
            if answer.silent
            else self._revised(row, answer, record)
        )

    def _as_it_was(self, row: Row, answer: _Answer, record: "JsonObject | None") -> _Verdict:
        """The outcome of a row that equals its record: a returned one that is kept is made again."""
        if row.keep and record is None:
            return (self._found("sheet/keep", "there is no answer to keep", row, self.work.keep),)
        if not (row.keep and row.item in self.work.load.sent_back):
            return RowDecision(item=row.item, outcome=RowOutcome.OPEN if record is None else RowOutcome.UNCHANGED)
        revised = self._revised(row, answer, record)
        return replace(revised, outcome=RowOutcome.KEPT) if isinstance(revised, RowDecision) else revised

    def _answer(self, row: Row) -> _Answer:
        cells = row.cells
        return _Answer(
            values={
                field.name: sheet_cells.cell_value(cells[heading], field)
                for heading, field in self.work.fields.items()
                if cells[heading].strip() or (field.textual and cells[heading])
            },
            skip=sheet_cells.cell_text(cells[sheet_cells.SKIP].strip()),
            flags=sheet_cells.cell_words(cells[sheet_cells.FLAGS]),
            note=sheet_cells.cell_text(cells[sheet_cells.NOTE]),
        )

    def _refusal(self, row: Row, answer: _Answer, record: "JsonObject | None") -> Finding | None:
        if self._is_stale(row):
            return self._found("sheet/stale", "the answer has changed since the sheet was written", row)
        if self.work.assignment.batch.purpose is Purpose.QUALIFY and "label" in (record or {}):
            return self._found("sheet/locked", "a qualification answer is final", row)
        if answer.silent and not self.terms.clear:
            return self._found("sheet/cleared", "the row no longer has the answer", row)
        return None

    def _is_stale(self, row: Row) -> bool:
        """Whether the file's answer has changed since the sheet was written; without an answer nothing is lost."""
        known = self.work.tag(row.item)
        return row.tag != known and not (row.tag == "" and known.endswith(sheet_cells.NEW)) and not self.terms.overwrite

    def _revised(self, row: Row, answer: _Answer, record: "JsonObject | None") -> _Verdict:
        before = record or {}
        revised = self._record(row.item, before, answer)
        faults = tuple(self._faults(row, answer, revised))
        if faults:
            return faults
        return RowDecision(item=row.item, outcome=RowOutcome.CHANGED if before else RowOutcome.ADDED, record=revised)

    def _record(self, item: str, before: JsonObject, answer: _Answer) -> JsonObject:
        """The record of an answer, with what the old record has besides it, also in fields that no sheet shows."""
        work = self.work
        unshown = {key: value for key, value in sheet_cells.label_of(before).items() if work.schema.field(key) is None}
        said: JsonObject = {"skip": answer.skip} if answer.skip else {"label": {**unshown, **answer.values}}
        if answer.flags:
            said["flags"] = [*answer.flags]
        if answer.note:
            said["note"] = answer.note
        stamp: JsonObject = {"guideline": work.guideline.version, "at": self.terms.at}
        if work.schema.swap and not before:
            stamp["shown"] = {"swap": False}
        return new_record(work.assignment, work.schema, before, {**said, "item": item}, stamp)

    def _faults(self, row: Row, answer: _Answer, record: JsonObject) -> Iterator[Finding]:
        if answer.skip and answer.values:
            yield self._found(
                "label/label-or-skip", "the row has an answer and a reason to skip", row, sheet_cells.SKIP, _EITHER
            )
            return
        work, why = self.work, ""
        if answer.blank and any(work.cells(row.item)[name] for name in (*work.fields, sheet_cells.SKIP)):
            why = "the answer was removed, but not its note or flags"
        elif answer.blank and row.item not in work.own.lines:
            why = "the row has neither an answer nor a reason to skip"
        if why:
            yield self._found("label/label-or-skip", why, row, fix=_NEITHER)
            return
        versions = work.guideline.versions
        invalid, _ = judged_record(record, work.assignment, work.schema, versions, work.roster, work.gallery)
        for fault in invalid:
            yield self._as_finding(row, fault)

    def _as_finding(self, row: Row, fault: Fault) -> Finding:
        key, name, *_ = (*pointer_steps(fault.pointer), "", "")
        heading = next((one for one, field in self.work.fields.items() if key == "label" and field.name == name), key)
        field = self.work.fields.get(heading)
        fix = _mistyped(row.cells[heading], field) if field else ""
        return self._found(fault.rule, fault.message, row, "" if heading == "label" else heading, fix or fault.fix)

    def _found(self, rule: str, message: str, row: Row, column: str = "", fix: str = "") -> Finding:
        return self.report(rule, message, row=row.number, column=column, item=row.item, fix=fix)


def _comparable(work: sheet_cells.Work, answer: _Answer) -> str:
    values = {
        field.name: canonical_value(answer.values[field.name], field.scale)
        for field in work.schema.fields
        if field.name in answer.values
    }
    return canonical_text([values, answer.skip, [*sorted(set(answer.flags))], answer.note])


def _mistyped(cell: str, field: Field) -> str:
    """How a spreadsheet, or a person using one, may have mistyped a value; empty where nothing is known."""
    if _DATE.fullmatch(cell.strip()):
        return "the spreadsheet may have turned it into a date: format the column as text, then type the value again"
    if _DECIMAL_COMMA.fullmatch(cell.strip()) and not field.textual:
        return f"use a decimal point: {cell.strip().replace(',', '.')}"
    if sheet_cells.joins(field) and re.search("[,;\n]", cell):
        return "separate several values by |"
    return ""


_EITHER = "empty the answer's cells, or the reason to skip"
_NEITHER = "answer in the row, write a reason to skip, or empty the whole row"
