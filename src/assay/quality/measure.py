"""What the quality stage measures of a task: work done, votes that rows rest on, what is undecided, and the queue of what to look at."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from assay.consensus import PRIORITY, Consensus, Doubt, Reason, Standing, Undecided, standings
from assay.model.quality import Coverage, QualityReport, QueueReport, Support, Unresolved
from assay.model.schema import Field, attribute_name
from assay.quality.gold import measure_gold
from assay.quality.lost import losses, slots
from assay.quality.statistics import share
from assay.schemas.validator import Validator
from assay.table import Corpus
from assay.table.columns import Mask


def measure_coverage(corpus: Corpus) -> Coverage:
    """Of the assignments in closed counting batches those that were answered, by a label or a skip."""
    asked = corpus.assignments.batch
    due = np.array([batch.closed and batch.counts for batch in corpus.batches], dtype=np.bool_)[asked]
    done = due & answered(corpus)
    assigned, given = int(due.sum()), int(done.sum())
    by_batch = (np.bincount(asked[rows], minlength=len(corpus.batches)).tolist() for rows in (done, due))
    counts = zip(corpus.batches, *by_batch, strict=True)
    return Coverage(
        assigned=assigned,
        answered=given,
        value=given / assigned if assigned else None,
        batches={batch.name: share(hits, of) for batch, hits, of in counts if of},
    )


def answered(corpus: Corpus) -> Mask:
    """Which assignments were answered, by a label or a skip."""
    asked, given = corpus.assignments, corpus.annotations
    names = tuple(sorted({*asked.annotator.values, *given.annotator.values}))
    return np.isin(slots(asked, names, len(corpus.items)), slots(given, names, len(corpus.items)))


def measure_support(corpus: Corpus, items: Sequence[Standing]) -> Support:
    """Counts the items that a release would hold, and names the open batches whose answers are not in them."""
    rows = [item for item in items if item.complete]
    return Support(
        rows=len(rows),
        votes=by_votes(item.votes for item in rows),
        voted=by_votes(item.voted for item in rows if item.voted is not None),
        open=[batch.name for batch in corpus.batches if batch.counts and not batch.closed],
    )


def by_votes(numbers: Iterable[int]) -> dict[str, int]:
    """How often each number of votes is met, by the number, the fewest first."""
    counts = Counter(numbers)
    return {str(number): counts[number] for number in sorted(counts)}


def measure_unresolved(items: Sequence[Standing], fields: Sequence[Field]) -> Unresolved:
    """The items that are not resolved, once each, of all that stand in a closed counting batch or that an expert answered."""
    reasons = Counter(item.why for item in items)
    lacking = Counter(name for item in items for name in item.fields)
    unresolved = len(items) - reasons[None]
    return Unresolved(
        items=len(items),
        unresolved=unresolved,
        value=unresolved / len(items) if items else None,
        fields={field.name: lacking[field.name] for field in fields},
        reasons={why.value: reasons[why] for why in Undecided if reasons[why]},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """An item and the field, or the attribute as `FIELD.ATTRIBUTE`, to look at; `priority` 1 is the most pressing.

    `reason` is the name of `why`, or what is said in its place. `votes` and `confidence` are the consensus'.
    """

    item: str
    field: str
    why: Reason
    reason: str
    votes: int
    confidence: float

    @property
    def priority(self) -> int:
        """The place of its reason among all."""
        return PRIORITY[self.why]


def queue(doubts: Iterable[Doubt], consensus: Consensus, corpus: Corpus) -> tuple[QueueRow, ...]:
    """A row for each doubt, by priority, then item, then the order of the fields; the same doubt is there once.

    Each is of an item and a field that the consensus has. Where the votes contradict gold together, it is not said again that they miss it.
    """
    cells = {
        (corpus.items.ids[item], consensus.fields[field].name): cell
        for cell, (item, field) in enumerate(zip(consensus.item.tolist(), consensus.field.tolist(), strict=True))
    }
    place = {field.name: place for place, field in enumerate(consensus.fields)}
    all_of_them = set(doubts)
    together = {(one.item, one.field) for one in all_of_them if one.why is Reason.GOLD_CONTRADICTED}
    kept = [one for one in all_of_them if one.why is not Reason.GOLD_MISSED or (one.item, one.field) not in together]
    kept.sort(key=lambda one: (PRIORITY[one.why], one.item, place[one.field], one.attribute, one.said))
    return tuple(
        QueueRow(
            item=one.item,
            field=attribute_name(one.field, one.attribute) if one.attribute else one.field,
            why=one.why,
            reason=one.said or one.why.value,
            votes=int(consensus.votes[cells[one.item, one.field]]),
            confidence=float(consensus.confidence[cells[one.item, one.field]]),
        )
        for one in kept
    )


def summary_of_queue(rows: Sequence[QueueRow]) -> QueueReport:
    """How many items somebody should look at, and how often for which reason."""
    counts = Counter(row.why for row in rows)
    return QueueReport(
        items=len({row.item for row in rows}), reasons={why.value: counts[why] for why in Reason if counts[why]}
    )


def measure(corpus: Corpus, consensus: Consensus, fields: Sequence[Field], rules: Validator) -> QualityReport:
    """The votes against gold, the work done of the work asked for, what is left undecided, what the rest rests on, what was lost.

    `rules` are those of a label.
    """
    items = tuple(standings(consensus, rules))
    return QualityReport(
        gold=measure_gold(corpus, fields),
        coverage=measure_coverage(corpus),
        unresolved=measure_unresolved(items, fields),
        support=measure_support(corpus, items),
        lost=losses(corpus),
    )
