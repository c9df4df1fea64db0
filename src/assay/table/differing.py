"""Where answers differ."""

from collections.abc import Iterable

import numpy as np

from assay.table.columns import Corpus, Mask


def differing(corpus: Corpus, rows: Mask, fields: Iterable[str]) -> tuple[str, ...]:
    """The items on which two of the rows say something different of one of the fields, sorted."""
    table, items = corpus.annotations, len(corpus.items)
    found = np.zeros(items, dtype=np.bool_)
    for name in fields:
        value = table.fields[name].codes
        stated = rows & (value >= 0)
        low, high = np.full(items, np.iinfo(np.int32).max, dtype=np.int32), np.full(items, -1, dtype=np.int32)
        np.minimum.at(low, table.item[stated], value[stated])
        np.maximum.at(high, table.item[stated], value[stated])
        found |= low < high
    return tuple(corpus.items.ids[place] for place in np.flatnonzero(found).tolist())
