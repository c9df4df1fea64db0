"""What is wrong with a pool, and its items: shard by shard where that is enough, else from reading it as a whole."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TypeVar

from msgspec import UNSET

from assay.core import Finding, Severity, content_digest
from assay.files import Store, digest_of_code, digest_of_parts
from assay.git import Snapshot
from assay.labels.batch_files import state_of
from assay.labels.items import Pool, judge_shard, read_pool, same_content, shard_lines
from assay.labels.media import Gallery
from assay.labels.paths import FileRole, LabelFile, Layout
from assay.labels.pool_shards import PoolIndex
from assay.labels.pool_table import PoolTable, table_of_pool, table_of_shards
from assay.labels.records import Item
from assay.project import TaskSchema

T = TypeVar("T")
_SHOWN = frozenset({"item/media", "item/no-media", "item/duplicate"})


@dataclass(frozen=True)
class PoolResults:
    """A task's pool at one state of the project; what was found before is in the store of its index."""

    snapshot: Snapshot
    pool: str
    schema: TaskSchema
    layout: Layout
    index: PoolIndex

    @property
    def findings(self) -> Iterable[Finding]:
        """What is wrong with its files, its items and their media."""
        if not self._by_shard:
            return self._kept("pool", self.state, lambda: self._read[1])
        return self._of_shards()

    @property
    def errors(self) -> Iterator[Finding]:
        """The errors but those of media: with one, what the pool has of an item is not known for sure."""
        return (one for one in self.findings if one.severity is Severity.ERROR and one.rule not in _SHOWN)

    def _of_shards(self) -> Iterator[Finding]:
        files = {file.path: file for file in self.layout.of(FileRole.ITEMS)}
        for file in files.values():
            yield from self._kept("shard", partial(self._state, file.path), partial(self._judged, file))
        alike = ((files[path], line, item.id, content) for path, line, item, content in self._alike if path in files)
        yield from same_content(alike)

    @property
    def items(self) -> Pool:
        """All its items, with the digests of their contents.

        Raises:
            LimitError, UsageError: a shard is larger than assay reads, or may not be read.
        """
        return self.index.everything(self.schema) if self._by_shard else self._read[0]

    @cached_property
    def table(self) -> PoolTable:
        """All its items, of which only some are in memory at a time.

        Raises:
            LimitError, UsageError: a shard is larger than assay reads, or may not be read.
        """
        return table_of_shards(self.index) if self._by_shard else table_of_pool(self._read[0])

    @property
    def data(self) -> Iterator[bytes]:
        """The data of its items, shard by shard, as far as they are asked for."""
        for file in self.layout.of(FileRole.ITEMS):
            yield from (bytes(item.data) for item in shard_lines(self.snapshot, file).records)

    @property
    def alike(self) -> Sequence[tuple[str, str, str | None]]:
        """At least the items that another one has the content of: id, digest of the content, and group; sorted."""
        if self._by_shard:
            stated = ((item.id, content, item.group) for _, _, item, content in self._alike)
            return sorted((id_, content, None if group is UNSET else group) for id_, content, group in stated)
        pool = self._read[0]
        groups = (*pool.group.values, None)
        return [*zip(pool.ids, pool.content, (groups[code] for code in pool.group.codes.tolist()), strict=True)]

    def state(self) -> list[bytes]:
        """What it depends on: the schema, and every file of the pool."""
        return self._state(f"labels/items/{self.pool}")

    def _state(self, place: str) -> list[bytes]:
        return [state_of(self.schema), *listed(self.snapshot, place)]

    @cached_property
    def _by_shard(self) -> bool:
        """Whether what is wrong can be told from each shard by itself, and from digests of all."""
        return self.index.is_sound and not self.snapshot.is_folder(f"labels/items/{self.pool}/media")

    @cached_property
    def _alike(self) -> Sequence[tuple[str, int, Item, str]]:
        """The items whose content another item may have: path, line, the item, and the digest of its content."""
        return [(*one, content_digest(bytes(one[2].data))) for one in self.index.repeated()]

    @cached_property
    def _read(self) -> tuple[Pool, tuple[Finding, ...]]:
        return read_pool(self.snapshot, self.layout.of(FileRole.ITEMS), self.schema, self._gallery)

    def _judged(self, file: LabelFile) -> Sequence[Finding]:
        """What is wrong with a shard whose lines are all canonical."""
        lines = shard_lines(self.snapshot, file, trusted=True)
        return judge_shard(file, lines, self.schema, self._gallery)

    @property
    def _gallery(self) -> Gallery:
        return Gallery(self.snapshot, self.pool, self.schema)

    def _kept(
        self, what: str, state: Callable[[], Iterable[bytes]], judge: Callable[[], Iterable[Finding]]
    ) -> list[Finding]:
        return kept(self.index.store, what, state, list[Finding], lambda: list(judge()))


def kept(store: Store, what: str, state: Callable[[], Iterable[bytes]], kind: type[T], make: Callable[[], T]) -> T:
    """A value that depends on nothing but a state, as an object of a type; it is made where it is not known.

    It is not kept where the state has changed meanwhile.
    """

    def key() -> str:
        return f"{what}:{digest_of_parts([digest_of_code().encode(), *state()])}"

    before = key()
    return store.value(before, kind, make, is_still=lambda: key() == before)


def listed(snapshot: Snapshot, *places: str) -> list[bytes]:
    """What is at some paths and below some folders, for a key."""
    paths = {path for place in places for path in (place, *snapshot.under(place))}
    found = snapshot.contents(sorted(paths))
    return [f"{path} {content}".encode(errors="surrogateescape") for path, content in found.items()]
