"""The items of a pool in the order of their ids, of which only some have their data in memory at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from msgspec import UNSET

from assay.core import Column, Ints, ItemTable
from assay.extras import load
from assay.labels.items import Pool
from assay.labels.parquet_rows import strings
from assay.labels.pool_shards import PoolIndex

if TYPE_CHECKING:
    import pyarrow as pa

_AT_ONCE = 2**14
_DIGEST = 16
_NOTHING = "00" * _DIGEST


class _Named(msgspec.Struct):
    id: str


_NAMED = msgspec.json.Decoder(_Named)


@dataclass(frozen=True)
class PoolTable:
    """All items of a pool: their ids, sorted, and the items themselves, some at a time: at least once, perhaps none."""

    ids: "pa.StringArray"
    parts: Callable[[], Iterator[ItemTable]]


def table_of_pool(pool: Pool) -> PoolTable:
    """The items of a pool that is in memory."""

    def parts() -> Iterator[ItemTable]:
        for start in range(0, max(len(pool.ids), 1), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            none = np.full(len(pool.ids[some]), -1, dtype=np.int32)
            yield ItemTable(
                ids=pool.ids[some],
                data=pool.data[some],
                meta=pool.meta[some],
                group=Column(values=pool.group.values, codes=pool.group.codes[some]),
                current_batch=none,
                open_batch=none,
                content=pool.content[some] or ("",) * len(none),
            )

    return PoolTable(strings(pool.ids), parts)


def table_of_shards(index: PoolIndex) -> PoolTable:
    """The items of a pool that `is_sound`.

    Raises:
        LimitError, UsageError: a shard is larger than assay reads, or may not be read.
    """
    arrow, ids, last, is_ordered = load("pyarrow"), [strings(())], "", True
    for number in range(len(index.paths)):
        names = [one.id for one in index.decoded(number, _NAMED)]
        is_ordered = is_ordered and all(earlier < later for earlier, later in pairwise([last, *names]))
        last = names[-1] if names else last
        ids.append(strings(names))
    every = arrow.concat_arrays(ids)
    order: Ints = np.arange(len(every))
    if not is_ordered:
        texts = every.to_pylist()
        order = np.array(sorted(range(len(texts)), key=texts.__getitem__), dtype=np.int64)
        every = every.take(arrow.array(order))
    contents = b"".join(shard.contents for shard in index.shards)

    def parts() -> Iterator[ItemTable]:
        for start in range(0, max(len(order), 1), _AT_ONCE):
            yield _some(index, order[start : start + _AT_ONCE], contents)

    return PoolTable(every, parts)


def _some(index: PoolIndex, rows: Ints, contents: bytes) -> ItemTable:
    """The items at some rows of all shards one after the other; `contents` are the digests of all of them."""
    records = index.records(rows)
    stated = [None if record.group is UNSET else record.group for record in records]
    groups = tuple(sorted({group for group in stated if group is not None}))
    code: dict[str | None, int] = {group: number for number, group in enumerate(groups)}
    shown = (contents[row * _DIGEST : (row + 1) * _DIGEST].hex() for row in rows.tolist())
    none = np.full(len(rows), -1, dtype=np.int32)
    return ItemTable(
        ids=tuple(record.id for record in records),
        data=[bytes(record.data) for record in records],
        meta=[bytes(record.meta) or b"{}" for record in records],
        group=Column(values=groups, codes=np.array([code.get(group, -1) for group in stated], dtype=np.int32)),
        current_batch=none,
        open_batch=none,
        content=tuple("" if text == _NOTHING else text for text in shown),
    )
