"""CSV as spreadsheets write and read it: its encodings and delimiters, and cells that no spreadsheet takes for a formula."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from typing import TypeAlias

from assay.core import FaultError
from assay.files.atomic import pointed

Grid: TypeAlias = tuple[tuple[str, ...], ...]
"""Rows of cells, the heading first; row n of a spreadsheet is `grid[n - 1]`."""

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
"""What may stand between the cells of a row, in words."""
CELL_LIMIT = 32_767
"""What a cell of a common spreadsheet holds, in UTF-16 units; it cuts off the rest."""

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
_NAMED = re.compile('"?sep=(.)"?\r?\n', re.IGNORECASE)
_LOOKED_AT = 50
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class SpreadsheetFault(FaultError):  # noqa: N818 - a fault of the data, not of the program
    """The bytes are no CSV; `row` and `line` count from 1, 0 where it is the whole file."""

    def __init__(self, message: str, fix: str, row: int = 0, line: int = 0) -> None:
        super().__init__(message, fix=fix, line=line or row)
        self.row = row


@dataclass(frozen=True, slots=True, kw_only=True)
class Csv:
    """The cells of a file, what stood between them, and its encoding."""

    grid: Grid
    delimiter: str
    encoding: str = "UTF-8"

    @property
    def said(self) -> str:
        """How the file was read, in words."""
        return f"separated by {DELIMITERS[self.delimiter]}, {self.encoding}"


def guarded(text: str) -> str:
    """The text of a cell with an apostrophe before what a spreadsheet would run as a formula.

    That is a text that begins, after any apostrophes and white space, with `= + - @`, one of their full-width forms,
    a tab, a line end or NUL. A spreadsheet that separates cells by another sign than the file does cuts a text in
    pieces: one that would begin so after a comma, a semicolon, a bar, a tab or a line end gets an apostrophe, too;
    after a space, `:`, `^` or `~` where it begins with `=` or calls something. `unguarded` takes them off: nothing is lost.
    """
    within = _UNGUARDED.sub("'", text)
    return f"'{within}" if within != text or _FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    """The inverse of `guarded`, also where a spreadsheet took the first apostrophe; a cell without a guard is its text."""
    text = _GUARDED.sub("", cell.removeprefix("'"))
    if guarded(text) in {cell, f"'{cell}"}:
        return text
    return cell.removeprefix("'") if _FORMULA.match(cell) else cell


def overlong(cell: str) -> bool:
    """Whether a spreadsheet would cut the cell off."""
    return len(cell.encode("utf-16-le", "surrogatepass")) // 2 > CELL_LIMIT


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """The rows, comma-separated, CRLF after each."""
    sink = io.StringIO(newline="")
    csv.writer(sink).writerows(rows)
    return sink.getvalue()


def dump_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """The same as UTF-8 with a byte order mark, by which spreadsheets know it."""
    return codecs.BOM_UTF8 + csv_text(rows).encode()


def read_csv(data: bytes, fit: Callable[[Sequence[str]], int]) -> Csv:
    """The cells of a file in UTF-8 or UTF-16, separated by the delimiter whose heading `fit` rates highest.

    A line end within a cell is a line feed, whatever the spreadsheet made of it. A first line `sep=;`, which some
    spreadsheets write and none shows, names the delimiter.

    Raises:
        SpreadsheetFault: it is a workbook or in another encoding, or its quotation marks do not match up.
    """
    table = CsvText(data)
    text = table.text[table.start :]
    delimiter = table.named or max(DELIMITERS, key=lambda one: fit(_heading(text, one)))
    grid = tuple(tuple(map(_line_feeds, row)) for _, row in rows_of(text, delimiter))
    return Csv(grid=grid, delimiter=delimiter, encoding=table.encoding)


class CsvText:
    """The text of a file of cells in UTF-8 or UTF-16; `named` is the delimiter that its first line names, which ends at `start`.

    Raises:
        SpreadsheetFault: it is a workbook, only points to its content, or is in another encoding.
    """

    def __init__(self, data: bytes) -> None:
        if data.startswith(_WORKBOOKS):
            raise SpreadsheetFault("it is a workbook, not CSV", _SAVE)
        if pointer := pointed(data):
            raise SpreadsheetFault(f"it is a pointer of {pointer[0]}", f"`{pointer[1]}` fetches the file")
        encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None) or _unmarked(data)
        self.encoding = "UTF-16" if encoding.startswith("utf-16") else "UTF-8"
        try:
            self.text = data.decode(encoding)
        except UnicodeDecodeError as error:
            row = 0 if encoding.startswith("utf-16") else data.count(b"\n", 0, error.start) + 1
            raise SpreadsheetFault(
                f"byte {error.start + 1} (0x{data[error.start]:02x}) is not {self.encoding} text", _SAVE, row
            ) from error
        named = _NAMED.match(self.text)
        self.named = named[1] if named and named[1] in DELIMITERS else ""
        self.start = named.end() if named and self.named else 0

    def delimiter(self, wanted: str | None) -> str:
        """What stands between the cells: as named, else what gives a column `wanted`, rows of one width, and many columns.

        Of each the heading and the first rows are looked at; commas, where all are as good.
        """
        if self.named:
            return self.named
        return max(DELIMITERS, key=lambda one: _fits(list(_first(self.text, one)), wanted))


def _fits(rows: Sequence[Sequence[str]], wanted: str | None) -> tuple[bool, float, int]:
    if not rows:
        return (False, 0, 0)
    width, below = len(rows[0]), rows[1:]
    even = sum(len(row) == width for row in below) / len(below) if below else 1
    return (wanted in rows[0], even, width)


def _first(text: str, delimiter: str) -> Iterator[Sequence[str]]:
    try:
        yield from islice((row for _, row in rows_of(text, delimiter) if row), _LOOKED_AT)
    except SpreadsheetFault:
        yield ()


def _unmarked(data: bytes) -> str:
    """UTF-8, unless every other byte of the start is zero, as in UTF-16 of a heading."""
    start = data[:8]
    if len(start) == 8 and not any(start[1::2]) and all(start[::2]):
        return "utf-16-le"
    return "utf-16-be" if len(start) == 8 and not any(start[::2]) and all(start[1::2]) else "utf-8"


def _heading(text: str, delimiter: str) -> Sequence[str]:
    try:
        return next((tuple(map(_line_feeds, row)) for _, row in rows_of(text, delimiter)), ())
    except SpreadsheetFault:
        return ()


def rows_of(text: str, delimiter: str, line: int = 1) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line on which it starts, its cells as they stand; `line` is that of the first.

    Raises:
        SpreadsheetFault: quotation marks do not match up.
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
                f"the quotation marks do not match up: {error}",
                "open the file in the spreadsheet and save it as CSV again",
                number,
                line + rows.line_num - 1,
            ) from error
        yield line + before, row


def _line_feeds(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\r", "\n")
