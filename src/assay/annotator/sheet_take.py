"""Decide what a sheet changes: row by row, against the annotator's file as it is now."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TypeAlias

from assay.annotator.sheet_cells import (
    FLAGS,
    NEW,
    NOTE,
    SKIP,
    TAG,
    Work,
    cell_text,
    cell_value,
    cell_words,
    item_tag,
    joins,
    label_of,
)
from assay.annotator.sheet_reading import Reporter, Row, read_sheet
from assay.core import Fault, Field, Finding, JsonObject, Purpose, canonical_text, canonical_value, pointer_steps
from assay.labels import ANNOTATION, OwnFile, dump_record, new_record, record_faults

_DATE = re.compile(
    r"\d{1,4}([-/.])\d{1,2}(\1\d{1,4})?|\d{1,2}[-. ]+[^\W\d]{3,4}\.?(-\d{2,4})?|[^\W\d]{3,4}[-. ]\d{2,4}"
)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")


class Outcome(Enum):
    """What becomes of a row."""

    ADDED = auto()
    CHANGED = auto()
    KEPT = auto()
    CLEARED = auto()
    UNCHANGED = auto()
    OPEN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a sheet is taken: at which moment (RFC 3339, UTC), and what may be lost."""

    at: str
    clear: bool = False
    overwrite: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of an item; `record` is its annotation from now on (None: it has none)."""

    item: str
    outcome: Outcome
    record: "JsonObject | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The decisions on the rows without a fault, in the sheet's order, and everything that is wrong with the others.

    `unsettled` are the items of these rows that came back, and whose answer was neither changed nor kept. `read` says how
    the cells were told apart.
    """

    decisions: tuple[Decision, ...]
    findings: tuple[Finding, ...]
    unsettled: tuple[str, ...] = ()
    read: str = ""

    def count(self, outcome: Outcome) -> int:
        """How many rows came to this."""
        return sum(one.outcome is outcome for one in self.decisions)

    @property
    def skips(self) -> int:
        """How many of the rows that give a new record skip their item."""
        return sum(one.record is not None and SKIP in one.record for one in self.decisions)

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


_WRITTEN = frozenset({Outcome.ADDED, Outcome.CHANGED, Outcome.KEPT, Outcome.CLEARED})
_Verdict: TypeAlias = "Decision | tuple[Finding, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What the cells of a row say."""

    values: JsonObject
    skip: str
    flags: tuple[str, ...]
    note: str

    @property
    def blank(self) -> bool:
        """Whether the row neither answers nor skips."""
        return not (self.values or self.skip)

    @property
    def silent(self) -> bool:
        """Whether the row says nothing at all."""
        return self.blank and not (self.flags or self.note)


def take_sheet(work: Work, data: bytes, path: str, terms: Terms) -> Taken:
    """What a sheet changes; `path` is what findings call it. Nothing is written here."""
    report = Reporter(work, path)
    sheet = read_sheet(work, data, report)
    taker = _Taker(work, terms, report)
    verdicts = [taker.verdict(row) for row in sheet.rows]
    found = (found for verdict in verdicts if not isinstance(verdict, Decision) for found in verdict)
    decisions = tuple(verdict for verdict in verdicts if isinstance(verdict, Decision))
    return Taken(
        decisions=decisions,
        findings=tuple(sorted((*sheet.findings, *found), key=lambda one: one.sort_key)),
        unsettled=tuple(
            one.item for one in decisions if one.outcome is Outcome.UNCHANGED and one.item in work.load.sent_back
        ),
        read=sheet.read,
    )


class _Taker:
    """Decides on rows."""

    def __init__(self, work: Work, terms: Terms, report: Reporter) -> None:
        self.work = work
        self.terms = terms
        self.report = report

    def verdict(self, row: Row) -> _Verdict:
        """What becomes of a row, or what is wrong with it."""
        if row.tag and not row.tag.startswith(item_tag(row.item)):
            return (self._found("sheet/moved", "the tag names another item", row, TAG),)
        record, answer = self.work.own.record(row.item), self._answer(row)
        if row.cells == self.work.cells(row.item) or _told(self.work, answer) == _says(self.work, record or {}):
            return self._as_it_was(row, answer, record)
        if answer.silent and row.tag.endswith(NEW):
            return Decision(item=row.item, outcome=Outcome.UNCHANGED)
        if refusal := self._refusal(row, answer, record):
            return (refusal,)
        if row.keep:
            return (self._found("sheet/keep", "the row keeps the answer and changes it", row, self.work.keep),)
        return Decision(item=row.item, outcome=Outcome.CLEARED) if answer.silent else self._revised(row, answer, record)

    def _as_it_was(self, row: Row, answer: _Answer, record: "JsonObject | None") -> _Verdict:
        """What becomes of a row that says what the record says: the record is made again where it came back and is kept."""
        if row.keep and record is None:
            return (self._found("sheet/keep", "there is no answer to keep", row, self.work.keep),)
        if not (row.keep and row.item in self.work.load.sent_back):
            return Decision(item=row.item, outcome=Outcome.OPEN if record is None else Outcome.UNCHANGED)
        revised = self._revised(row, answer, record)
        return replace(revised, outcome=Outcome.KEPT) if isinstance(revised, Decision) else revised

    def _answer(self, row: Row) -> _Answer:
        cells = row.cells
        return _Answer(
            values={
                field.name: cell_value(cells[heading], field)
                for heading, field in self.work.fields.items()
                if cells[heading].strip() or (field.textual and cells[heading])
            },
            skip=cell_text(cells[SKIP].strip()),
            flags=cell_words(cells[FLAGS]),
            note=cell_text(cells[NOTE]),
        )

    def _refusal(self, row: Row, answer: _Answer, record: "JsonObject | None") -> Finding | None:
        if self._is_stale(row):
            return self._found("sheet/stale", "the answer has changed since the sheet was written", row)
        if self.work.seat.batch.purpose is Purpose.QUALIFY and "label" in (record or {}):
            return self._found("sheet/locked", "an answer of a qualification stands", row)
        if answer.silent and not self.terms.clear:
            return self._found("sheet/cleared", "the answer is gone from the row", row)
        return None

    def _is_stale(self, row: Row) -> bool:
        """Whether the file has another answer than the sheet was written with; where there is none, nothing is lost."""
        known = self.work.tag(row.item)
        return row.tag != known and not (row.tag == "" and known.endswith(NEW)) and not self.terms.overwrite

    def _revised(self, row: Row, answer: _Answer, record: "JsonObject | None") -> _Verdict:
        before = record or {}
        revised = self._record(row.item, before, answer)
        faults = tuple(self._faults(row, answer, revised))
        if faults:
            return faults
        return Decision(item=row.item, outcome=Outcome.CHANGED if before else Outcome.ADDED, record=revised)

    def _record(self, item: str, before: JsonObject, answer: _Answer) -> JsonObject:
        """The record of an answer: what the old one says besides it stays, also of fields that no sheet shows."""
        work = self.work
        unshown = {key: value for key, value in label_of(before).items() if work.schema.field(key) is None}
        said: JsonObject = {"skip": answer.skip} if answer.skip else {"label": {**unshown, **answer.values}}
        if answer.flags:
            said["flags"] = [*answer.flags]
        if answer.note:
            said["note"] = answer.note
        stamp: JsonObject = {"guideline": work.guideline.version, "at": self.terms.at}
        if work.schema.swap and not before:
            stamp["shown"] = {"swap": False}
        return new_record(work.seat, work.schema, before, {**said, "item": item}, stamp)

    def _faults(self, row: Row, answer: _Answer, record: JsonObject) -> Iterator[Finding]:
        if answer.skip and answer.values:
            yield self._found("label/label-or-skip", "the row has an answer and a reason to skip", row, SKIP, _EITHER)
            return
        if answer.blank and any(self.work.cells(row.item)[name] for name in (*self.work.fields, SKIP)):
            yield self._found(
                "label/label-or-skip", "the answer is gone, and its note or flags are not", row, fix=_NEITHER
            )
        elif answer.blank and row.item not in self.work.own.lines:
            yield self._found(
                "label/label-or-skip", "the row has neither an answer nor a reason to skip", row, fix=_NEITHER
            )
        else:
            work = self.work
            versions = work.guideline.versions
            for fault in record_faults(record, work.seat, work.schema, versions, work.roster, work.gallery):
                yield self._as_finding(row, fault)

    def _as_finding(self, row: Row, fault: Fault) -> Finding:
        key, name, *_ = (*pointer_steps(fault.pointer), "", "")
        heading = next((one for one, field in self.work.fields.items() if key == "label" and field.name == name), key)
        field = self.work.fields.get(heading)
        fix = _mistyped(row.cells[heading], field) if field else ""
        return self._found(fault.rule, fault.message, row, "" if heading == "label" else heading, fix or fault.fix)

    def _found(self, rule: str, message: str, row: Row, column: str = "", fix: str = "") -> Finding:
        return self.report(rule, message, row=row.number, column=column, item=row.item, fix=fix)


def _says(work: Work, record: JsonObject) -> str:
    """What a record says, spelled one way."""
    skip, note, flags = record.get(SKIP, ""), record.get(NOTE, ""), record.get(FLAGS)
    words = tuple(map(str, flags)) if isinstance(flags, list) else ()
    label = label_of(record)
    values = {field.name: label[field.name] for field in work.schema.fields if field.name in label}
    return _told(work, _Answer(values=values, skip=str(skip), flags=words, note=str(note)))


def _told(work: Work, answer: _Answer) -> str:
    """What an answer says, spelled one way."""
    scales = {field.name: field.scale for field in work.schema.fields}
    values = {name: canonical_value(value, scales[name]) for name, value in answer.values.items()}
    return canonical_text([values, answer.skip, [*sorted(set(answer.flags))], answer.note])


def _mistyped(cell: str, field: Field) -> str:
    """What a spreadsheet, or a person in one, may have made of a value; empty where nothing is known."""
    if _DATE.fullmatch(cell.strip()):
        return (
            "the spreadsheet may have made a date of it: give the column the format `text`, then type the value again"
        )
    if _DECIMAL_COMMA.fullmatch(cell.strip()) and not field.textual:
        return f"write a point: {cell.strip().replace(',', '.')}"
    if joins(field) and re.search("[,;\n]", cell):
        return "separate several values by |"
    return ""


_EITHER = "empty the answer's cells, or the reason to skip"
_NEITHER = "answer in the row, write a reason to skip, or empty it altogether"
