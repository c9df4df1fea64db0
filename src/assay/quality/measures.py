"""Coverage, support and unresolved shares, and votes that are lost."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assay import core
from assay.consensus import REASONS, Coded, Consensus, Doubt, Doubts, ItemStatus, Reason, Undecided, item_statuses
from assay.core import AnnotationTable, Annotator, AssignmentTable, Codes, Column, Corpus, Field, Ints, Mask, Purpose
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
    # The annotations are in this order, so that a search is quicker than a look for common numbers.
    asked, given = (slots(rows, names, len(corpus.items)) for rows in (assignments, annotations))
    return np.asarray(np.append(given, -1)[np.searchsorted(given, asked)] == asked, dtype=np.bool_)


def measure_support(corpus: Corpus, items: Coded[ItemStatus]) -> core.Support:
    """Counts the items that a release would contain, and lists the open batches whose answers are not in them."""
    rows = [(item, number) for item, number in items.counted() if item.complete]
    return core.Support(
        rows=sum(number for _, number in rows),
        votes=by_votes((item.votes, number) for item, number in rows),
        voted=by_votes((item.voted, number) for item, number in rows if item.voted is not None),
        open=[batch.name for batch in corpus.batches if batch.counts and not batch.closed],
    )


def by_votes(counted: Iterable[tuple[int, int]]) -> dict[str, int]:
    """How many items have each number of votes, the fewest first, from numbers of votes and of items that have them."""
    counts = Counter[int]()
    for votes, items in counted:
        counts[votes] += items
    return {str(number): counts[number] for number in sorted(counts)}


def measure_unresolved(items: Coded[ItemStatus], fields: Sequence[Field]) -> core.Unresolved:
    """The unresolved items, of all that are in a closed counting batch or that an expert answered."""
    reasons, lacking = Counter[Undecided | None](), Counter[str]()
    for item, number in items.counted():
        reasons[item.why] += number
        lacking.update(dict.fromkeys(item.fields, number))
    unresolved = len(items) - reasons[None]
    return core.Unresolved(
        items=len(items),
        unresolved=unresolved,
        value=unresolved / len(items) if items else None,
        fields={field.name: lacking[field.name] for field in fields},
        reasons={why.value: reasons[why] for why in Undecided if reasons[why]},
    )


_PRIORITY = {reason: code for code, reason in enumerate(REASONS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What to look at, a row each, the most pressing first: a cell of the consensus, and the attribute of elements, if it is one.

    `why` is a code into `REASONS`; `said` is the doubt's own text, if it has one.
    """

    cell: Ints
    why: Codes
    attribute: Column
    said: Column

    def __len__(self) -> int:
        """How many rows."""
        return len(self.cell)


def queue(doubts: Doubts, further: Iterable[Doubt], consensus: Consensus, corpus: Corpus) -> Queue:
    """A row for each distinct doubt, by priority, then item, then the order of the fields.

    Each is of an item and a field that the consensus has. Where the votes together contradict gold, there is no second row
    for votes that miss it.
    """
    others = [*further]
    fields = [field.name for field in consensus.fields]
    # The cells are by item, then by field, and so are their numbers.
    starts = np.searchsorted(consensus.item, [corpus.items.code(doubt.item) for doubt in others]).astype(np.int64)
    own = starts + np.array([fields.index(doubt.field) for doubt in others], dtype=np.int64)
    texts = sorted({doubt.said for doubt in others} - {""})
    place = {"": -1} | {text: code for code, text in enumerate(texts)}
    cell = np.append(doubts.cell, own)
    why = np.append(doubts.why, np.array([_PRIORITY[doubt.why] for doubt in others], dtype=np.int32))
    attribute = np.append(doubts.attribute.codes, np.full(len(others), -1, dtype=np.int32))
    said = np.append(
        np.full(len(doubts), -1, dtype=np.int32), np.array([place[doubt.said] for doubt in others], dtype=np.int32)
    )
    together = cell[why == _PRIORITY[Reason.GOLD_CONTRADICTED]]
    kept = np.flatnonzero((why != _PRIORITY[Reason.GOLD_MISSED]) | ~np.isin(cell, together))
    order = kept[np.lexsort([column[kept] for column in (said, attribute, cell, why)])]
    rows = np.column_stack([column[order] for column in (why, cell, attribute, said)])
    order = order[np.append(True, (rows[1:] != rows[:-1]).any(axis=1))[: len(order)]]
    return Queue(
        cell=cell[order],
        why=why[order],
        attribute=Column(values=doubts.attribute.values, codes=attribute[order]),
        said=Column(values=tuple(texts), codes=said[order]),
    )


def summary_of_queue(rows: Queue, consensus: Consensus) -> core.QueueReport:
    """How many items are in the queue, and how often for which reason."""
    counts = np.bincount(rows.why, minlength=len(REASONS)).tolist()
    return core.QueueReport(
        items=len(np.unique(consensus.item[rows.cell])),
        reasons={why.value: number for why, number in zip(REASONS, counts, strict=True) if number},
    )


def measure_quality(
    corpus: Corpus, consensus: Consensus, fields: Sequence[Field], rules: Validator
) -> core.QualityReport:
    """Votes compared with gold, coverage, unresolved items, support and lost votes; `rules` are those of a label."""
    items = item_statuses(consensus, rules)
    return core.QualityReport(
        gold=measure_gold(corpus, fields),
        coverage=measure_coverage(corpus),
        unresolved=measure_unresolved(items, fields),
        support=measure_support(corpus, items),
        lost=losses(corpus),
    )
