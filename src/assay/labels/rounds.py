"""Which batch of an item is its current one."""

from collections.abc import Iterable, Sequence

import numpy as np

from assay.labels.times import day_or_moment
from assay.model.project import Batch
from assay.table.columns import Codes


def ages(batches: Sequence[Batch], *, closed: bool) -> Codes:
    """The place of each counting batch, closed or open, among them all, the oldest first; -1: the batch is none of them.

    Older is by `created`, then by name.
    """
    wanted = [code for code, batch in enumerate(batches) if batch.counts and batch.closed is closed]
    order = sorted(wanted, key=lambda code: (day_or_moment(batches[code].created) or 0, batches[code].name))
    age = np.full(len(batches), -1, dtype=np.int32)
    age[order] = np.arange(len(order))
    return age


def newest_rounds(batches: Sequence[Batch], held: Iterable[tuple[Codes, Codes]], items: int, *, closed: bool) -> Codes:
    """The newest counting batch, closed or open, that holds each item; -1 where none does.

    `held` are parallel (batch, item) codes: an item is held by a batch that assigns it or has an annotation of it.
    """
    age = ages(batches, closed=closed)
    newest = np.full(items, -1, dtype=np.int32)
    for batch, item in held:
        np.maximum.at(newest, item, age[batch])
    return by_age(age)[newest]


def by_age(age: Codes) -> Codes:
    """The code of the batch in each place, and -1 after them, so that -1 stays -1."""
    codes = np.flatnonzero(age >= 0).astype(np.int32)
    return np.append(codes[np.argsort(age[codes])], np.int32(-1))
