"""Doubt about what the dataset says: why somebody should look at a field of an item."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import orjson

from assay.consensus.orders import outvoted
from assay.consensus.result import Consensus, Source
from assay.consensus.votes import standard
from assay.model.schema import Field, Scale
from assay.model.values import value_of, value_text
from assay.table import Corpus

DOUBTFUL = 0.6


class Reason(StrEnum):
    """Why somebody should look, the most pressing first. `gold-missed` and `duplicate` need more than consensus sees."""

    TIE = "tie"
    APART = "apart"
    GOLD_CONTRADICTED = "gold-contradicted"
    GOLD_MISSED = "gold-missed"
    DUPLICATE = "duplicate"
    LOW_CONFIDENCE = "low-confidence"


PRIORITY = {reason: rank for rank, reason in enumerate(Reason, start=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One reason to look at a field of an item, or at an attribute of its elements.

    `said` is the reason in words where the name of `why` does not say all, such as which item is the other one.
    """

    item: str
    field: str
    why: Reason
    attribute: str = ""
    said: str = ""


def doubts(consensus: Consensus, corpus: Corpus) -> tuple[Doubt, ...]:
    """Where votes and experts leave doubt, in the order of the cells.

    `tie`: the votes tie and nobody decided; of an attribute of elements the doubt is the attribute's. `apart`: they are too far apart for one value. `gold-contradicted`: more than half of two or more votes say the same, and
    gold says something else, of a sequence at some element. `low-confidence`: two or more votes, less than `DOUBTFUL` sure; numbers are left out,
    for which few votes are equal even where all are close.
    """
    ids = corpus.items.ids
    return tuple(
        Doubt(item=ids[consensus.item[cell]], field=_field(consensus, cell).name, why=why, attribute=attribute)
        for cell, why, attribute in _doubts(consensus)
    )


def _doubts(consensus: Consensus) -> Iterator[tuple[int, Reason, str]]:
    unsure = (consensus.votes >= 2) & (consensus.confidence < DOUBTFUL)
    for cell, source in enumerate(consensus.source):
        if said := consensus.undecided[cell]:
            yield from ((cell, reason, attribute) for attribute, reason in _open(said))
        elif source is Source.TIE:
            yield cell, Reason.TIE, ""
        elif source is Source.APART:
            yield cell, Reason.APART, ""
        elif source is Source.GOLD and _contradicted(consensus, cell):
            yield cell, Reason.GOLD_CONTRADICTED, ""
        elif source is Source.VOTED and unsure[cell] and not _field(consensus, cell).scale.numeric:
            yield cell, Reason.LOW_CONFIDENCE, ""


def _open(said: str) -> list[tuple[str, Reason]]:
    """The attributes that are open in a cell, each with its most pressing reason."""
    found: dict[str, Reason] = {}
    for one in orjson.loads(said):
        name, reason = one["attribute"], Reason(one["why"])
        found[name] = min(found.get(name, reason), reason, key=PRIORITY.__getitem__)
    return sorted(found.items())


def _contradicted(consensus: Consensus, cell: int) -> bool:
    votes = consensus.votes[cell]
    given: dict[str, int] = orjson.loads(consensus.distribution[cell])
    field = _field(consensus, cell)
    if field.scale is Scale.SEQUENCE:
        paper = [(value_of(text, field), count) for text, count in given.items()]
        return bool(votes >= 2 and outvoted(paper, consensus.value[cell]))
    said = next((text for text, count in given.items() if count * 2 > votes), None)
    decided = value_text(standard(consensus.value[cell], field), field)
    return bool(votes >= 2 and said is not None and said != decided)


def _field(consensus: Consensus, cell: int) -> Field:
    return consensus.fields[int(consensus.field[cell])]
