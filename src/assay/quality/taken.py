"""Which votes another roster takes out, and which it brings back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from assay.guidelines.front_matter import Guideline
from assay.labels.current import with_current
from assay.labels.leaving import counting, created_of, made_at
from assay.model.migration import Migration
from assay.model.project import Annotator
from assay.model.roster import VotesTaken
from assay.table import Corpus


def votes_taken(
    corpus: Corpus, people: Mapping[str, Annotator], guideline: Guideline, migrations: Sequence[Migration]
) -> Iterator[VotesTaken]:
    """By annotator what `people`, in place of the entries that the corpus was read by, do to the votes of its task.

    Where somebody's older vote takes the place of a later one that no longer counts, or gives way to it, no vote is taken or
    brought back.
    """
    rows = corpus.annotations
    closed, names = rows.current, rows.annotator.values
    made = made_at(rows.at.astype("datetime64[us]").view(np.int64), created_of(corpus.batches, rows.batch))
    counts = counting(people, rows.annotator, made) & (rows.skip.codes < 0)
    known = {name: people[name] for name in corpus.annotators if name in people}
    turned_over = replace(corpus, annotators=known, annotations=replace(rows, counts=counts))
    then = with_current(turned_over, guideline, migrations).annotations
    before, after = rows.counts & (closed | rows.open), then.counts & (then.current | then.open)
    votes_left = np.bincount(rows.item[after & then.current], minlength=len(corpus.items))
    turned = np.flatnonzero(before != after)
    for code in np.unique(rows.annotator.codes[turned]).tolist():
        mine = turned[rows.annotator.codes[turned] == code]
        gone, back = mine[before[mine]], mine[after[mine]]
        both = np.intersect1d(rows.item[gone], rows.item[back])
        gone, back = (some[~np.isin(rows.item[some], both)] for some in (gone, back))
        if not len(gone) + len(back):
            continue
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
