"""What counts of one batch, closed or open."""

from dataclasses import dataclass

import numpy as np

from assay.table.columns import Corpus


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """The votes of a batch that count while it is closed, and the items that they are on."""

    votes: int
    items: int


def counting_in(corpus: Corpus, name: str) -> Counting:
    """The votes of the batch of that name; none where it is not there, or its purpose is one that never counts."""
    rows = corpus.annotations
    codes = [code for code, batch in enumerate(corpus.batches) if batch.name == name and batch.counts]
    held = rows.counts & np.isin(rows.batch, codes)
    return Counting(votes=int(held.sum()), items=len(np.unique(rows.item[held])))
