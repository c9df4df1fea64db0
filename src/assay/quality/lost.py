"""Votes that closed batches took, and that their annotators have not given anew."""

from dataclasses import replace

import numpy as np

from assay.model.project import Purpose
from assay.model.quality import Lost
from assay.quality.coverage import slots
from assay.table import Corpus
from assay.table.columns import Mask


def losses(corpus: Corpus) -> Lost:
    """How many votes are lost, of how many items, why, and to which batch."""
    rows = corpus.annotations
    lost = lost_votes(corpus)
    silent = int((lost & _asked_again(corpus)).sum())
    votes = int(lost.sum())
    by_batch = np.bincount(rows.taken[lost], minlength=len(corpus.batches)).tolist()
    return Lost(
        items=len(np.unique(rows.item[lost])),
        votes=votes,
        silent=silent,
        outdated=votes - silent,
        batches={batch.name: number for batch, number in zip(corpus.batches, by_batch, strict=True) if number},
    )


def lost_votes(corpus: Corpus) -> Mask:
    """The votes that count, are their annotator's last word on the item, and are taken by a closed batch, (N,)."""
    return np.asarray(corpus.annotations.counts & (corpus.annotations.taken >= 0), dtype=np.bool_)


def _asked_again(corpus: Corpus) -> Mask:
    """The rows whose annotator was asked for the item again by the batch that took it: it got no answer."""
    rows, asked = corpus.annotations, corpus.assignments
    names = tuple(sorted({*rows.annotator.values, *asked.annotator.values}))
    relabels = np.array([batch.purpose is Purpose.RELABEL for batch in corpus.batches], dtype=np.bool_)[asked.batch]
    again = slots(asked, names, len(corpus.items))[relabels]
    return np.isin(slots(replace(rows, batch=rows.taken), names, len(corpus.items)), again)
