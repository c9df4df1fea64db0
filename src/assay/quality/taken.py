"""Which votes another roster takes out, and which it brings back."""

from collections.abc import Iterator, Mapping

import numpy as np

from assay.labels.leaving import counting, created_of, made_at
from assay.model.project import Annotator
from assay.model.roster import VotesTaken
from assay.table import Corpus


def votes_taken(corpus: Corpus, people: Mapping[str, Annotator]) -> Iterator[VotesTaken]:
    """By annotator what `people`, in place of the entries that the corpus was read by, do to the votes of its task."""
    rows = corpus.annotations
    closed, names = rows.current, rows.annotator.values
    made = made_at(rows.at.astype("datetime64[us]").view(np.int64), created_of(corpus.batches, rows.batch))
    voting = (closed | rows.open) & (rows.skip.codes < 0)
    before, after = rows.counts & voting, counting(people, rows.annotator, made) & voting
    votes_left = np.bincount(rows.item[after & closed], minlength=len(corpus.items))
    turned = np.flatnonzero(before != after)
    for code in np.unique(rows.annotator.codes[turned]).tolist():
        mine = turned[rows.annotator.codes[turned] == code]
        gone, back = mine[before[mine]], mine[after[mine]]
        thinned = np.unique(rows.item[gone[closed[gone]]])
        entry = people.get(names[code])
        yield VotesTaken(
            task=corpus.task,
            who=names[code],
            status=entry.status.value if entry else "gone",
            since=entry.until if entry else "",
            votes=len(gone),
            items=len(np.unique(rows.item[gone])),
            few=int((votes_left[thinned] < 2).sum()),
            back=len(back),
            back_items=len(np.unique(rows.item[back])),
        )
