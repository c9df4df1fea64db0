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

from assay.consensus.elements import Elements, by_category, overlap, shared
from assay.consensus.opinion import Opinion
from assay.consensus.votes import Ballots
from assay.model.json import Json, JsonObject
from assay.model.schema import Scale
from assay.model.values import canonical_value
from assay.table.columns import Floats, Mask

EXTENT = ("start", "end")


def spans(ballots: Ballots) -> Opinion:
    """What more than half of an item's voters mark; see the module.

    Confidence is the mean over the voters of the Jaccard index of (position, category) between vote and result.
    """
    return overlap(ballots, fuse)


def fuse(votes: Sequence[Json]) -> tuple[Json, float]:
    """The spans that a majority marks, and the mean likeness of the votes to them."""
    found: list[Json] = []
    common, either = np.zeros(len(votes)), np.zeros(len(votes))
    for given in by_category(votes, EXTENT).values():
        ground = _survey(given)
        found.extend(_marked(ground, given))
        common += ground.width(ground.cover & ground.covered)
        either += ground.width(ground.cover | ground.covered)
    alike = np.divide(common, either, out=np.ones(len(votes)), where=either > 0)
    return canonical_value(found, Scale.SPANS), float(alike.mean())


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
    edges = np.unique([_edge(span, key) for mine in given for span in mine for key in EXTENT])
    cover, join = np.zeros((2, len(given), len(edges)), dtype=np.bool_)
    for voter, mine in enumerate(given):
        for span in mine:
            start, end = np.searchsorted(edges, [_edge(span, key) for key in EXTENT])
            cover[voter, start:end] = True
            join[voter, start + 1 : end] = True
    return _Ground(edges=edges, cover=cover, join=join)


def _marked(ground: _Ground, given: Sequence[Elements]) -> list[Json]:
    covered, joined = ground.covered, ground.joined
    first = np.flatnonzero(covered & ~joined)
    last = np.flatnonzero(covered & ~np.append(joined[1:], np.False_))
    ends = zip(ground.edges[first].tolist(), ground.edges[last + 1].tolist(), strict=True)
    return [_span(start, end, given) for start, end in ends]


def _span(start: float, end: float, given: Sequence[Elements]) -> JsonObject:
    support = [
        tuple(span for span in mine if _edge(span, "start") < end and start < _edge(span, "end")) for mine in given
    ]
    extent: JsonObject = {"start": canonical_value(start, Scale.NOMINAL), "end": canonical_value(end, Scale.NOMINAL)}
    return shared(support, len(given), EXTENT) | extent


def _edge(span: JsonObject, key: str) -> float:
    return cast("float", span[key])
