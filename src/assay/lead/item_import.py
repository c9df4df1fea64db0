"""`assay import items`: unlabelled items into a pool, from JSON lines or a table."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TypeAlias

from assay import files
from assay.clone import checked_name
from assay.core import (
    Fault,
    FaultError,
    Finding,
    Json,
    JsonObject,
    Location,
    Where,
    fold_findings,
    id_text,
    is_name,
    legible,
    name_from,
)
from assay.errors import ConfigError, LimitError, UsageError
from assay.formats import found_in
from assay.labels import ITEM, Gallery, dump_record, read_lines
from assay.lead.existing_source import items_alike
from assay.project import Project, TaskSchema, Validator, load_schema

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
    """The source of ids: a key or column, or (`key` None) a name and the number of the row, such as `new-1`."""

    key: str | None
    name: str = ""
    _rows: Iterator[int] = field(default_factory=lambda: count(1), compare=False)

    def next_for(self, value: JsonObject) -> Json:
        """The id of the next row, `value`."""
        return f"{self.name}-{next(self._rows)}" if self.key is None else value.get(self.key)


def read_items(
    path: Path, ids: Ids, notify: Callable[[str], object], bounds: files.Bounds = files.USUAL
) -> Iterator[ItemRow | Fault]:
    """The items of a file in its order, from a table or JSON lines, plain or `.gz`; a line that is not an item is a fault.

    Tables are `.csv`, `.tsv` and `.tab` files, and a `.txt` that does not begin with a brace; `notify` gets the format of a
    table. An object whose `data` is an object is an item. In any other object, and in a row of a table, `ids` finds the id,
    `group` is the group, `meta` or `meta.KEY` is not shown, and the rest is `data`. Empty cells and rows are skipped.

    Raises:
        UsageError: the file cannot be read, or its columns cannot be separated.
        LimitError: it is too large.
    """
    return _table_rows(path, ids, notify, bounds) if _is_table(path, bounds) else _json_rows(path, ids, bounds)


def _is_table(path: Path, bounds: files.Bounds) -> bool:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes[-1:] == [".gz"] and suffixes[-2:-1] and suffixes[-2] in _TABLES:
        raise UsageError(
            f"{legible(path.as_posix())} is a compressed table", fix=f"decompress it first: gunzip --keep {path}"
        )
    if suffixes[-1:] == [".txt"]:
        return not _bytes(path, bounds).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    return suffixes[-1:] != [] and suffixes[-1] in _TABLES


def _json_rows(path: Path, ids: Ids, bounds: files.Bounds) -> Iterator[ItemRow | Fault]:
    for line in files.stream_lines(path, bounds=bounds):
        if line.data is not None and not line.data.strip():
            continue
        try:
            if line.data is None:
                raise files.JsonFault(files.JsonFaultKind.LINE_TOO_LONG, f"longer than {files.LINE_LIMIT:,} bytes")
            yield ItemRow(line=line.number, record=_from_object(files.parse_record(line.data), ids))
        except FaultError as fault:
            yield Fault(line=line.number, message=fault.message)


def _from_object(value: JsonObject, ids: Ids) -> JsonObject:
    if isinstance(value.get("data"), dict):
        if ids.key is None and "id" in value:
            raise FaultError("an item with an id, although rows are numbered")
        known = {ids.key, *ITEM.keys}
        if unknown := [name for name in value if name not in known]:
            raise FaultError(f"unknown key {unknown[0][:_SHOWN]!r} beside data")
        return _record(ids.next_for(value), value["data"], _object_at(value, "meta"), value.get(_GROUP))
    stated = _object_at(value, "meta") or {}
    dotted = {name.removeprefix(_META): part for name, part in value.items() if name.startswith(_META)}
    if twice := stated.keys() & dotted.keys():
        raise FaultError(f"meta: duplicate key {min(twice)[:_SHOWN]!r}")
    taken = {ids.key, "meta", _GROUP}
    data: JsonObject = {name: part for name, part in value.items() if name not in taken and not name.startswith(_META)}
    if not data:
        raise FaultError("no data: there is nothing to show besides the id")
    return _record(ids.next_for(value), data, {**stated, **dotted} or None, value.get(_GROUP))


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
            f"{noun} is missing" if value is None or value == "" else f"{noun} is neither text nor an integer"
        )
    return text


def _table_rows(
    path: Path, ids: Ids, notify: Callable[[str], object], bounds: files.Bounds
) -> Iterator[ItemRow | Fault]:
    name = legible(path.as_posix())
    try:
        table = files.CsvText(_bytes(path, bounds))
        delimiter = table.delimiter(ids.key)
        rows = files.csv_rows(table.text[table.start :], delimiter, 2 if table.named else 1)
        _, heading = next(rows, (1, []))
    except FaultError as error:
        fault = error.fault
        raise UsageError(f"{name}{f':{fault.line}' if fault.line else ''} {fault.message}", fix=fault.fix) from error
    columns = ", ".join(map(repr, heading)) or "none"
    notify(f"read as CSV separated by {files.DELIMITERS[delimiter]}, {table.encoding}; columns: {columns}")
    at = f"{name}:{2 if table.named else 1}"
    if ids.key is not None and ids.key not in heading:
        fix = f"--id names the id column, --id-by-row numbers the rows; columns: {columns}"
        raise UsageError(f"{at} no column {ids.key!r}", fix=fix)
    if twice := next((column for column, times in Counter(heading).items() if times > 1), None):
        raise UsageError(f"{at} duplicate column {twice!r}", fix="give each column a unique name")
    if "" in heading:
        raise UsageError(f"{at} a column has no name", fix="name it, or delete it")
    try:
        for line, row in rows:
            if any(row):
                yield _table_row(line, heading, row, ids)
    except FaultError as error:
        yield Fault(line=error.fault.line, message=f"not CSV: {error.message}")


def _table_row(line: int, heading: list[str], row: list[str], ids: Ids) -> ItemRow | Fault:
    if len(row) != len(heading):
        return Fault(line=line, message=f"{len(row)} cells, but the heading has {len(heading)}")
    stated: JsonObject = {name: cell for name, cell in zip(heading, row, strict=True) if cell}
    try:
        return ItemRow(line=line, record=_from_object(stated, ids))
    except FaultError as refused:
        return Fault(line=line, message=refused.message)


def _bytes(path: Path, bounds: files.Bounds) -> bytes:
    try:
        return files.read_bytes(path, limit=bounds.total)
    except LimitError as error:
        raise LimitError(error.message, fix=bounds.fix) from error
    except OSError as error:
        name = legible(path.as_posix())
        raise UsageError(f"{name}: {error.strerror}", fix="name a file that exists and may be read") from error


_LISTED = 5
_WANTED = 'an item is a line with the key {!r} (--id names another) and keys to show, or {{"id", "data": {{…}}}}'
_NO_SCHEMA = TaskSchema(task="", fields=(), flags=frozenset(), swap=None, label=Validator({}), item=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedItems:
    """The result of an import: the shard, how many items are new, how many the pool had already, the tasks that use it.

    `media` are problems with the media files of new items, `alike` new ids that look like others.
    """

    path: str
    added: int
    there: int
    tasks: tuple[str, ...]
    media: tuple[Finding, ...] = ()
    alike: tuple[Finding, ...] = ()


_Pool: TypeAlias = Mapping[str, tuple[bytes, str]]
"""The items of a pool by id: the canonical line and the file of each."""


def import_items(  # noqa: PLR0913 - the options of a command
    project: Project,
    file: Path,
    *,
    pool: str,
    key: str | None = "id",
    shard: str | None = None,
    bounds: files.Bounds = files.USUAL,
    notify: Callable[[str], object] = lambda _: None,
) -> ImportedItems:
    """Imports unlabelled items into a pool, all or none (`read_items` describes the file formats).

    New items go to the shard, by default one named after the file. An item that the pool has with the same content stays
    where it is. `key` is the key of the id; None: the shard's name and the row's number. `notify` gets the format of a
    table before any line is refused.

    Raises:
        UsageError: a name cannot be used, or lines cannot be imported: not an item, a duplicate id, an item that the pool
            has with other content or that a task's `x-item` rejects; the first five are listed with their lines.
        ConfigError: a shard of the pool, or the schema of a task that uses it, is broken.
        LimitError: the file, or the shard that would be written, is too large.
    """
    checked_name(pool, "pool", is_name)
    name = checked_name(name_from(file.name.partition(".")[0]) if shard is None else shard, "shard", is_name)
    path = f"labels/items/{pool}/{name}.jsonl"
    was = {path: files.digest_here(project.root, path)}
    existing = dict(_pool_items(project, pool))
    schemas = tuple(load_schema(project, entry.name) for entry in project.tasks.values() if entry.pool == pool)
    galleries = [Gallery(project.snapshot, pool, schema) for schema in schemas or (_NO_SCHEMA,)]
    taker = _Taker(existing, schemas, galleries, legible(file.as_posix()))
    faults = [fault for row in read_items(file, Ids(key, name), notify, bounds) for fault in taker.take(row)]
    shape = "" if not taker.strange else f"\n  {_WANTED.format(key or 'id')}; found: {found_in(file, bounds).words}"
    _refuse(file, faults, len(taker.new) + taker.there, shape)
    if taker.new:
        files.write_all(project.root, {path: _shard(path, existing, taker.new)}, was=was)
    return ImportedItems(
        path=path,
        added=len(taker.new),
        there=taker.there,
        tasks=tuple(schema.task for schema in schemas),
        media=fold_findings(tuple(dict.fromkeys(taker.media))),
        alike=fold_findings(tuple(items_alike(taker.new, existing, taker.place))),
    )


class _Taker:
    """Takes items one by one and yields their faults. `strange`: the first line is not an item, so perhaps no line is."""

    def __init__(self, existing: _Pool, schemas: Iterable[TaskSchema], galleries: Iterable[Gallery], path: str) -> None:
        self.existing = existing
        self.schemas = tuple(schemas)
        self.galleries = tuple(galleries)
        self.path = path
        self.media: list[Finding] = []
        self.new: dict[str, bytes] = {}
        self.there = self.rows = 0
        self.strange = False
        self._first: dict[str, int] = {}

    def take(self, row: ItemRow | Fault) -> Iterator[Fault]:
        self.strange = self.strange or (isinstance(row, Fault) and not self.rows)
        self.rows += 1
        if isinstance(row, Fault):
            yield row
            return
        item = str(row.record["id"])
        line = dump_record(ITEM, row.record)
        problems = list(self._problems(row, item, line))
        yield from (Fault(line=row.line, message=problem) for problem in problems)
        if problems:
            return
        if item in self.existing:
            self.there += 1
        else:
            self.new[item] = line
            at = Location(path=self.path, line=row.line)
            for gallery in self.galleries:
                self.media += gallery.findings(row.record["data"], at, Where(item=item))

    def place(self, item: str) -> Location:
        return Location(path=self.path, line=self._first[item])

    def _problems(self, row: ItemRow, item: str, line: bytes) -> Iterator[str]:
        if (first := self._first.setdefault(item, row.line)) < row.line:
            yield f"duplicate item {item!r}, first on line {first}"
        if len(line) > files.LINE_LIMIT:
            yield f"item {item!r} is {len(line):,} bytes long; the limit is {files.LINE_LIMIT:,}"
        if item in self.existing:
            known, path = self.existing[item]
            if known != line:
                yield f"item {item!r} has other content in {path}"
            return
        for schema in self.schemas:
            for fault in schema.item_faults(row.record["data"]):
                yield f"item {item!r}: {fault.pointer.removeprefix('/') or 'data'}: {fault.message} ({schema.task})"


def _pool_items(project: Project, pool: str) -> Iterator[tuple[str, tuple[bytes, str]]]:
    folder = files.inside(project.root, f"labels/items/{pool}")
    for shard in sorted(folder.glob("*.jsonl")):
        path = shard.relative_to(project.root).as_posix()
        lines = read_lines(files.read_bytes(files.inside(project.root, path)), ITEM)
        if lines.faults:
            fault = min(lines.faults, key=lambda one: one.line)
            raise ConfigError(f"{path}:{fault.line} {fault.message}", fix="run `assay check --all` and fix the pool")
        for record in lines.records:
            yield record.id, (ITEM.encoder.encode(record), path)


def _refuse(file: Path, faults: list[Fault], taken: int, shape: str) -> None:
    name = legible(file.as_posix())
    if faults:
        shown = "\n".join(f"  {name}:{fault.line} {fault.message}" for fault in faults[:_LISTED])
        more = f"\n  … and {len(faults) - _LISTED:,} more" if len(faults) > _LISTED else ""
        raise UsageError(
            f"{name}: nothing was imported, these lines cannot be imported:\n{shown}{more}{shape}",
            fix="fix the file and import it again; an item of the pool keeps its content, a new item needs a new id",
        )
    if not taken:
        raise UsageError(f"{name} has no items", fix="one object a line, or a CSV with a heading")


def _shard(path: str, existing: _Pool, new: Mapping[str, bytes]) -> bytes:
    lines = {**{item: line for item, (line, place) in existing.items() if place == path}, **new}
    data = b"".join(b"%b\n" % lines[item] for item in sorted(lines))
    if len(data) > files.FILE_LIMIT:
        raise LimitError(
            f"{path} would be {len(data) / 2**20:,.0f} MiB, more than the limit",
            fix="import the file in parts, each with its own --shard",
        )
    return data
