"""Why a consensus is in doubt: ties, few votes, contradicted experts, values far apart.

Plurality ties by itself. A median never does, and overlap voting leaves out what no majority marks, so here it is said when
what they come to settles nothing:

- ordinal: the lower and the upper median are two steps or more apart, so that there is no middle;
- interval and ratio: the largest and the smallest vote are further apart than the project lets them be, in the unit of the
  field; where it says nothing, never;
- spans: half of the voters or more mark an element, and no kind is given to it by more than half; boxes: half or more draw a
  box of a thing, of whatever kind, beside those that more than half draw.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

import numpy as np
import orjson

from assay.consensus.elements import by_category, things_of
from assay.consensus.result import Consensus, Source
from assay.consensus.single_values import outvoted
from assay.consensus.votes import Ballots, standard
from assay.core import (
    BOX,
    SPAN,
    Corpus,
    Field,
    Floats,
    Json,
    JsonObject,
    Mask,
    Scale,
    canonical_text,
    places,
    value_of,
    value_text,
)

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


STEPS = 2.0
_ROUNDING = 1e-12


def apart(ballots: Ballots, field: Field, spread: float | None = None) -> Mask:
    """Of which items (N,) the votes are too far apart. `spread` is how far numbers may be."""
    by_scale: Mapping[Scale, Callable[[], Mask]] = {
        Scale.ORDINAL: lambda: _without_middle(ballots, field),
        Scale.SPANS: lambda: _open_apart(ballots, _unnamed),
        Scale.BOXES: lambda: _open_apart(ballots, _undrawn),
    }
    if field.scale in by_scale and field.ordered:
        return by_scale[field.scale]()
    if field.scale.numeric and spread is not None:
        given: Floats = np.array(ballots.values, dtype=np.float64)[ballots.value]
        low, high = np.minimum.reduceat(given, ballots.starts), np.maximum.reduceat(given, ballots.starts)
        return np.asarray(high - low > spread + _ROUNDING * np.maximum(np.abs(low), np.abs(high)), dtype=np.bool_)
    return np.zeros(len(ballots.items), dtype=np.bool_)


def _without_middle(ballots: Ballots, field: Field) -> Mask:
    stands = places(ballots.values, field)
    ranks = [stands.get(canonical_text(value), np.nan) for value in ballots.values]
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


def _open_apart(ballots: Ballots, undecided: Callable[[Sequence[Json]], bool]) -> Mask:
    found = (
        len(paper) > 1 and undecided([value for value, count in paper for _ in range(count)])
        for paper in ballots.iter_votes()
    )
    return np.fromiter(found, dtype=np.bool_, count=len(ballots.items))


def _unnamed(votes: Sequence[Json]) -> bool:
    """Whether half of the voters or more mark a stretch to which no kind is given by more than half."""
    kinds = by_category(votes, SPAN).values()
    edges = np.unique([_edge(span, key) for kind in kinds for mine in kind for span in mine for key in SPAN])
    covers = np.zeros((len(kinds), len(votes), len(edges)), dtype=np.bool_)
    for cover, kind in zip(covers, kinds, strict=True):
        for voter, mine in enumerate(kind):
            for span in mine:
                start, end = np.searchsorted(edges, [_edge(span, key) for key in SPAN])
                cover[voter, start:end] = True
    marked, named = covers.any(axis=0).sum(axis=0), covers.sum(axis=1).max(axis=0, initial=0)
    return bool(((marked * 2 >= len(votes)) & (named * 2 <= len(votes))).any())


def _undrawn(votes: Sequence[Json]) -> bool:
    """Whether half of the voters or more draw a thing that is not decided: of each kind half of them or fewer."""
    left: list[tuple[int, JsonObject]] = []
    for given in by_category(votes, BOX).values():
        for thing in things_of((voter, box) for voter, mine in enumerate(given) for box in mine):
            left += thing if len(thing) * 2 <= len(votes) else []
    return any(len(thing) * 2 >= len(votes) for thing in things_of(left))


def _edge(span: Mapping[str, Json], key: str) -> float:
    return cast("float", span[key])
