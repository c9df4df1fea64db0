"""The review queue: what somebody should look at, for every reason that there is evidence of."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assay.consensus import PRIORITY, Consensus, Doubt, Reason
from assay.model.quality import QueueReport
from assay.model.schema import attribute_name
from assay.table import Corpus


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
    return tuple(_row(one, consensus, cells[one.item, one.field]) for one in kept)


def summary(rows: Sequence[QueueRow]) -> QueueReport:
    """How many items somebody should look at, and how often for which reason."""
    counts = Counter(row.why for row in rows)
    return QueueReport(
        items=len({row.item for row in rows}), reasons={why.value: counts[why] for why in Reason if counts[why]}
    )


def _row(doubt: Doubt, consensus: Consensus, cell: int) -> QueueRow:
    return QueueRow(
        item=doubt.item,
        field=attribute_name(doubt.field, doubt.attribute) if doubt.attribute else doubt.field,
        why=doubt.why,
        reason=doubt.said or doubt.why.value,
        votes=int(consensus.votes[cell]),
        confidence=float(consensus.confidence[cell]),
    )
