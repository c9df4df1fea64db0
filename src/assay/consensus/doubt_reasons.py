"""Why a consensus is in doubt: ties, few votes, contradicted experts, values far apart.

Plurality ties by itself. A median never does, and overlap voting leaves out what no majority marks, so here it is said when
what they come to settles nothing:

- ordinal: the lower and the upper median are two steps or more apart, so that there is no middle;
- interval and ratio: the largest and the smallest vote are further apart than the project lets them be, in the unit of the
  field; where it says nothing, never;
- spans: half of the voters or more mark an element, and no kind is given to it by more than half; boxes: half or more draw a
  box of a thing, of whatever kind, beside those that more than half draw.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import orjson

from assay import core
from assay.consensus.elements import by_category, edge, things_of
from assay.consensus.result import Consensus, Source
from assay.consensus.single_values import outvoted
from assay.consensus.votes import Ballots, standard
from assay.core import BOX, EXTENTS, SPAN, Corpus, Field, Floats, Json, JsonObject, Mask, Scale

DOUBTFUL = 0.6


class Reason(StrEnum):
    """Why a value needs review, the most pressing first. `gold-missed` and `duplicate` come from other sources than consensus."""

    TIE = "tie"
    APART = "apart"
    GOLD_CONTRADICTED = "gold-contradicted"
    GOLD_MISSED = "gold-missed"
    DUPLICATE = "duplicate"
    LOW_CONFIDENCE = "low-confidence"


PRIORITY = {reason: rank for rank, reason in enumerate(Reason, start=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One reason to review a field of an item, or an attribute of its elements.

    `said` are details that `why` does not give, such as the other item.
    """

    item: str
    field: str
    why: Reason
    attribute: str = ""
    said: str = ""


def doubts(consensus: Consensus, corpus: Corpus) -> tuple[Doubt, ...]:
    """The doubts that votes and experts leave, in the order of the cells.

    `tie`: the votes tie and there is no decision; for elements the doubt is about the attribute. `apart`: the votes are too
    far apart for one value. `gold-contradicted`: more than half of two or more votes agree on another value than gold, in a
    sequence at some element. `low-confidence`: two or more votes with a confidence below `DOUBTFUL`; numbers are left out,
    because few votes are equal even where all are close.
    """
    found: list[Doubt] = []
    unsure = (consensus.votes >= 2) & (consensus.confidence < DOUBTFUL)
    for cell, source in enumerate(consensus.source):
        item, field = corpus.items.ids[consensus.item[cell]], _field(consensus, cell)
        why: Reason | None = None
        if undecided := consensus.undecided[cell]:
            least_first = sorted(orjson.loads(undecided), key=lambda one: -PRIORITY[Reason(one["why"])])
            reasons = {one["attribute"]: Reason(one["why"]) for one in least_first}
            found += [Doubt(item=item, field=field.name, why=reasons[name], attribute=name) for name in sorted(reasons)]
        elif source in {Source.TIE, Source.APART}:
            why = Reason(source.value)
        elif source is Source.GOLD and _contradicted(consensus, cell):
            why = Reason.GOLD_CONTRADICTED
        elif source is Source.VOTED and unsure[cell] and not field.scale.numeric:
            why = Reason.LOW_CONFIDENCE
        if why is not None:
            found.append(Doubt(item=item, field=field.name, why=why))
    return tuple(found)


def _contradicted(consensus: Consensus, cell: int) -> bool:
    votes = consensus.votes[cell]
    given: dict[str, int] = orjson.loads(consensus.distribution[cell])
    field = _field(consensus, cell)
    if field.scale is Scale.SEQUENCE:
        orders = [(core.value_of(text, field), count) for text, count in given.items()]
        return bool(votes >= 2 and outvoted(orders, consensus.value[cell]))
    majority = next((text for text, count in given.items() if count * 2 > votes), None)
    decided = core.value_text(standard(consensus.value[cell], field), field)
    return bool(votes >= 2 and majority is not None and majority != decided)


def _field(consensus: Consensus, cell: int) -> Field:
    return consensus.fields[int(consensus.field[cell])]


STEPS = 2.0
_ROUNDING = 1e-12


def too_far_apart(ballots: Ballots, field: Field, spread: float | None = None) -> Mask:
    """The items (N,) whose votes are too far apart. `spread` is how far apart numbers may be."""
    if field.scale is Scale.ORDINAL and field.ordered:
        return _without_middle(ballots, field)
    if field.scale in EXTENTS:
        is_open = _unnamed if field.scale is Scale.SPANS else _undrawn
        votes = ([value for value, count in vote for _ in range(count)] for vote in ballots.iter_votes())
        found = (len(vote) > 1 and is_open(vote) for vote in votes)
        return np.fromiter(found, dtype=np.bool_, count=len(ballots.items))
    if field.scale.numeric and spread is not None:
        given: Floats = np.array(ballots.values, dtype=np.float64)[ballots.value]
        low, high = np.minimum.reduceat(given, ballots.starts), np.maximum.reduceat(given, ballots.starts)
        return np.asarray(high - low > spread + _ROUNDING * np.maximum(np.abs(low), np.abs(high)), dtype=np.bool_)
    return np.zeros(len(ballots.items), dtype=np.bool_)


def _without_middle(ballots: Ballots, field: Field) -> Mask:
    stands = core.places(ballots.values, field)
    ranks = [stands.get(core.canonical_text(value), np.nan) for value in ballots.values]
    place = np.array(ranks, dtype=np.float64)[ballots.value]
    order = np.lexsort((place, ballots.group))
    place, count = place[order], ballots.count[order]
    before = np.cumsum(count) - count
    rising = (before - before[ballots.starts][ballots.group] + count) * 2
    votes = ballots.votes[ballots.group]
    lower, upper = (
        np.minimum.reduceat(np.where(holds, place, np.inf), ballots.starts)
        for holds in (rising >= votes, rising > votes)
    )
    return np.asarray(upper - lower >= STEPS, dtype=np.bool_)


def _unnamed(votes: Sequence[Json]) -> bool:
    """Whether at least half of the voters mark a stretch for which no kind has a majority."""
    kinds = by_category(votes, SPAN).values()
    edges = np.unique([edge(span, key) for kind in kinds for mine in kind for span in mine for key in SPAN])
    covers = np.zeros((len(kinds), len(votes), len(edges)), dtype=np.bool_)
    for cover, kind in zip(covers, kinds, strict=True):
        for voter, mine in enumerate(kind):
            for span in mine:
                start, end = np.searchsorted(edges, [edge(span, key) for key in SPAN])
                cover[voter, start:end] = True
    marked, named = covers.any(axis=0).sum(axis=0), covers.sum(axis=1).max(axis=0, initial=0)
    return bool(((marked * 2 >= len(votes)) & (named * 2 <= len(votes))).any())


def _undrawn(votes: Sequence[Json]) -> bool:
    """Whether at least half of the voters draw a thing for which no kind has a majority."""
    left: list[tuple[int, JsonObject]] = []
    for given in by_category(votes, BOX).values():
        for thing in things_of((voter, box) for voter, mine in enumerate(given) for box in mine):
            left += thing if len(thing) * 2 <= len(votes) else []
    return any(len(thing) * 2 >= len(votes) for thing in things_of(left))
