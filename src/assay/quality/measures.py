"""Coverage, support and unresolved shares, and votes that are lost."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assay import core
from assay.consensus import PRIORITY, Consensus, Doubt, ItemStatus, Reason, Undecided, item_statuses
from assay.core import AnnotationTable, Annotator, AssignmentTable, Codes, Corpus, Field, Ints, Mask, Purpose
from assay.guidelines import Guideline
from assay.labels import ages, counting_rows, created_of, made_at, with_current
from assay.project import Migration, Validator
from assay.quality.credit import share
from assay.quality.gold import measure_gold


@dataclass(frozen=True, slots=True, kw_only=True)
class LostVotes:
    """Votes that count and are lost, each mask (N,), a row per annotation; `by` is the code of the batch that lost each.

    `silent`: their annotator was asked for the item again and did not answer. `outdated`: a later version made them so,
    and the item was labelled again. `waiting`: current, without a value in a field since a migration, and no open
    request for it.
    """

    silent: Mask
    outdated: Mask
    waiting: Mask
    by: Codes

    @property
    def all(self) -> Mask:
        """All lost votes."""
        return self.silent | self.outdated | self.waiting


def losses(corpus: Corpus) -> core.Lost:
    """How many votes are lost, of how many items, why, and to which batch."""
    lost = lost_votes(corpus)
    by_batch = np.bincount(lost.by[lost.all], minlength=len(corpus.batches)).tolist()
    return core.Lost(
        items=len(np.unique(corpus.annotations.item[lost.all])),
        votes=int(lost.all.sum()),
        silent=int(lost.silent.sum()),
        outdated=int(lost.outdated.sum()),
        waiting=int(lost.waiting.sum()),
        batches={batch.name: number for batch, number in zip(corpus.batches, by_batch, strict=True) if number},
    )


def lost_votes(corpus: Corpus) -> LostVotes:
    """The votes that are lost.

    One that is outdated or waits is not lost where the batch has a first label of the item by a new annotator: each such
    label replaces one vote, in the order of the annotators' names.
    """
    rows = corpus.annotations
    given_up = np.full(len(rows), -1, dtype=np.int32)  # the batch by which a field waits no longer
    for column in rows.fields.values():
        given_up[column.waiting.rows] = np.maximum(given_up[column.waiting.rows], column.waiting.answered)
    # A vote taken by a batch is silent where that batch asked its annotator for the item again: it got no answer.
    asked, items = corpus.assignments, len(corpus.items)
    names = tuple(sorted({*rows.annotator.values, *asked.annotator.values}))
    relabels = np.array([batch.purpose is Purpose.RELABEL for batch in corpus.batches], dtype=np.bool_)[asked.batch]
    again = np.isin(slots(replace(rows, batch=rows.taken), names, items), slots(asked, names, items)[relabels])
    taken = rows.counts & (rows.taken >= 0)
    waiting = rows.counts & rows.current & (given_up >= 0)
    silent = taken & again
    by = np.where(taken, rows.taken, given_up)
    kept = _replaced(corpus, (taken & ~silent) | waiting, by)
    return LostVotes(silent=silent, outdated=taken & ~silent & ~kept, waiting=waiting & ~kept, by=by)


def _replaced(corpus: Corpus, gone: Mask, by: Codes) -> Mask:
    """Of the votes lost to a batch, those that a new annotator of the batch replaces."""
    rows = corpus.annotations
    replaced = np.zeros(len(rows), dtype=np.bool_)
    if not gone.any():
        return replaced
    age = ages(corpus.batches, closed=True)[rows.batch]
    votes = np.flatnonzero(rows.counts & (age >= 0))
    votes = votes[np.lexsort((age[votes], rows.annotator.codes[votes], rows.item[votes]))]
    person = rows.item[votes].astype(np.int64) * len(rows.annotator.values) + rows.annotator.codes[votes]
    new = votes[np.diff(person, prepend=-1) != 0]
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
    return np.asarray(batch[some].astype(np.int64) * len(corpus.items) + corpus.annotations.item[some])


def votes_taken(
    corpus: Corpus, people: Mapping[str, Annotator], guideline: Guideline, migrations: Sequence[Migration]
) -> Iterator[core.VotesTaken]:
    """By annotator how many votes of the task change if `people` replace the roster entries that the corpus was read with.

    Where an annotator's older vote replaces a later one that no longer counts, or is replaced by it, no vote is taken or
    brought back.
    """
    rows = corpus.annotations
    closed, names = rows.current, rows.annotator.values
    made = made_at(rows.at.astype("datetime64[us]").view(np.int64), created_of(corpus.batches, rows.batch))
    counts = counting_rows(people, rows.annotator, made) & (rows.skip.codes < 0)
    known = {name: people[name] for name in corpus.annotators if name in people}
    turned_over = replace(corpus, annotators=known, annotations=replace(rows, counts=counts))
    then = with_current(turned_over, guideline, migrations).annotations
    before, after = rows.counts & (closed | rows.open), then.counts & (then.current | then.open)
    votes_left = np.bincount(rows.item[after & then.current], minlength=len(corpus.items))
    turned = np.flatnonzero(before != after)
    for code in np.unique(rows.annotator.codes[turned]).tolist():
        own = turned[rows.annotator.codes[turned] == code]
        gone, back = own[before[own]], own[after[own]]
        both = np.intersect1d(rows.item[gone], rows.item[back])
        gone, back = (some[~np.isin(rows.item[some], both)] for some in (gone, back))
        if not len(gone) + len(back):
            continue
        thinned = np.unique(rows.item[gone[closed[gone]]])
        entry = people.get(names[code])
        yield core.VotesTaken(
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


def slots(rows: AssignmentTable | AnnotationTable, names: tuple[str, ...], items: int) -> NDArray[np.int64]:
    """Batch, item and annotator (its index in `names`) as one number."""
    place = {name: code for code, name in enumerate(names)}
    annotator = np.array([place[name] for name in rows.annotator.values], dtype=np.int64)[rows.annotator.codes]
    return (rows.batch.astype(np.int64) * items + rows.item) * len(names) + annotator


def measure_coverage(corpus: Corpus) -> core.Coverage:
    """The share of the assignments in closed counting batches that were answered, by a label or a skip."""
    asked = corpus.assignments.batch
    due = np.array([batch.closed and batch.counts for batch in corpus.batches], dtype=np.bool_)[asked]
    done = due & answered(corpus)
    assigned, number = int(due.sum()), int(done.sum())
    by_batch = (np.bincount(asked[rows], minlength=len(corpus.batches)).tolist() for rows in (done, due))
    counts = zip(corpus.batches, *by_batch, strict=True)
    return core.Coverage(
        assigned=assigned,
        answered=number,
        value=number / assigned if assigned else None,
        batches={batch.name: share(hits, of) for batch, hits, of in counts if of},
    )


def answered(corpus: Corpus) -> Mask:
    """Which assignments were answered, by a label or a skip."""
    assignments, annotations = corpus.assignments, corpus.annotations
    names = tuple(sorted({*assignments.annotator.values, *annotations.annotator.values}))
    return np.isin(slots(assignments, names, len(corpus.items)), slots(annotations, names, len(corpus.items)))


def measure_support(corpus: Corpus, items: Sequence[ItemStatus]) -> core.Support:
    """Counts the items that a release would contain, and lists the open batches whose answers are not in them."""
    rows = [item for item in items if item.complete]
    return core.Support(
        rows=len(rows),
        votes=by_votes(item.votes for item in rows),
        voted=by_votes(item.voted for item in rows if item.voted is not None),
        open=[batch.name for batch in corpus.batches if batch.counts and not batch.closed],
    )


def by_votes(numbers: Iterable[int]) -> dict[str, int]:
    """How many items have each number of votes, the fewest first."""
    counts = Counter(numbers)
    return {str(number): counts[number] for number in sorted(counts)}


def measure_unresolved(items: Sequence[ItemStatus], fields: Sequence[Field]) -> core.Unresolved:
    """The unresolved items, of all that are in a closed counting batch or that an expert answered."""
    reasons = Counter(item.why for item in items)
    lacking = Counter(name for item in items for name in item.fields)
    unresolved = len(items) - reasons[None]
    return core.Unresolved(
        items=len(items),
        unresolved=unresolved,
        value=unresolved / len(items) if items else None,
        fields={field.name: lacking[field.name] for field in fields},
        reasons={why.value: reasons[why] for why in Undecided if reasons[why]},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """An item and the field, or the attribute as `FIELD.ATTRIBUTE`, to look at; `priority` 1 is the most pressing.

    `reason` is the name of `why`, or the doubt's own text. `votes` and `confidence` are the consensus'.
    """

    item: str
    field: str
    why: Reason
    reason: str
    votes: int
    confidence: float

    @property
    def priority(self) -> int:
        """The rank of its reason."""
        return PRIORITY[self.why]


def queue(doubts: Iterable[Doubt], consensus: Consensus, corpus: Corpus) -> tuple[QueueRow, ...]:
    """A row for each distinct doubt, by priority, then item, then the order of the fields.

    Each is of an item and a field that the consensus has. Where the votes together contradict gold, there is no second row
    for votes that miss it.
    """
    cells = {
        (corpus.items.ids[item], consensus.fields[field].name): cell
        for cell, (item, field) in enumerate(zip(consensus.item.tolist(), consensus.field.tolist(), strict=True))
    }
    place = {field.name: place for place, field in enumerate(consensus.fields)}
    distinct = set(doubts)
    together = {(doubt.item, doubt.field) for doubt in distinct if doubt.why is Reason.GOLD_CONTRADICTED}
    kept = [
        doubt for doubt in distinct if doubt.why is not Reason.GOLD_MISSED or (doubt.item, doubt.field) not in together
    ]
    kept.sort(key=lambda doubt: (PRIORITY[doubt.why], doubt.item, place[doubt.field], doubt.attribute, doubt.said))
    return tuple(
        QueueRow(
            item=doubt.item,
            field=core.attribute_name(doubt.field, doubt.attribute) if doubt.attribute else doubt.field,
            why=doubt.why,
            reason=doubt.said or doubt.why.value,
            votes=int(consensus.votes[cells[doubt.item, doubt.field]]),
            confidence=float(consensus.confidence[cells[doubt.item, doubt.field]]),
        )
        for doubt in kept
    )


def summary_of_queue(rows: Sequence[QueueRow]) -> core.QueueReport:
    """How many items are in the queue, and how often for which reason."""
    counts = Counter(row.why for row in rows)
    return core.QueueReport(
        items=len({row.item for row in rows}), reasons={why.value: counts[why] for why in Reason if counts[why]}
    )


def measure_quality(
    corpus: Corpus, consensus: Consensus, fields: Sequence[Field], rules: Validator
) -> core.QualityReport:
    """Votes compared with gold, coverage, unresolved items, support and lost votes; `rules` are those of a label."""
    items = tuple(item_statuses(consensus, rules))
    return core.QualityReport(
        gold=measure_gold(corpus, fields),
        coverage=measure_coverage(corpus),
        unresolved=measure_unresolved(items, fields),
        support=measure_support(corpus, items),
        lost=losses(corpus),
    )
