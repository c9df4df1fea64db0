"""Votes that closed batches took or gave up, that their annotators have not given anew, nor anybody new instead."""

from dataclasses import dataclass, replace

import numpy as np

from assay.labels.rounds import ages
from assay.model.project import Purpose
from assay.model.quality import Lost
from assay.quality.coverage import slots
from assay.table import Corpus
from assay.table.columns import Codes, Ints, Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class LostVotes:
    """Votes that count and are lost, each mask (N,), a row per annotation, and `by` the batch, a code, by which one is lost.

    `silent`: their annotator was asked for the item again and did not answer. `outdated`: a later version made them so,
    and the item was labelled again. `waiting`: current, without a value in a field since a migration, which nothing waits for any more.
    """

    silent: Mask
    outdated: Mask
    waiting: Mask
    by: Codes

    @property
    def all(self) -> Mask:
        """All of them."""
        return self.silent | self.outdated | self.waiting


def losses(corpus: Corpus) -> Lost:
    """How many votes are lost, of how many items, why, and to which batch."""
    lost = lost_votes(corpus)
    by_batch = np.bincount(lost.by[lost.all], minlength=len(corpus.batches)).tolist()
    return Lost(
        items=len(np.unique(corpus.annotations.item[lost.all])),
        votes=int(lost.all.sum()),
        silent=int(lost.silent.sum()),
        outdated=int(lost.outdated.sum()),
        waiting=int(lost.waiting.sum()),
        batches={batch.name: number for batch, number in zip(corpus.batches, by_batch, strict=True) if number},
    )


def lost_votes(corpus: Corpus) -> LostVotes:
    """The votes that are lost.

    One that is outdated or waits is not lost where the batch has a first label of the item by somebody new: as many as
    there are of these take the place of as many of those, in the order of their names.
    """
    rows = corpus.annotations
    given_up = _given_up_by(corpus)
    taken = rows.counts & (rows.taken >= 0)
    waiting = rows.counts & rows.current & (given_up >= 0)
    silent = taken & _asked_again(corpus)
    by = np.where(taken, rows.taken, given_up)
    kept = _replaced(corpus, (taken & ~silent) | waiting, by)
    return LostVotes(silent=silent, outdated=taken & ~silent & ~kept, waiting=waiting & ~kept, by=by)


def _given_up_by(corpus: Corpus) -> Codes:
    """By row the batch by which a field waits no longer; -1: none does."""
    by = np.full(len(corpus.annotations), -1, dtype=np.int32)
    for column in corpus.annotations.fields.values():
        by[column.waiting.rows] = np.maximum(by[column.waiting.rows], column.waiting.answered)
    return by


def _asked_again(corpus: Corpus) -> Mask:
    """The rows whose annotator was asked for the item again by the batch that took it: it got no answer."""
    rows, asked = corpus.annotations, corpus.assignments
    names = tuple(sorted({*rows.annotator.values, *asked.annotator.values}))
    relabels = np.array([batch.purpose is Purpose.RELABEL for batch in corpus.batches], dtype=np.bool_)[asked.batch]
    again = slots(asked, names, len(corpus.items))[relabels]
    return np.isin(slots(replace(rows, batch=rows.taken), names, len(corpus.items)), again)


def _replaced(corpus: Corpus, gone: Mask, by: Codes) -> Mask:
    """Of the votes that are gone by a batch those whose place somebody new took in it."""
    rows = corpus.annotations
    replaced = np.zeros(len(rows), dtype=np.bool_)
    if not gone.any():
        return replaced
    age = ages(corpus.batches, closed=True)[rows.batch]
    given = np.flatnonzero(rows.counts & (age >= 0))
    given = given[np.lexsort((age[given], rows.annotator.codes[given], rows.item[given]))]
    person = rows.item[given].astype(np.int64) * len(rows.annotator.values) + rows.annotator.codes[given]
    new = given[np.diff(person, prepend=-1) != 0]
    places, many = np.unique(_place(corpus, new, rows.batch), return_counts=True)
    lost = np.flatnonzero(gone)
    key = _place(corpus, lost, by)
    order = np.lexsort((rows.annotator.codes[lost], key))
    lost, key = lost[order], key[order]
    rank = np.arange(len(key)) - np.searchsorted(key, key)
    at = np.searchsorted(places, key)
    found = np.append(places, -1)[at] == key
    replaced[lost[found & (rank < np.append(many, 0)[at])]] = True
    return replaced


def _place(corpus: Corpus, some: Ints, batch: Codes) -> Ints:
    """Batch and item of some rows as one number."""
    places: Ints = batch[some].astype(np.int64) * len(corpus.items) + corpus.annotations.item[some]
    return places
