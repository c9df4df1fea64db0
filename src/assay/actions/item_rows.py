"""Items as other tools give them: JSON lines or a table of cells, in item form or as plain objects."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TypeAlias

from assay.errors import LimitError, UsageError
from assay.labels.records import ITEM
from assay.model.finding import Fault, FaultError
from assay.model.json import Json, JsonObject
from assay.model.names import id_text, legible
from assay.store.files import read_bytes
from assay.store.lines import USUAL, Bounds, Line, read_lines
from assay.store.spreadsheet import DELIMITERS, CsvText, rows_of
from assay.store.strict_json import LINE_LIMIT, JsonFault, JsonFaultKind, parse_record

Told: TypeAlias = Callable[[str], object]

_TABLES = frozenset({".csv", ".tsv", ".tab"})
_META = "meta."
_GROUP = "group"
_SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """An item record (`id`, `data`, perhaps `meta` and `group`) and the line on which it starts."""

    line: int
    record: JsonObject


@dataclass(frozen=True, slots=True)
class Ids:
    """Where ids come from: a key or column, or (`key` None) the number of the row after a name, such as `new-1`."""

    key: str | None
    name: str = ""
    _rows: Iterator[int] = field(default_factory=lambda: count(1), compare=False)

    def given(self, value: JsonObject) -> Json:
        """The id of the next row, which holds `value`."""
        return f"{self.name}-{next(self._rows)}" if self.key is None else value.get(self.key)


def read_items(path: Path, ids: Ids, told: Told, bounds: Bounds = USUAL) -> Iterator[ItemRow | Fault]:
    """The items of a file in its order: a table of cells, else JSON lines, plain or `.gz`; a line that is no item is a fault.

    A table is what is called `.csv`, `.tsv` or `.tab`, and a `.txt` that does not begin with a brace; `told` is told how
    its cells are told apart. An object whose `data` is an object is in item form. In any other, and in a row of a table,
    `ids` says where the id stands, `group` holds the group, `meta` or `meta.KEY` what is not shown, and the rest is `data`.
    An empty cell states nothing, and a row of empty cells is none.

    Raises:
        UsageError: the file cannot be read, or its columns cannot be told apart.
        LimitError: it is too large.
    """
    return _table_rows(path, ids, told, bounds) if _is_table(path, bounds) else _json_rows(path, ids, bounds)


def _is_table(path: Path, bounds: Bounds) -> bool:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes[-1:] == [".gz"] and suffixes[-2:-1] and suffixes[-2] in _TABLES:
        raise UsageError(f"{legible(path.as_posix())} is a packed table", hint=f"unpack it first: gunzip --keep {path}")
    if suffixes[-1:] == [".txt"]:
        return not _bytes(path, bounds).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    return suffixes[-1:] != [] and suffixes[-1] in _TABLES


def _json_rows(path: Path, ids: Ids, bounds: Bounds) -> Iterator[ItemRow | Fault]:
    for line in read_lines(path, bounds=bounds):
        if line.data is not None and not line.data.strip():
            continue
        try:
            yield ItemRow(line=line.number, record=_from_object(_object(line), ids))
        except FaultError as fault:
            yield Fault(line=line.number, message=fault.message)


def _object(line: Line) -> JsonObject:
    if line.data is None:
        raise JsonFault(JsonFaultKind.LINE_TOO_LONG, f"longer than {LINE_LIMIT:,} bytes")
    return parse_record(line.data)


def _from_object(value: JsonObject, ids: Ids) -> JsonObject:
    if isinstance(value.get("data"), dict):
        if ids.key is None and "id" in value:
            raise FaultError("an item with an id, where rows are to be numbered")
        known = {ids.key, *ITEM.keys}
        if unknown := [name for name in value if name not in known]:
            raise FaultError(f"unknown key {unknown[0][:_SHOWN]!r} beside data")
        return _record(ids.given(value), value["data"], _object_at(value, "meta"), value.get(_GROUP))
    stated = _object_at(value, "meta") or {}
    dotted = {name.removeprefix(_META): part for name, part in value.items() if name.startswith(_META)}
    if twice := stated.keys() & dotted.keys():
        raise FaultError(f"meta: {min(twice)[:_SHOWN]!r} stands twice")
    taken = {ids.key, "meta", _GROUP}
    data: JsonObject = {name: part for name, part in value.items() if name not in taken and not name.startswith(_META)}
    if not data:
        raise FaultError("no data: nothing is left to show besides the id")
    return _record(ids.given(value), data, {**stated, **dotted} or None, value.get(_GROUP))


def _object_at(value: JsonObject, name: str) -> "JsonObject | None":
    part = value.get(name)
    if part is not None and not isinstance(part, dict):
        raise FaultError(f"{name}: expected an object in braces")
    return part


def _record(identity: Json, data: Json, meta: "JsonObject | None", group: Json) -> JsonObject:
    record: JsonObject = {"id": _text("the id", identity), "data": data}
    if meta is not None:
        record["meta"] = meta
    if group is not None:
        record[_GROUP] = _text(_GROUP, group)
    return record


def _text(noun: str, value: Json) -> str:
    text = id_text(value)
    if not isinstance(text, str) or not text:
        raise FaultError(
            f"{noun} is missing" if value is None or value == "" else f"{noun} is neither text nor a whole number"
        )
    return text


def _table_rows(path: Path, ids: Ids, told: Told, bounds: Bounds) -> Iterator[ItemRow | Fault]:
    name = legible(path.as_posix())
    try:
        table = CsvText(_bytes(path, bounds))
        delimiter = table.delimiter(ids.key)
        rows = rows_of(table.text[table.start :], delimiter, 2 if table.named else 1)
        _, heading = next(rows, (1, []))
    except FaultError as error:
        fault = error.fault
        raise UsageError(f"{name}{f':{fault.line}' if fault.line else ''} {fault.message}", hint=fault.hint) from error
    columns = ", ".join(map(repr, heading)) or "none"
    told(f"read as CSV separated by {DELIMITERS[delimiter]}, {table.encoding}; columns: {columns}")
    _refuse_heading(f"{name}:{2 if table.named else 1}", heading, ids)
    try:
        for line, row in rows:
            if any(row):
                yield _table_row(line, heading, row, ids)
    except FaultError as error:
        yield Fault(line=error.fault.line, message=f"not CSV: {error.message}")


def _table_row(line: int, heading: list[str], row: list[str], ids: Ids) -> ItemRow | Fault:
    if len(row) != len(heading):
        return Fault(line=line, message=f"{len(row)} cells, and the heading has {len(heading)}")
    stated: JsonObject = {name: cell for name, cell in zip(heading, row, strict=True) if cell}
    try:
        return ItemRow(line=line, record=_from_object(stated, ids))
    except FaultError as refused:
        return Fault(line=line, message=refused.message)


def _bytes(path: Path, bounds: Bounds) -> bytes:
    try:
        return read_bytes(path, limit=bounds.total)
    except LimitError as error:
        raise LimitError(error.message, hint=bounds.remedy) from error
    except OSError as error:
        name = legible(path.as_posix())
        raise UsageError(f"{name}: {error.strerror}", hint="name a file that exists and may be read") from error


def _refuse_heading(at: str, heading: list[str], ids: Ids) -> None:
    if ids.key is not None and ids.key not in heading:
        columns = ", ".join(map(repr, heading)) or "none"
        raise UsageError(
            f"{at} no column {ids.key!r}",
            hint=f"--id names the one that holds the id, --id-by-row numbers the rows; columns: {columns}",
        )
    if twice := next((column for column, times in Counter(heading).items() if times > 1), None):
        raise UsageError(f"{at} the column {twice!r} stands twice", hint="give each column a name of its own")
    if "" in heading:
        raise UsageError(f"{at} a column has no name", hint="name it, or delete it")
