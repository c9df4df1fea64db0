"""Read a sheet: its columns by heading, its rows with their number."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assay.annotator.sheet_cells import ITEM, TAG, Work, cell_text
from assay.core import Finding, Location, Where, did_you_mean, escape, finding
from assay.files import SpreadsheetFault, read_csv


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row that names an item: its number, the answers' cells by heading, whether it keeps a returned answer, its tag."""

    number: int
    item: str
    cells: Mapping[str, str]
    keep: bool
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSheet:
    """The rows of a sheet in its order, each item once; its faults; and how its cells were separated."""

    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
    read: str = ""


class Reporter:
    """Makes findings about one sheet."""

    def __init__(self, work: Work, path: str) -> None:
        self.work = work
        self.path = path

    def __call__(
        self, rule: str, message: str, *, row: int = 0, column: str = "", item: str = "", fix: str = ""
    ) -> Finding:
        """A finding at a row and, where it is known, a column, which the message names."""
        assignment = self.work.assignment
        at = Location(path=self.path, line=row, pointer=f"/{escape(column)}" if column else "")
        where = Where(task=assignment.task, batch=assignment.batch.name, item=item, annotator=assignment.who)
        text = f"{column}: {message}" if column and not message.startswith(column) else message
        return finding(rule, at, text, fix=fix, where=where)


def read_sheet(work: Work, data: bytes, report: Reporter) -> ReadSheet:
    """The rows of a sheet; only findings where its columns are wrong."""
    known = {ITEM, *work.data, *work.answers, work.sent_back, work.keep, TAG}
    try:
        read = read_csv(data, lambda heading: len(known.intersection(map(cell_text, heading))))
    except SpreadsheetFault as fault:
        return ReadSheet(rows=(), findings=(report("sheet/unreadable", fault.message, row=fault.row, fix=fault.fix),))
    if not read.grid:
        return ReadSheet(rows=(), findings=(report("sheet/unreadable", "the sheet is empty"),))
    heading = tuple(map(cell_text, read.grid[0]))
    faults = tuple(_column_faults(heading, work, report))
    if faults:
        return ReadSheet(rows=(), findings=faults)
    if elsewhere := _of_other_work(work, heading, read.grid[1:], report):
        return ReadSheet(rows=(), findings=(elsewhere,))
    return replace(_rows(work, heading, read.grid[1:], report), read=read.description)


def _of_other_work(
    work: Work, heading: Sequence[str], grid: Sequence[Sequence[str]], report: Reporter
) -> Finding | None:
    """One finding for the whole sheet, where several rows have items and none of them is assigned here."""
    rows = (_row(work, heading, number, cells) for number, cells in enumerate(grid, start=2))
    items = [row.item for row in rows if row.item]
    if len(items) < _SEVERAL or any(item in work.assignment.data for item in items):
        return None
    assignment = work.assignment
    text = f"none of the {len(items):,} items is assigned to {assignment.who} in {assignment.task}/{assignment.batch.name}, for example {items[0][:80]!r}"
    return report("label/unknown-item", text, fix=f"name the batch that the sheet was written for; or {_MANGLED}")


def _column_faults(heading: Sequence[str], work: Work, report: Reporter) -> Iterator[Finding]:
    needed = (ITEM, *work.answers, TAG)
    known = {*needed, *work.data, work.sent_back, work.keep}
    for name, times in Counter(heading).items():
        if name in known and times > 1:
            yield report("sheet/column", f"duplicate column {name!r} ({times} times)", row=1)
        elif name and name not in known:
            fix = did_you_mean(name, known.difference(heading), "delete the column, or restore its heading")
            yield report("sheet/column", f"there is no column {name!r}", row=1, fix=fix)
    absent = [name for name in needed if name not in heading]
    if absent:
        found = ", ".join(repr(name[:_SHOWN]) for name in heading if name) or "none"
        yield report("sheet/column", f"missing: {', '.join(map(repr, absent))}; found: {found}", row=1)


def _rows(work: Work, heading: Sequence[str], grid: Sequence[Sequence[str]], report: Reporter) -> ReadSheet:
    assignment, rows, faults = work.assignment, dict[str, Row](), list[Finding]()
    for number, cells in enumerate(grid, start=2):
        if not any(cells):
            continue
        row = _row(work, heading, number, cells)
        found = []
        if row.item not in assignment.data:
            asked = f"item {row.item[:80]!r} is not assigned to {assignment.who} in {assignment.task}/{assignment.batch.name}"
            text = asked if row.item else "the row has no item id"
            found = [report("label/unknown-item", text, row=number, column=ITEM, item=row.item, fix=_MANGLED)]
        elif row.item in rows:
            text = f"duplicate item {row.item!r}, already in row {rows[row.item].number}"
            found = [report("label/duplicate-item", text, row=number, column=ITEM, item=row.item, fix=_TWICE)]
        mark = dict(zip(heading, cells, strict=False)).get(work.keep, "")
        if _mark(mark) not in _MARKED | _UNMARKED:
            text = f"{mark[:40]!r} is not a valid mark"
            found.append(report("sheet/keep", text, row=number, column=work.keep, item=row.item, fix=_MARK))
        if any(cell for place, cell in enumerate(cells) if place >= len(heading) or not heading[place]):
            found.append(report("sheet/column", "a value is in a column without a heading", row=number))
        faults += found
        if not found:
            rows[row.item] = row
    return ReadSheet(rows=tuple(rows.values()), findings=tuple(faults))


def _row(work: Work, heading: Sequence[str], number: int, cells: Sequence[str]) -> Row:
    named = dict(zip(heading, cells, strict=False))
    return Row(
        number=number,
        item=cell_text(named.get(ITEM, "")),
        cells={name: named.get(name, "") for name in work.answers},
        keep=_mark(named.get(work.keep, "")) in _MARKED,
        tag=named.get(TAG, "").strip(),
    )


def _mark(cell: str) -> str:
    return cell_text(cell.strip()).casefold()


_SEVERAL = 2
_SHOWN = 60
_MARKED = frozenset({"x", "yes", "y", "true", "1", "keep", "✓", "✔"})
_UNMARKED = frozenset({"", "no", "n", "false", "0", "-"})
_MARK = "write x to keep the answer, or leave the cell empty"
_MANGLED = (
    "the column is not to be edited; where the spreadsheet changed ids (007 to 7, 1-2 to a date), write the sheet again "
    "and open it with that column as text"
)
_TWICE = "keep the right row and delete the other"
