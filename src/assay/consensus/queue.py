"""The review queue: what somebody should look at."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import orjson

from assay.consensus.result import Consensus, Source
from assay.consensus.votes import standard
from assay.model.json import Json
from assay.model.schema import Field
from assay.model.values import value_text
from assay.table import Corpus

DOUBTFUL = 0.6


class Reason(StrEnum):
    """Why an item is in the queue, the most pressing first."""

    TIE = "tie"
    APART = "apart"
    GOLD_CONTRADICTED = "gold-contradicted"
    LOW_CONFIDENCE = "low-confidence"


PRIORITY = {reason: rank for rank, reason in enumerate(Reason, start=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """An item and the field to look at; `priority` 1 is the most pressing."""

    item: str
    field: str
    reason: Reason
    priority: int
    votes: int
    confidence: float


def queue(consensus: Consensus, corpus: Corpus) -> tuple[QueueRow, ...]:
    """The doubtful (item, field) cells, by priority, then item, then the order of the fields.

    `tie`: the votes tie and nobody decided. `apart`: they are too far apart for one value. `gold-contradicted`: more than half of two or more votes say the same, and
    gold says something else. `low-confidence`: two or more votes, less than `DOUBTFUL` sure; numbers are left out,
    for which few votes are equal even where all are close.
    """
    rows = [_row(consensus, corpus, cell, reason) for cell, reason in _doubts(consensus)]
    return tuple(sorted(rows, key=lambda row: (row.priority, row.item)))


def _doubts(consensus: Consensus) -> Iterator[tuple[int, Reason]]:
    for cell, source in enumerate(consensus.source):
        if source is Source.TIE:
            yield cell, Reason.TIE
        elif source is Source.APART:
            yield cell, Reason.APART
        elif source is Source.GOLD and _contradicted(consensus, cell):
            yield cell, Reason.GOLD_CONTRADICTED
        elif source is Source.VOTED and _doubtful(consensus, cell):
            yield cell, Reason.LOW_CONFIDENCE


def _contradicted(consensus: Consensus, cell: int) -> bool:
    votes = consensus.votes[cell]
    given: dict[str, int] = orjson.loads(consensus.distribution[cell])
    said = next((text for text, count in given.items() if count * 2 > votes), None)
    return bool(votes >= 2 and said is not None and said != _text(consensus.value[cell], _field(consensus, cell)))


def _text(value: Json, field: Field) -> str:
    return value_text(standard(value, field), field)


def _doubtful(consensus: Consensus, cell: int) -> bool:
    unsure = consensus.votes[cell] >= 2 and consensus.confidence[cell] < DOUBTFUL
    return bool(unsure and not _field(consensus, cell).scale.numeric)


def _field(consensus: Consensus, cell: int) -> Field:
    return consensus.fields[int(consensus.field[cell])]


def _row(consensus: Consensus, corpus: Corpus, cell: int, reason: Reason) -> QueueRow:
    return QueueRow(
        item=corpus.items.ids[consensus.item[cell]],
        field=_field(consensus, cell).name,
        reason=reason,
        priority=PRIORITY[reason],
        votes=int(consensus.votes[cell]),
        confidence=float(consensus.confidence[cell]),
    )
