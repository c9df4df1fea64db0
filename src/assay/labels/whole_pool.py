"""All items of a pool as columns, put together shard by shard: only one shard at a time has an object for each text."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from assay.core import Column, Ints, Texts
from assay.labels.items import Pool, pool_of
from assay.labels.reader import Lines, read_lines
from assay.labels.records import ITEM, Item
from assay.project import TaskSchema

N = TypeVar("N", bound=np.generic)


def pool_of_shards(shards: Iterable[tuple[Lines[Item], Sequence[str]]], schema: TaskSchema) -> Pool:
    """The pool of the lines of shards, all canonical and no id twice, each with the digests of what its items show."""
    parts, data, meta = [pool_of(read_lines(b"", ITEM), schema)], [Texts.of(())], [Texts.of(())]
    for lines, digests in shards:
        part = pool_of(lines, schema)
        content = dict(zip((record.id for record in lines.records), digests, strict=True))
        data.append(Texts.of(part.data))
        meta.append(Texts.of(part.meta))
        parts.append(replace(part, data=(), meta=(), index={}, content=tuple(map(content.__getitem__, part.ids))))
    ids = [*chain.from_iterable(part.ids for part in parts)]
    shown = [*chain.from_iterable(part.content for part in parts)]
    order = np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64)
    ordered = tuple(map(ids.__getitem__, order.tolist()))
    return Pool(
        ids=ordered,
        data=_texts(data, order),
        meta=_texts(meta, order),
        group=_groups([part.group for part in parts], order),
        index={id_: place for place, id_ in enumerate(ordered)},
        lengths={name: _numbers([part.lengths[name] for part in parts], order) for name in parts[0].lengths},
        lists={name: _numbers([part.lists[name] for part in parts], order) for name in parts[0].lists},
        broken=frozenset(),
        content=tuple(map(shown.__getitem__, order.tolist())),
    )


def _texts(parts: Sequence[Texts], order: Ints) -> Texts:
    whole = Texts.joined(parts)
    is_ordered = bool((np.diff(order) == 1).all())
    return whole if is_ordered else Texts.of(map(whole.__getitem__, order.tolist()))


def _numbers(parts: Sequence[NDArray[N]], order: Ints) -> NDArray[N]:
    return np.concatenate(parts)[order]


def _groups(parts: Sequence[Column], order: Ints) -> Column:
    values = tuple(sorted({value for part in parts for value in part.values}))
    place = {value: code for code, value in enumerate(values)}
    codes = [np.array([*(place[value] for value in part.values), -1], dtype=np.int32)[part.codes] for part in parts]
    return Column(values=values, codes=_numbers(codes, order))
