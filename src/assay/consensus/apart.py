"""Votes too far apart for one value: a middle that nobody means, or a mark that has no kind.

Plurality ties by itself. A median never does, and overlap voting leaves out what no majority marks, so here it is said when
what they come to settles nothing:

- ordinal: the lower and the upper median are two steps or more apart, so that there is no middle;
- interval and ratio: the largest and the smallest vote are further apart than the project lets them be, in the unit of the
  field; where it says nothing, never;
- spans: half of the voters or more mark an element, and no kind is given to it by more than half; boxes: half or more draw a
  box of a thing, of whatever kind, beside those that more than half draw.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

import numpy as np

from assay.consensus.elements import by_category, things_of
from assay.consensus.votes import Ballots
from assay.model.elements import BOX, SPAN
from assay.model.json import Json, JsonObject
from assay.model.schema import Field, Scale
from assay.model.values import canonical_text, places
from assay.table.columns import Floats, Mask

STEPS = 2.0
_ROUNDING = 1e-12


def apart(ballots: Ballots, field: Field, spread: float | None = None) -> Mask:
    """Of which items (N,) the votes are too far apart. `spread` is how far numbers may be."""
    by_scale: Mapping[Scale, Callable[[], Mask]] = {
        Scale.ORDINAL: lambda: _without_middle(ballots, field),
        Scale.SPANS: lambda: _open(ballots, _unnamed),
        Scale.BOXES: lambda: _open(ballots, _undrawn),
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


def _open(ballots: Ballots, undecided: Callable[[Sequence[Json]], bool]) -> Mask:
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
