"""`assay import items`: what is to be labelled, into a pool."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assay.actions.brought_alike import items_alike
from assay.actions.item_rows import Ids, ItemRow, Told, read_items
from assay.actions.project_file import checked_name
from assay.errors import ConfigError, LimitError, UsageError
from assay.interchange import found_in
from assay.labels.media import Gallery
from assay.labels.reader import read_lines
from assay.labels.records import ITEM, dump_record
from assay.model.capped import folded
from assay.model.catalogue import Where
from assay.model.finding import Fault, Finding, Location
from assay.model.names import is_name, legible, name_from
from assay.project import Project
from assay.schemas import TaskSchema, load_schema
from assay.schemas.validator import Validator
from assay.store.files import FILE_LIMIT, digest_here, inside, read_bytes, write_all
from assay.store.lines import USUAL, Bounds
from assay.store.strict_json import LINE_LIMIT

_LISTED = 5
_WANTED = (
    'an item is a line with the key {!r} (--id names another) and others that are shown, or {{"id", "data": {{…}}}}'
)
_NO_SCHEMA = TaskSchema(task="", fields=(), flags=frozenset(), swap=None, label=Validator({}), item=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedItems:
    """What came into a pool: the shard, how many items are new, how many it had already, the tasks that use it.

    `media` is what is wrong with the pictures, sounds and films that the new items name, `alike` which of their ids look
    like others.
    """

    path: str
    added: int
    there: int
    tasks: tuple[str, ...]
    media: tuple[Finding, ...] = ()
    alike: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Held:
    """An item that the pool has: its canonical line, and where it stands."""

    line: bytes
    path: str


def import_items(  # noqa: PLR0913 - the options of a command
    project: Project,
    file: Path,
    *,
    pool: str,
    key: str | None = "id",
    shard: str | None = None,
    bounds: Bounds = USUAL,
    told: Told = lambda _: None,
) -> ImportedItems:
    """Brings unlabelled items into a pool, all of them or none (see `read_items` for what a file may look like).

    New items go to the shard, one of the file's name where none is stated. An item that the pool has with the same
    content stays where it is. `key` is what holds an item's id; None: its row's number does, after the shard's name. `told`
    is told how a table was read, before anything is refused.

    Raises:
        UsageError: a name cannot be used, or lines cannot be taken: no item, an id twice, an item that the pool has with
            other content or that a task's `x-item` rejects; the first five are listed with their lines.
        ConfigError: a shard of the pool, or the schema of a task that uses it, is broken.
        LimitError: the file, or the shard that would be written, is too large.
    """
    checked_name(pool, "pool", is_name)
    name = checked_name(name_from(file.name.partition(".")[0]) if shard is None else shard, "shard", is_name)
    path = f"labels/items/{pool}/{name}.jsonl"
    was = {path: digest_here(project.root, path)}
    held = dict(_held(project, pool))
    schemas = tuple(load_schema(project, entry.name) for entry in project.tasks.values() if entry.pool == pool)
    galleries = [Gallery(project.snapshot, pool, schema) for schema in schemas or (_NO_SCHEMA,)]
    taker = _Taker(held, schemas, galleries, legible(file.as_posix()))
    faults = [fault for row in read_items(file, Ids(key, name), told, bounds) for fault in taker.take(row)]
    shape = "" if not taker.strange else f"\n  {_WANTED.format(key or 'id')}; found: {found_in(file, bounds).words}"
    _refuse(file, faults, len(taker.new) + taker.there, shape)
    if taker.new:
        write_all(project.root, {path: _shard(path, held, taker.new)}, was=was)
    return ImportedItems(
        path=path,
        added=len(taker.new),
        there=taker.there,
        tasks=tuple(schema.task for schema in schemas),
        media=folded(tuple(dict.fromkeys(taker.media))),
        alike=folded(tuple(items_alike(taker.new, held, taker.place))),
    )


class _Taker:
    """Takes item after item; yields what is wrong with it. `strange`: the first line is no item, so the file may hold none."""

    def __init__(
        self, held: Mapping[str, _Held], schemas: Iterable[TaskSchema], galleries: Iterable[Gallery], path: str
    ) -> None:
        self.held = held
        self.schemas = tuple(schemas)
        self.galleries = tuple(galleries)
        self.path = path
        self.media: list[Finding] = []
        self.new: dict[str, bytes] = {}
        self.there = self.rows = 0
        self.strange = False
        self._first: dict[str, int] = {}

    def take(self, row: ItemRow | Fault) -> Iterator[Fault]:
        """Takes a row, unless something is wrong with it."""
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
        if item in self.held:
            self.there += 1
        else:
            self.new[item] = line
            at = Location(path=self.path, line=row.line)
            for gallery in self.galleries:
                self.media += gallery.findings(row.record["data"], at, Where(item=item))

    def place(self, item: str) -> Location:
        """Where the file has an item."""
        return Location(path=self.path, line=self._first[item])

    def _problems(self, row: ItemRow, item: str, line: bytes) -> Iterator[str]:
        if (first := self._first.setdefault(item, row.line)) < row.line:
            yield f"item {item!r} stands already on line {first}"
        if len(line) > LINE_LIMIT:
            yield f"item {item!r} is {len(line):,} bytes long, and a line of a shard holds at most {LINE_LIMIT:,}"
        if item in self.held:
            if self.held[item].line != line:
                yield f"item {item!r} stands with other content in {self.held[item].path}"
            return
        for schema in self.schemas:
            for fault in schema.item_faults(row.record["data"]):
                yield f"item {item!r}: {fault.pointer.removeprefix('/') or 'data'}: {fault.message} ({schema.task})"


def _held(project: Project, pool: str) -> Iterator[tuple[str, _Held]]:
    folder = inside(project.root, f"labels/items/{pool}")
    for shard in sorted(folder.glob("*.jsonl")):
        path = shard.relative_to(project.root).as_posix()
        lines = read_lines(read_bytes(inside(project.root, path)), ITEM)
        if lines.faults:
            fault = min(lines.faults, key=lambda one: one.line)
            raise ConfigError(f"{path}:{fault.line} {fault.message}", hint="run `assay check --all` and mend the pool")
        for record in lines.records:
            yield record.id, _Held(ITEM.encoder.encode(record), path)


def _refuse(file: Path, faults: list[Fault], taken: int, shape: str) -> None:
    name = legible(file.as_posix())
    if faults:
        shown = "\n".join(f"  {name}:{fault.line} {fault.message}" for fault in faults[:_LISTED])
        more = f"\n  … and {len(faults) - _LISTED:,} more" if len(faults) > _LISTED else ""
        raise UsageError(
            f"{name}: nothing was imported, these lines cannot be taken:\n{shown}{more}{shape}",
            hint="mend the file and import it again; an item that the pool has keeps its content, a new one needs a new id",
        )
    if not taken:
        raise UsageError(f"{name} holds no item", hint="one object a line, or a CSV with a heading")


def _shard(path: str, held: Mapping[str, _Held], new: Mapping[str, bytes]) -> bytes:
    lines = {**{item: one.line for item, one in held.items() if one.path == path}, **new}
    data = b"".join(b"%b\n" % lines[item] for item in sorted(lines))
    if len(data) > FILE_LIMIT:
        raise LimitError(
            f"{path} would be {len(data) / 2**20:,.0f} MiB, more than assay reads",
            hint="import the file in parts, each with a --shard of its own",
        )
    return data
