"""CSV for spreadsheets: encodings, delimiters, and cells that no spreadsheet runs as a formula."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from typing import TypeAlias

from assay.core import FaultError
from assay.files.atomic import pointer_of

Grid: TypeAlias = tuple[tuple[str, ...], ...]
"""Rows of cells, the heading first; row n of a spreadsheet is `grid[n - 1]`."""

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
"""The delimiters between the cells of a row, in words."""
CELL_LIMIT = 32_767
"""The maximum length of a spreadsheet cell in UTF-16 units; longer text is cut off."""

_SIGNS = r"=+\-@\uff1d\uff0b\uff0d\uff20"
_FORMULA = re.compile(rf"'*\s*[{_SIGNS}\t\r\n\0]")
_LISTED = r",;|\t\r\n\u060c\u061b\u3001\uff0c\uff1b"
_WITHIN = (
    rf"""(?<=[{_LISTED}])%s(?=(?:['"]|[^\S\t\r\n])*[{_SIGNS}])"""
    rf"""|(?<=[ :^~\u00a0])%s(?='*(?:[=\uff1d][^\s)>]|[+\-@\uff0b\uff0d\uff20]\w[\w.]*[(|]))"""
)
_UNGUARDED, _GUARDED = re.compile(_WITHIN % ("", "")), re.compile(_WITHIN % ("'", "'"))
_WORKBOOKS = (b"PK\3\4", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_SAVE = "in the spreadsheet choose `Save as` and the type `CSV UTF-8`"
_FIELD_LIMIT = 64 * 1024 * 1024
_SEP_LINE = re.compile('"?sep=(.)"?\r?\n', re.IGNORECASE)
_SAMPLE_ROWS = 50
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class SpreadsheetFault(FaultError):  # noqa: N818 - a fault of the data, not of the program
    """The bytes are not valid CSV; `row` and `line` count from 1, 0: the whole file."""

    def __init__(self, message: str, fix: str, row: int = 0, line: int = 0) -> None:
        super().__init__(message, fix=fix, line=line or row)
        self.row = row


@dataclass(frozen=True, slots=True, kw_only=True)
class Csv:
    """The cells of a file, its delimiter and its encoding."""

    grid: Grid
    delimiter: str
    encoding: str = "UTF-8"

    @property
    def description(self) -> str:
        """Delimiter and encoding, in words."""
        return f"separated by {DELIMITERS[self.delimiter]}, {self.encoding}"


def guarded(text: str) -> str:
    """The text of a cell with an apostrophe before everything that a spreadsheet would run as a formula.

    A formula begins, after apostrophes and white space, with `= + - @`, one of their full-width forms, a tab, a line end
    or NUL. A spreadsheet with another delimiter splits the text, so the same applies after a comma, a semicolon, a bar, a
    tab or a line end, and after a space, `:`, `^` or `~` before `=` or a call. `unguarded` is the exact inverse.
    """
    within = _UNGUARDED.sub("'", text)
    return f"'{within}" if within != text or _FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    """The inverse of `guarded`, also if a spreadsheet removed the first apostrophe; a cell without a guard is unchanged."""
    text = _GUARDED.sub("", cell.removeprefix("'"))
    if guarded(text) in {cell, f"'{cell}"}:
        return text
    return cell.removeprefix("'") if _FORMULA.match(cell) else cell


def overlong(cell: str) -> bool:
    """Whether a spreadsheet would cut the cell off."""
    return len(cell.encode("utf-16-le", "surrogatepass")) // 2 > CELL_LIMIT


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """The rows as comma-separated text with CRLF."""
    sink = io.StringIO(newline="")
    csv.writer(sink).writerows(rows)
    return sink.getvalue()


def dump_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """The rows as UTF-8 with a byte order mark, which spreadsheets recognize."""
    return codecs.BOM_UTF8 + csv_text(rows).encode()


def read_csv(data: bytes, fit: Callable[[Sequence[str]], int]) -> Csv:
    """The cells of a file in UTF-8 or UTF-16, with the delimiter whose heading `fit` rates highest.

    Line ends within a cell become line feeds. A first line `sep=;`, which some spreadsheets write, sets the delimiter.

    Raises:
        SpreadsheetFault: it is a workbook or in another encoding, or its quotation marks do not match.
    """
    table = CsvText(data)
    text = table.text[table.start :]
    delimiter = table.named or max(DELIMITERS, key=lambda sign: fit(_heading(text, sign)))
    grid = tuple(tuple(map(_line_feeds, row)) for _, row in csv_rows(text, delimiter))
    return Csv(grid=grid, delimiter=delimiter, encoding=table.encoding)


class CsvText:
    """The text of a CSV file in UTF-8 or UTF-16; `named` is the delimiter set by a first line that ends at `start`.

    Raises:
        SpreadsheetFault: it is a workbook, a pointer file, or in another encoding.
    """

    def __init__(self, data: bytes) -> None:
        if data.startswith(_WORKBOOKS):
            raise SpreadsheetFault("it is a workbook, not CSV", _SAVE)
        if pointer := pointer_of(data):
            raise SpreadsheetFault(f"it is a {pointer[0]} pointer", f"`{pointer[1]}` fetches the file")
        encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None) or _unmarked(data)
        self.encoding = "UTF-16" if encoding.startswith("utf-16") else "UTF-8"
        try:
            self.text = data.decode(encoding)
        except UnicodeDecodeError as error:
            row = 0 if encoding.startswith("utf-16") else data.count(b"\n", 0, error.start) + 1
            raise SpreadsheetFault(
                f"byte {error.start + 1} (0x{data[error.start]:02x}) is not {self.encoding} text", _SAVE, row
            ) from error
        named = _SEP_LINE.match(self.text)
        self.named = named[1] if named and named[1] in DELIMITERS else ""
        self.start = named.end() if named and self.named else 0

    def delimiter(self, wanted: str | None) -> str:
        """The delimiter: as named, else the one that gives a column `wanted`, rows of equal width, and the most columns.

        The heading and the first rows are compared; on a tie it is a comma.
        """
        if self.named:
            return self.named
        return max(DELIMITERS, key=lambda sign: _fit(self.text, sign, wanted))


def _fit(text: str, delimiter: str, wanted: str | None) -> tuple[bool, float, int]:
    """How well a delimiter fits: whether the heading has the column, the share of rows of its width, and the width."""
    rows: list[Sequence[str]] = []
    try:
        rows.extend(islice((row for _, row in csv_rows(text, delimiter) if row), _SAMPLE_ROWS))
    except SpreadsheetFault:
        rows.append(())
    if not rows:
        return (False, 0, 0)
    heading, *below = rows
    even = sum(len(row) == len(heading) for row in below) / len(below) if below else 1
    return (wanted in heading, even, len(heading))


def _unmarked(data: bytes) -> str:
    """The encoding without a byte order mark: UTF-8, unless every other byte of the start is zero, as in UTF-16."""
    start = data[:8]
    if len(start) == 8 and not any(start[1::2]) and all(start[::2]):
        return "utf-16-le"
    return "utf-16-be" if len(start) == 8 and not any(start[::2]) and all(start[1::2]) else "utf-8"


def _heading(text: str, delimiter: str) -> Sequence[str]:
    try:
        return next((tuple(map(_line_feeds, row)) for _, row in csv_rows(text, delimiter)), ())
    except SpreadsheetFault:
        return ()


def csv_rows(text: str, delimiter: str, line: int = 1) -> Iterator[tuple[int, list[str]]]:
    """Each row with its first line, cells unchanged; `line` is that of the first row.

    Raises:
        SpreadsheetFault: quotation marks do not match.
    """
    csv.field_size_limit(_FIELD_LIMIT)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    for number in count(1):
        before = rows.line_num
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise SpreadsheetFault(
                f"unbalanced quotation marks: {error}",
                "open the file in the spreadsheet and save it as CSV again",
                number,
                line + rows.line_num - 1,
            ) from error
        yield line + before, row


def _line_feeds(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\r", "\n")
