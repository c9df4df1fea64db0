"""Which round of an item is its current one."""

from collections.abc import Iterable, Sequence

import numpy as np

from assay.labels.times import day_or_moment
from assay.model.project import Batch
from assay.table.columns import Codes


def newest_rounds(batches: Sequence[Batch], held: Iterable[tuple[Codes, Codes]], items: int, *, closed: bool) -> Codes:
    """The newest counting batch, closed or open, that holds each item; -1 where none does.

    `held` are parallel (batch, item) codes: an item is held by a batch that assigns it or has an annotation of it.
    Newest is by `created`, then by name.
    """
    wanted = [code for code, batch in enumerate(batches) if batch.counts and batch.closed is closed]
    order = sorted(wanted, key=lambda code: (day_or_moment(batches[code].created) or 0, batches[code].name))
    age = np.full(len(batches), -1, dtype=np.int32)
    age[order] = np.arange(len(order))
    newest = np.full(items, -1, dtype=np.int32)
    for batch, item in held:
        np.maximum.at(newest, item, age[batch])
    return np.append(np.array(order, dtype=np.int32), np.int32(-1))[newest]
