"""A pool by shard: which line of which shard has an item, so that only the shards that are asked for are read.

What the lines of a shard are about is kept by the shard's content. Ids are compared by digests of 64 bits, which only
widens what is looked at, lines by 128: two lines of one digest would pass for each other.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from itertools import chain, islice, repeat
from typing import TypeAlias, TypeVar

import msgspec
import numpy as np
import orjson
from numpy.typing import NDArray

from assay.core import Ints, content_digests
from assay.errors import UsageError
from assay.files import Store, digest_of_code, digest_of_parts, pointer_of
from assay.git import Snapshot
from assay.labels.items import Pool, pool_of
from assay.labels.jobs import mapped
from assay.labels.paths import FileRole, LabelFile, few_enough, read_label_file
from assay.labels.reader import Lines, identity_of, read_lines
from assay.labels.records import ITEM, Item
from assay.labels.whole_pool import pool_of_shards
from assay.project import TaskSchema

T = TypeVar("T")
Digests: TypeAlias = NDArray[np.uint64]
_HELD = 8
_NOTHING = "0" * 32
_LINE = 16


def digests_of_ids(ids: Iterable[bytes]) -> Digests:
    """A digest of each id, given in UTF-8."""
    return np.frombuffer(b"".join([hashlib.blake2b(id_, digest_size=8).digest() for id_ in ids]), dtype=np.uint64)


class Shard(msgspec.Struct, frozen=True, array_like=True):
    """The lines of a shard that have an id, in their order: digests of id and of line, where a line starts and ends in bytes.

    `contents` are digests of what the items show, of 128 bits, 0 for nothing; only of a shard that `is_formal`: each of its lines is canonical.
    `is_plain`: all ids are lower-case ASCII, so none can look like another one. `whole`: the content is here, not only a pointer.
    """

    ids: bytes
    lines: bytes
    starts: bytes
    ends: bytes
    contents: bytes
    is_formal: bool
    is_plain: bool
    whole: bool


class Places(msgspec.Struct, frozen=True, array_like=True):
    """Lines of a pool: by number of a shard where each starts and ends in bytes; of the whole pool, as `Shard` has it of one."""

    spans: list[tuple[int, bytes, bytes]]
    is_formal: bool
    whole: bool


@dataclass(frozen=True)
class PoolIndex:
    """The shards of a pool at one state of a project; `contents` has the id of the content of each, by path."""

    snapshot: Snapshot
    contents: Mapping[str, str]
    store: Store

    @cached_property
    def digest(self) -> str:
        """A digest of the paths and contents of all shards."""
        return digest_of_parts(f"{path} {content}".encode() for path, content in sorted(self.contents.items()))

    def matching(self, named: Digests) -> str:
        """A digest of what the pool has of the items `named` (sorted, distinct): every line with one of the ids."""
        rows = self._rows(named)
        return digest_of_parts([named.tobytes(), self._ids[rows].tobytes(), self._lines[rows].tobytes(), self._state])

    def items(self, named: Digests, schema: TaskSchema, store: Store | None = None) -> Pool:
        """The items `named` (sorted, distinct); one whose line cannot be read is known as broken.

        Where their lines are is kept, in a store or in that of the index: who asks again needs none of the index.

        Raises:
            LimitError, UsageError: a shard is larger than assay reads, or may not be read.
        """
        key = f"places:{digest_of_code()}:{self.digest}:{digest_of_parts([named.tobytes()])}"
        found = (store or self.store).value(
            key, Places, lambda: self._places(named), is_still=lambda: self._is_still(*self.paths)
        )
        lines: list[bytes] = []
        for number, *spans in found.spans:
            data = self.data(number)
            starts, ends = (np.frombuffer(span, np.int64).tolist() for span in spans)
            lines += [data[start:end] for start, end in zip(starts, ends, strict=True)]
        read = read_lines(b"\n".join([*lines, b""]), ITEM, trusted=found.is_formal)
        return replace(pool_of(read, schema), whole=found.whole)

    def _places(self, named: Digests) -> Places:
        spans = [
            (number, starts.tobytes(), ends.tobytes())
            for number, _, starts, ends in self._spans(np.sort(self._rows(named)))
        ]
        is_formal, whole = (all(getattr(shard, name) for shard in self.shards) for name in ("is_formal", "whole"))
        return Places(spans=spans, is_formal=is_formal, whole=whole)

    def everything(self, schema: TaskSchema) -> Pool:
        """All items, with the digests of their contents; only of a pool that `is_sound`.

        Raises:
            LimitError, UsageError: as `items`.
        """

        def read() -> Iterator[tuple[Lines[Item], Sequence[str]]]:
            for path, shard in zip(self.paths, self.shards, strict=True):
                lines = read_lines(_shard_bytes(self.snapshot, path, self.contents[path]), ITEM, trusted=True)
                digests = shard.contents.hex()
                texts = (digests[start : start + 32] for start in range(0, len(digests), 32))
                # Fewer digests than lines: the shard was edited meanwhile.
                known = [*islice(chain(texts, repeat(_NOTHING)), len(lines.records))]
                yield lines, ["" if text == _NOTHING else text for text in known]

        return pool_of_shards(read(), schema)

    def data(self, number: int) -> bytes:
        """The bytes of a shard by its number.

        Raises:
            LimitError, UsageError: as `items`.
        """
        return _shard_bytes(self.snapshot, self.paths[number], self.contents[self.paths[number]])

    def decoded(self, number: int, decoder: msgspec.json.Decoder[T], *spans: tuple[int, int]) -> list[T]:
        """The lines of a shard, or those between some bytes of it, read by a decoder.

        Raises:
            LimitError, UsageError: as `items`; or it was edited since its lines were looked at.
        """
        data = self.data(number)
        lines = b"\n".join([data[start:end] for start, end in spans]) if spans else data
        try:
            return decoder.decode_lines(lines)
        except msgspec.MsgspecError as error:
            message = f"{self.paths[number]} was edited while it was read: {error}"
            raise UsageError(message, fix="run this again") from error

    def records(self, rows: Ints) -> Sequence[Item]:
        """The items at some rows of all shards one after the other, in that order; only of a pool that `is_sound`.

        Raises:
            LimitError, UsageError: as `items`.
        """
        ascending = np.sort(rows)
        found: list[Item] = []
        for number, _, starts, ends in self._spans(ascending):
            one_block = int(ends[-1] - starts[0]) == int((ends - starts + 1).sum()) - 1  # they follow each other
            spans = [(starts[0], ends[-1])] if one_block else zip(starts.tolist(), ends.tolist(), strict=True)
            found += self.decoded(number, ITEM.decoder, *spans)
        if np.array_equal(rows, ascending):
            return found
        return [found[place] for place in np.searchsorted(ascending, rows).tolist()]

    def lines(self, rows: Ints) -> Iterator[tuple[str, int, bytes]]:
        """The path, number and bytes of the lines at some rows (ascending) of all shards one after the other."""
        for number, inside, starts, ends in self._spans(rows):
            path, data = self.paths[number], self.data(number)
            is_formal = self.shards[number].is_formal
            numbers = inside + 1 if is_formal else [data.count(b"\n", 0, start) + 1 for start in starts.tolist()]
            for start, end, line in zip(starts.tolist(), ends.tolist(), list(numbers), strict=True):
                yield path, int(line), data[start:end]

    def _spans(self, rows: Ints) -> Iterator[tuple[int, Ints, Ints, Ints]]:
        """By shard: its number, which of its lines are meant, where each of them starts and ends; `rows` as `lines` takes them."""
        first = np.cumsum([0, *(len(shard.ids) // 8 for shard in self.shards)])
        of = np.searchsorted(first, rows, "right") - 1
        for number in np.unique(of).tolist():
            shard, inside = self.shards[number], rows[of == number] - first[number]
            starts, ends = (np.frombuffer(part, np.int64)[inside] for part in (shard.starts, shard.ends))
            yield number, inside, starts, ends

    @cached_property
    def is_sound(self) -> bool:
        """Whether every line is canonical, no id occurs twice, and none can look like another one."""

        def found() -> bool:
            apart = bool((self._sorted[1:] != self._sorted[:-1]).all())
            return apart and all(shard.is_formal and shard.is_plain and shard.whole for shard in self.shards)

        return self.store.value(
            f"sound:{digest_of_code()}:{self.digest}", bool, found, is_still=lambda: self._is_still(*self.paths)
        )

    def repeated(self) -> Iterator[tuple[str, int, Item]]:
        """Items that show what another one shows, each with path and line, as far as digests of 64 bits tell; of a pool that `is_sound`."""

        def found() -> list[int]:
            contents = np.frombuffer(b"".join(shard.contents for shard in self.shards), dtype=np.uint64)[::2]
            ordered = np.sort(contents)
            again = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
            return np.flatnonzero(np.isin(contents, again[again > 0])).tolist()

        rows = self.store.value(
            f"repeated:{digest_of_code()}:{self.digest}", list[int], found, is_still=lambda: self._is_still(*self.paths)
        )
        for path, number, line in self.lines(np.array(rows, dtype=np.int64)) if rows else ():
            yield path, number, ITEM.decoder.decode(line)

    def _rows(self, named: Digests) -> Ints:
        """The lines with one of the ids, as rows of all shards one after the other, by id, then by place."""
        first, last = (np.searchsorted(self._sorted, named, side) for side in ("left", "right"))
        many = last - first
        within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
        return np.asarray(self._order[np.repeat(first, many) + within], dtype=np.int64)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The paths of the shards, sorted."""
        return tuple(sorted(self.contents))

    @cached_property
    def shards(self) -> tuple[Shard, ...]:
        """The shards, by path."""
        return tuple(self._shard(path) for path in self.paths)

    def read(self, jobs: int) -> None:
        """Reads the shards of a work tree that are not known, in so many processes.

        Raises:
            LimitError, UsageError: as `items`.
        """
        lacking = [path for path in self.paths if not self.store.has(self._key(path))]
        if len(lacking) >= jobs > 1:
            for path, made in zip(lacking, mapped(self._encoded, lacking, jobs), strict=True):
                # What failed is read again here, where it is asked for.
                if made is not None and self._is_still(path):
                    self.store.put(self._key(path), made)

    def _encoded(self, path: str) -> bytes:
        return msgspec.msgpack.encode(_indexed(_shard_bytes(self.snapshot, path, self.contents[path])))

    def forget(self) -> None:
        """Lets go of what was put together of all shards: it is made again where it is asked for."""
        for name in ("_ids", "_lines", "_order", "_sorted"):
            self.__dict__.pop(name, None)

    def known(self) -> Mapping[str, bytes]:
        """What a store holds of the shards, by the keys under which this reads it."""
        return {self._key(path): msgspec.msgpack.encode(one) for path, one in zip(self.paths, self.shards, strict=True)}

    def _key(self, path: str) -> str:
        return f"shard:{digest_of_code()}:{self.contents[path]}"

    def _shard(self, path: str) -> Shard:
        key = self._key(path)
        make = partial(_shard_bytes, self.snapshot, path, self.contents[path])
        return self.store.value(key, Shard, lambda: _indexed(make()), is_still=lambda: self._is_still(path))

    def _is_still(self, *paths: str) -> bool:
        """Whether shards are as they were listed: another program may have written meanwhile."""
        return all(self.snapshot.contents([path]).get(path) == self.contents[path] for path in paths)

    @cached_property
    def _ids(self) -> Digests:
        return np.frombuffer(b"".join(shard.ids for shard in self.shards), dtype=np.uint64)

    @cached_property
    def _lines(self) -> NDArray[np.void]:
        return np.frombuffer(b"".join(shard.lines for shard in self.shards), dtype=f"V{_LINE}")

    @cached_property
    def _order(self) -> Ints:
        return np.asarray(np.argsort(self._ids, kind="stable"), dtype=np.int64)

    @cached_property
    def _sorted(self) -> Digests:
        return self._ids[self._order]

    @property
    def _state(self) -> bytes:
        return b"whole" if all(shard.whole for shard in self.shards) else b"in part"


@lru_cache(maxsize=_HELD)
def _shard_bytes(snapshot: Snapshot, path: str, _content: str) -> bytes:
    """The bytes of a shard; batches that follow each other often ask for the same one."""
    file = LabelFile(path=path, role=FileRole.ITEMS)
    return few_enough(file, read_label_file(snapshot, file))


def _indexed(data: bytes) -> Shard:
    read = read_lines(data, ITEM)
    is_formal = not read.informal and not read.faults
    lines = data.split(b"\n")
    ends = np.cumsum(np.fromiter(map(len, lines), dtype=np.int64, count=len(lines)) + 1) - 1
    starts = np.concatenate([[0], ends[:-1] + 1])
    if is_formal:
        ids, rows = [record.id for record in read.records], np.arange(len(read.records))
        contents = content_digests([bytes(record.data) for record in read.records])
    else:
        named = [(row, id_) for row, line in enumerate(lines) for id_ in sorted(_ids_in(line))]
        ids, rows, contents = [id_ for _, id_ in named], np.array([row for row, _ in named], dtype=np.int64), []
    return Shard(
        ids=digests_of_ids(map(_encoded, ids)).tobytes(),
        lines=b"".join(hashlib.blake2b(lines[row], digest_size=_LINE).digest() for row in rows.tolist()),
        starts=starts[rows].tobytes(),
        ends=ends[rows].tobytes(),
        contents=b"".join(content or bytes(16) for content in contents),
        is_formal=is_formal,
        is_plain=not (whole := "".join(ids))
        or (whole.isascii() and whole == whole.lower() and whole.split() == [whole]),
        whole=pointer_of(data) is None,
    )


def _ids_in(line: bytes) -> set[str]:
    """The ids that a line may be about, also where it is not canonical, is broken, or is no item; each that a fault of it may name."""
    named: list[object] = [identity_of(line)]
    with suppress(orjson.JSONDecodeError):
        if isinstance(record := orjson.loads(line), dict):
            named += [record.get("id"), record.get("item")]
    return {one for one in named if isinstance(one, str) and one}


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
