"""Read a pool: what can be labelled."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import UnionType

import numpy as np
import orjson
from msgspec import UNSET

from assay.core import Codes, Column, Fault, Finding, ItemTable, Json, Scale, difference_between, escape, lookalikes
from assay.git import Snapshot
from assay.labels.faults import Faults, out_of_form, reported
from assay.labels.media import Gallery, item_digests
from assay.labels.paths import LabelFile, few_enough, read_label_file
from assay.labels.reader import POINTER, Lines, read_lines
from assay.labels.records import ITEM, Item
from assay.project import TaskSchema

_AT_ONCE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The items of a pool, sorted by id; `index` gives an id's position.

    `lengths` says by `x-source` key how long each item's source is: code points of a text, elements of an array, -1
    where the item has none; `lists` the same of those that a sequence refers to, -1 where the source is not an array. `broken`
    are the ids of items that cannot be read: records of them are not used, and are no fault of their own. `whole` is false
    where a shard is not here, so that not all items are known. `content` is what `ItemTable` has.
    """

    ids: tuple[str, ...]
    data: Sequence[bytes]
    meta: Sequence[bytes]
    group: Column
    index: Mapping[str, int]
    lengths: Mapping[str, Codes]
    lists: Mapping[str, Codes]
    broken: frozenset[str]
    whole: bool = True
    content: tuple[str, ...] = ()

    @property
    def table(self) -> ItemTable:
        """The items as columns of a corpus in which it is not known yet what is current."""
        none = np.full(len(self.ids), -1, dtype=np.int32)
        return ItemTable(
            ids=self.ids,
            data=self.data,
            meta=self.meta,
            group=self.group,
            current_batch=none,
            open_batch=none,
            content=self.content,
        )


class _PoolBuilder:
    """Items met so far, with the place of each."""

    def __init__(self, schema: TaskSchema, gallery: Gallery | None = None) -> None:
        self.schema = schema
        self.gallery = gallery
        self.rows: dict[str, Item] = {}
        self.places: dict[str, tuple[str, int]] = {}
        self.files: dict[str, tuple[tuple[str, str], ...]] = {}
        self.broken: set[str] = set()
        self.whole = True

    def take(self, lines: Lines[Item], path: str) -> Iterator[Fault]:
        """Takes the items of a shard; yields the faults of those that can be read."""
        self.broken |= lines.faults.items
        self.whole = self.whole and not lines.faults.number(POINTER)
        for record, line in zip(lines.records, lines.numbers, strict=True):
            if record.id in self.places:
                earlier, number = self.places[record.id]
                message = f"item {record.id!r} is already in {earlier}:{number}"
                yield Fault(line=line, rule="item/duplicate-id", message=message, pointer="/id", item=record.id)
                continue
            self.places[record.id] = (path, line)
            self.rows[record.id] = record
            yield from self.item_faults(record, line)

    def pool(self) -> Pool:
        """The items, sorted."""
        pool = _columns(self.rows, self.schema, broken=self.broken - self.rows.keys(), whole=self.whole)
        if self.gallery is None:
            return pool
        files = {at: self.files[id_] for at, id_ in enumerate(pool.ids) if id_ in self.files} if self.files else {}
        return replace(pool, content=item_digests(pool.data, files, self.gallery))

    def resembling(self) -> Mapping[str, Sequence[Fault]]:
        """`item/look-alike` by shard: each item whose id looks like one that sorts before it."""
        found: dict[str, list[Fault]] = {}
        for first, *others in lookalikes(self.places):
            for item in others:
                path, line = self.places[item]
                message = f"item {difference_between(first, item)}"
                fault = Fault(line=line, rule="item/look-alike", message=message, pointer="/id", item=item)
                found.setdefault(path, []).append(fault)
        return found

    def duplicates(self, pool: Pool) -> Mapping[str, Sequence[Fault]]:
        """A fault for each item with the same content as an item of a smaller id, by its shard."""
        found: dict[str, list[Fault]] = defaultdict(list)
        first: dict[str, str] = {}
        for id_, content in zip(pool.ids, pool.content, strict=bool(pool.content)):
            earlier = first.setdefault(content, id_)
            if content and earlier != id_:
                (path, line), (there, number) = self.places[id_], self.places[earlier]
                found[path].append(_shows(id_, line, earlier, there, number))
        return found

    def admits(self, records: Sequence[Item]) -> bool:
        """Whether it is clear at once that nothing is wrong with the data of items, and that they name no files."""
        whole = b"[%s]" % b",".join(bytes(record.data) for record in records)
        if self.gallery and self.gallery.concerns(whole):
            return False
        return self.schema.item is None or all(map(self.schema.item.admits, orjson.loads(whole)))

    def item_faults(self, record: Item, line: int) -> Iterator[Fault]:
        """What is wrong with the data of an item, and with the files that it names."""
        raw = bytes(record.data)
        gallery = self.gallery if self.gallery and self.gallery.concerns(raw) else None
        if self.schema.item is None and gallery is None:
            return
        data = orjson.loads(raw)
        for fault in self.schema.item_faults(data):
            message = f"{fault.pointer.removeprefix('/') or 'data'}: {fault.message}"
            pointer = f"/data{fault.pointer}"
            yield replace(fault, line=line, rule="item/schema", message=message, pointer=pointer, item=record.id)
        if gallery is not None:
            if named := tuple(gallery.files(data)):
                self.files[record.id] = named
            for key, seen in gallery.faults(data):
                fault = Fault(line=line, rule=seen.rule, message=f"{key}: {seen.message}", fix=seen.fix, item=record.id)
                yield replace(fault, pointer=f"/data/{escape(key)}")


def _columns(rows: Mapping[str, Item], schema: TaskSchema, *, broken: Collection[str], whole: bool) -> Pool:
    """The pool of items by id."""
    ids = tuple(sorted(rows))
    records = [rows[name] for name in ids]
    data = tuple(bytes(record.data) for record in records)
    stated = [None if record.group is UNSET else record.group for record in records]
    groups = tuple(sorted({group for group in stated if group is not None}))
    code: dict[str | None, int] = {group: number for number, group in enumerate(groups)}
    sources = {field.source for field in schema.fields if field.source is not None}
    listed = {field.source for field in schema.fields if field.source is not None and field.scale is Scale.SEQUENCE}
    parsed = [orjson.loads(raw) for raw in data] if sources else []
    return Pool(
        ids=ids,
        data=data,
        meta=tuple(bytes(record.meta) or b"{}" for record in records),
        group=Column(values=groups, codes=np.array([code.get(group, -1) for group in stated], dtype=np.int32)),
        index={name: place for place, name in enumerate(ids)},
        broken=frozenset(broken),
        whole=whole,
        lengths={source: _lengths(parsed, source, str | list) for source in sorted(sources)},
        lists={source: _lengths(parsed, source, list) for source in sorted(listed)},
    )


def read_pool(
    snapshot: Snapshot, files: Sequence[LabelFile], schema: TaskSchema, gallery: Gallery | None = None
) -> tuple[Pool, tuple[Finding, ...]]:
    """The items of a pool, and the findings on its files and on their media.

    Raises:
        LimitError: a shard is larger than assay reads.
        UsageError: it may not be read.
    """
    builder = _PoolBuilder(schema, gallery)
    read: list[tuple[LabelFile, Faults]] = []
    for file in files:
        lines = shard_lines(snapshot, file)
        faults = Faults(file, lines.faults, builder.take(lines, file.path))
        faults.extend(_out_of_order(lines, faults))
        read.append((file, faults))
    pool = builder.pool()
    resembling, duplicates = builder.resembling(), builder.duplicates(pool)
    for file, faults in read:
        faults.extend((*resembling.get(file.path, ()), *duplicates.get(file.path, ())))
    return pool, tuple(one for file, faults in read for one in reported(file, faults))


def shard_lines(snapshot: Snapshot, file: LabelFile, *, trusted: bool = False) -> Lines[Item]:
    """The lines of a shard of a pool; `trusted` as `read_lines` takes it.

    Raises:
        LimitError, UsageError: as `read_pool`.
    """
    return read_lines(few_enough(file, read_label_file(snapshot, file)), ITEM, file, trusted=trusted)


def judge_shard(file: LabelFile, lines: Lines[Item], schema: TaskSchema, gallery: Gallery) -> tuple[Finding, ...]:
    """What is wrong with a shard by itself, if every line of it can be read and no id occurs twice."""
    builder, faults, records = _PoolBuilder(schema, gallery), Faults(file), lines.records
    for start in range(0, len(records), _AT_ONCE):
        part = records[start : start + _AT_ONCE]
        if not builder.admits(part):
            numbered = zip(part, lines.numbers[start:], strict=False)
            faults.extend(fault for record, line in numbered for fault in builder.item_faults(record, line))
    faults.extend(_out_of_order(lines, faults))
    return tuple(reported(file, faults))


def _out_of_order(lines: Lines[Item], faults: Faults) -> Iterator[Fault]:
    ids = [record.id for record in lines.records]
    places = np.arange(len(ids))
    if (ordered := sorted(ids)) != ids:
        rank = {id_: place for place, id_ in enumerate(ordered)}
        places = np.array([rank[id_] for id_ in ids], dtype=np.int64)
    yield from out_of_form(lines, places, faults.lines)


def same_content(items: Iterable[tuple[LabelFile, int, str, str]]) -> Iterator[Finding]:
    """`item/duplicate` at each item with the content of an item of a smaller id: files, lines, ids and contents."""
    faults: dict[LabelFile, Faults] = {}
    first: dict[str, tuple[LabelFile, int, str]] = {}
    for file, line, id_, content in sorted(items, key=lambda one: one[2]):
        there, number, earlier = first.setdefault(content, (file, line, id_))
        if earlier != id_:
            faults.setdefault(file, Faults(file)).add(_shows(id_, line, earlier, there.path, number))
    for file, several in faults.items():
        yield from reported(file, several)


def _shows(id_: str, line: int, earlier: str, path: str, number: int) -> Fault:
    message = f"item {id_!r} shows what item {earlier!r} in {path}:{number} shows"
    return Fault(line=line, rule="item/duplicate", message=message, pointer="/data", item=id_)


def pool_of(lines: Lines[Item], schema: TaskSchema) -> Pool:
    """A pool of lines that were read before; what is wrong with its items is not looked for."""
    rows = {record.id: record for record in reversed(lines.records)}
    broken, whole = lines.faults.items - rows.keys(), not lines.faults.number(POINTER)
    return _columns(rows, schema, broken=broken, whole=whole)


def _lengths(parsed: Sequence[Json], source: str, kinds: UnionType | type) -> Codes:
    """How long the source of each item is, -1 where it has none of the kinds."""
    values = (data.get(source) if isinstance(data, dict) else None for data in parsed)
    sizes = (len(value) if isinstance(value, kinds) and isinstance(value, str | list) else -1 for value in values)
    return np.fromiter(sizes, dtype=np.int32, count=len(parsed))
