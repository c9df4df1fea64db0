"""Items as other tools give them: JSON lines or CSV, in item form or as plain objects."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assay.errors import LimitError, UsageError
from assay.labels.canonical import RecordKind
from assay.model.json import Json, JsonObject
from assay.model.names import legible
from assay.store.files import read_bytes
from assay.store.lines import USUAL, Bounds, Line, read_lines
from assay.store.strict_json import LINE_LIMIT, JsonFault, JsonFaultKind, parse_strict

_META = "meta."
_GROUP = "group"
_SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """An item record (`id`, `data`, perhaps `meta` and `group`) and the line on which it starts."""

    line: int
    record: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """What is wrong with a line."""

    line: int
    message: str


class _Refused(Exception):  # noqa: N818 - a fault of the data, not of the program
    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def read_items(path: Path, key: str, bounds: Bounds = USUAL) -> Iterator[ItemRow | RowFault]:
    """The items of a file in its order: `.csv`, else JSON lines, plain or `.gz`; a line that is no item is a fault.

    An object whose `data` is an object is in item form. In any other, and in a row of a CSV, `key` holds the id,
    `group` the group, `meta` or `meta.KEY` what is not shown, and the rest is `data`. An empty cell states nothing.

    Raises:
        UsageError: the file cannot be read, or its columns cannot be told apart.
        LimitError: it is too large.
    """
    return _csv_rows(path, key, bounds) if path.suffix.lower() == ".csv" else _json_rows(path, key, bounds)


def _json_rows(path: Path, key: str, bounds: Bounds) -> Iterator[ItemRow | RowFault]:
    for line in read_lines(path, bounds=bounds):
        if line.data is not None and not line.data.strip():
            continue
        try:
            yield ItemRow(line=line.number, record=_from_object(_object(line), key))
        except (_Refused, JsonFault) as fault:
            yield RowFault(line=line.number, message=fault.message)


def _object(line: Line) -> JsonObject:
    if line.data is None:
        raise JsonFault(JsonFaultKind.LINE_TOO_LONG, f"longer than {LINE_LIMIT:,} bytes")
    value = parse_strict(line.data)
    if not isinstance(value, dict):
        raise _Refused("a line holds one object in braces")
    return value


def _from_object(value: JsonObject, key: str) -> JsonObject:
    if isinstance(value.get("data"), dict):
        known = {key, *RecordKind.ITEM.keys}
        if unknown := [name for name in value if name not in known]:
            raise _Refused(f"unknown key {unknown[0][:_SHOWN]!r} beside data")
        return _record(value.get(key), value["data"], _object_at(value, "meta"), value.get(_GROUP))
    stated = _object_at(value, "meta") or {}
    dotted = {name.removeprefix(_META): part for name, part in value.items() if name.startswith(_META)}
    if twice := stated.keys() & dotted.keys():
        raise _Refused(f"meta: {min(twice)[:_SHOWN]!r} stands twice")
    taken = {key, "meta", _GROUP}
    data: JsonObject = {name: part for name, part in value.items() if name not in taken and not name.startswith(_META)}
    if not data:
        raise _Refused("no data: nothing is left to show besides the id")
    return _record(value.get(key), data, {**stated, **dotted} or None, value.get(_GROUP))


def _object_at(value: JsonObject, name: str) -> "JsonObject | None":
    part = value.get(name)
    if part is not None and not isinstance(part, dict):
        raise _Refused(f"{name}: expected an object in braces")
    return part


def _record(identity: Json, data: Json, meta: "JsonObject | None", group: Json) -> JsonObject:
    record: JsonObject = {"id": _text("the id", identity), "data": data}
    if meta is not None:
        record["meta"] = meta
    if group is not None:
        record[_GROUP] = _text(_GROUP, group)
    return record


def _text(noun: str, value: Json) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        raise _Refused(f"{noun} is missing" if value is None or value == "" else f"{noun} is no text")
    return value


def _csv_rows(path: Path, key: str, bounds: Bounds) -> Iterator[ItemRow | RowFault]:
    cells = csv.reader(io.StringIO(_csv_text(path, bounds), newline=""), strict=True)
    try:
        heading = next(cells, [])
        _refuse_heading(path, heading, key)
        start = cells.line_num + 1
        for row in cells:
            if row:
                yield _csv_row(start, heading, row, key)
            start = cells.line_num + 1
    except csv.Error as error:
        yield RowFault(line=cells.line_num, message=f"not CSV: {error}")


def _csv_row(line: int, heading: list[str], row: list[str], key: str) -> ItemRow | RowFault:
    if len(row) != len(heading):
        return RowFault(line=line, message=f"{len(row)} cells, and the heading has {len(heading)}")
    stated: JsonObject = {name: cell for name, cell in zip(heading, row, strict=True) if cell}
    try:
        return ItemRow(line=line, record=_from_object(stated, key))
    except _Refused as refused:
        return RowFault(line=line, message=refused.message)


def _csv_text(path: Path, bounds: Bounds) -> str:
    name = legible(path.as_posix())
    try:
        data = read_bytes(path, limit=bounds.total)
        return data.decode("utf-8-sig")
    except LimitError as error:
        raise LimitError(error.message, hint=bounds.remedy) from error
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror}", hint="name a file that exists and may be read") from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(
            f"{name}:{line} byte {error.start + 1} (0x{data[error.start]:02x}) is not UTF-8",
            hint="save the file as UTF-8 (in a spreadsheet: CSV UTF-8)",
        ) from error


def _refuse_heading(path: Path, heading: list[str], key: str) -> None:
    name = f"{legible(path.as_posix())}:1"
    if key not in heading:
        columns = ", ".join(map(repr, heading)) or "none"
        raise UsageError(f"{name} no column {key!r}", hint=f"--id names the one that holds the id; columns: {columns}")
    if twice := next((column for column, times in Counter(heading).items() if times > 1), None):
        raise UsageError(f"{name} the column {twice!r} stands twice", hint="give each column a name of its own")
    if "" in heading:
        raise UsageError(f"{name} a column has no name", hint="name it, or delete it")
