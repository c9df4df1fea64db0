"""Spans: a vote on every position and on every seam between two positions.

Token-wise majority voting is the standard way to make one sequence of many (Rodrigues, Pereira and Ribeiro 2014,
"Sequence labeling with multiple annotators"; Nguyen et al. 2017, "Aggregating and predicting sequence labels from crowd
annotations"). It knows no boundary inside a run, so here the seams are voted on too: a position carries a category when
more than half of the voters cover it with that category, and two neighbouring positions belong to one span when more
than half of the voters have one span that holds both. Adjacent spans of one category therefore stay apart unless a
majority joins them, and the result depends on no order of voters. Spans of one category that one voter nests or
overlaps count as their union, and an empty span, which has no position, is kept only where all voters gave the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from assay.consensus.elements import Backed, Elements, Fused, by_category, kind_in
from assay.model.elements import SPAN
from assay.model.json import Json, JsonObject
from assay.model.schema import Scale
from assay.model.values import canonical_text, canonical_value
from assay.table.columns import Floats, Mask


def spans(votes: Sequence[Json]) -> Fused:
    """What more than half of the voters mark; see the module.

    What a vote has in common with the result are positions of a category. Who backs a span marks some of it with its
    category; of several such spans of a voter that speaks which is most alike.
    """
    found: list[Backed] = []
    common, either = np.zeros(len(votes)), np.zeros(len(votes))
    for given in by_category(votes, SPAN).values():
        ground = _survey(given)
        found.extend(_marked(ground, given))
        common += ground.width(ground.cover & ground.covered)
        either += ground.width(ground.cover | ground.covered)
    return Fused(elements=tuple(found), common=common, either=either)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """One category's spans, cut at all their `edges` (sorted).

    `cover[voter, k]`: the voter marks from edge k to edge k+1; `join[voter, k]`: edge k lies inside a span of theirs.
    """

    edges: NDArray[Any]
    cover: Mask
    join: Mask

    @property
    def covered(self) -> Mask:
        """The stretches that more than half of the voters mark."""
        return np.asarray(self.cover.sum(axis=0) * 2 > len(self.cover), dtype=np.bool_)

    @property
    def joined(self) -> Mask:
        """The edges that lie inside a span for more than half of the voters."""
        return np.asarray(self.join.sum(axis=0) * 2 > len(self.join), dtype=np.bool_)

    def width(self, stretches: Mask) -> Floats:
        """How many positions each voter's stretches hold."""
        return np.asarray(stretches @ np.diff(self.edges, append=self.edges[-1:]), dtype=np.float64)


def _survey(given: Sequence[Elements]) -> _Ground:
    edges = np.unique([_edge(span, key) for mine in given for span in mine for key in SPAN])
    cover, join = np.zeros((2, len(given), len(edges)), dtype=np.bool_)
    for voter, mine in enumerate(given):
        for span in mine:
            start, end = np.searchsorted(edges, [_edge(span, key) for key in SPAN])
            cover[voter, start:end] = True
            join[voter, start + 1 : end] = True
    return _Ground(edges=edges, cover=cover, join=join)


def _marked(ground: _Ground, given: Sequence[Elements]) -> list[Backed]:
    covered, joined = ground.covered, ground.joined
    first = np.flatnonzero(covered & ~joined)
    last = np.flatnonzero(covered & ~np.append(joined[1:], np.False_))
    return [_backed(ground, slice(*ends), given) for ends in zip(first.tolist(), (last + 1).tolist(), strict=True)]


def _backed(ground: _Ground, stretches: slice, given: Sequence[Elements]) -> Backed:
    inside = np.zeros(len(ground.edges), dtype=np.bool_)
    inside[stretches] = True
    start, end = ground.edges[stretches.start].item(), ground.edges[stretches.stop].item()
    mass = ground.width(ground.cover & inside)
    backing = np.flatnonzero(mass).tolist()
    own: JsonObject = {
        "start": canonical_value(start, Scale.NOMINAL),
        "end": canonical_value(end, Scale.NOMINAL),
        **kind_in(span for mine in given for span in mine),
    }
    return Backed(
        own=own,
        voices={voter: _nearest(given[voter], start, end) for voter in backing},
        mass={voter: float(mass[voter]) for voter in backing},
    )


def _nearest(mine: Elements, start: float, end: float) -> Elements:
    """A voter's span, or spans of one place, most like a stretch: by intersection over union, the first of equal ones."""

    def likeness(span: JsonObject) -> float:
        low, high = _edge(span, "start"), _edge(span, "end")
        common = max(min(high, end) - max(low, start), 0)
        return common / (max(high, end) - min(low, start)) if common else 0.0

    ordered = sorted(mine, key=lambda span: (-likeness(span), _edge(span, "start"), canonical_text(span)))
    place = [_edge(ordered[0], key) for key in SPAN]
    return tuple(span for span in ordered if [_edge(span, key) for key in SPAN] == place)


def _edge(span: JsonObject, key: str) -> float:
    return cast("float", span[key])
