"""Under which version of the guideline annotations were made."""

import numpy as np

from assay.table.columns import Column, Corpus, Mask


def made_under(corpus: Corpus) -> Column:
    """The guideline version that each annotation was made under: its own, else its batch's."""
    rows = corpus.annotations
    names = tuple(sorted({*rows.guideline.values, *(batch.guideline for batch in corpus.batches)}))
    place = {name: code for code, name in enumerate(names)}
    own = np.array([*(place[name] for name in rows.guideline.values), -1], dtype=np.int32)[rows.guideline.codes]
    opened = np.array([place[batch.guideline] for batch in corpus.batches], dtype=np.int32)[rows.batch]
    return Column(values=names, codes=np.where(own < 0, opened, own))


def undivided(corpus: Corpus, made: Column, rows: Mask) -> Mask:
    """The items that have some of `rows`, all of them made under one version, (I,)."""
    items, codes = corpus.annotations.item[rows], made.codes[rows]
    lowest, highest = np.full(len(corpus.items), len(made.values)), np.full(len(corpus.items), -1)
    np.minimum.at(lowest, items, codes)
    np.maximum.at(highest, items, codes)
    return np.asarray(lowest == highest, dtype=np.bool_)
