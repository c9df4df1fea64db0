"""How much of the work asked for was done."""

import numpy as np
from numpy.typing import NDArray

from assay.model.quality import Coverage, Share
from assay.quality.wilson import share
from assay.table import AnnotationTable, AssignmentTable, Corpus
from assay.table.columns import Mask


def measure(corpus: Corpus) -> Coverage:
    """Of the assignments in closed counting batches those that were answered, by a label or a skip."""
    asked = corpus.assignments.batch
    due = np.array([batch.closed and batch.counts for batch in corpus.batches], dtype=np.bool_)[asked]
    done = due & answered(corpus)
    assigned, given = int(due.sum()), int(done.sum())
    return Coverage(
        assigned=assigned,
        answered=given,
        value=given / assigned if assigned else None,
        batches=_by_batch(corpus, due, done),
    )


def answered(corpus: Corpus) -> Mask:
    """Which assignments were answered, by a label or a skip."""
    asked, given = corpus.assignments, corpus.annotations
    names = tuple(sorted({*asked.annotator.values, *given.annotator.values}))
    return np.isin(slots(asked, names, len(corpus.items)), slots(given, names, len(corpus.items)))


def slots(rows: AssignmentTable | AnnotationTable, names: tuple[str, ...], items: int) -> NDArray[np.int64]:
    """Batch, item and annotator (by its place among `names`) as one number."""
    place = {name: code for code, name in enumerate(names)}
    annotator = np.array([place[name] for name in rows.annotator.values], dtype=np.int64)[rows.annotator.codes]
    return (rows.batch.astype(np.int64) * items + rows.item) * len(names) + annotator


def _by_batch(corpus: Corpus, due: Mask, done: Mask) -> dict[str, Share]:
    asked, given = (np.bincount(corpus.assignments.batch[rows], minlength=len(corpus.batches)) for rows in (due, done))
    counts = zip(corpus.batches, asked.tolist(), given.tolist(), strict=True)
    return {batch.name: share(answered, assigned) for batch, assigned, answered in counts if assigned}
