"""Overlap voting on spans and boxes: group elements by kind, and find those that a majority marks.

A box is kept if more than half of the voters draw it. Boxes of one category are matched across voters
(`assay.core.geometry`), so two objects that one voter separates are never merged. Each number of a box is the lower median of
its voters' numbers: it is a number that a voter gave, and whole pixels stay whole. For rotated boxes such a mixture is not a
sensible box, so the one most similar to the others is taken.

Spans are voted on at every position and at every boundary between two positions. Token-wise majority voting is the standard
way to aggregate sequences (Rodrigues, Pereira and Ribeiro 2014, "Sequence labeling with multiple annotators"; Nguyen et al.
2017, "Aggregating and predicting sequence labels from crowd annotations"). It has no boundary inside a run, so boundaries
are voted on too: a position has a category when more than half of the voters cover it with that category, and two
neighbouring positions belong to one span when more than half of the voters have one span over both. Adjacent spans of one
category therefore stay separate unless a majority joins them, and the result does not depend on the order of voters. Spans
of one category that one voter nests or overlaps count as their union, and an empty span, which has no position, is kept
only where all voters gave the same.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from assay import core
from assay.core import BOX, KIND, ROTATION, SPAN, Floats, Json, JsonObject, Mask, Scale

Elements: TypeAlias = tuple[JsonObject, ...]
Drawn: TypeAlias = "list[tuple[int, JsonObject]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backed:
    """An element that a majority marks: its extent and kind (`own`), and the elements there of each voter who backs it.

    `mass` is the part of a voter's overlap with the result that falls in this element.
    """

    own: JsonObject
    voices: Mapping[int, Elements]
    mass: Mapping[int, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fused:
    """The fused votes on an item, and for each voter the size of the intersection (`common`) and the union (`either`) with it."""

    elements: tuple[Backed, ...]
    common: Floats
    either: Floats


Fuse: TypeAlias = Callable[[Sequence[Json]], Fused]


def by_category(votes: Sequence[Json], extent: tuple[str, ...]) -> Mapping[str, tuple[Elements, ...]]:
    """Each voter's elements, by their `label` (they may have none), in the order of its text.

    An element without numbers for its extent is left out.
    """
    sorted_out: dict[str, list[list[JsonObject]]] = defaultdict(lambda: [[] for _ in votes])
    for voter, vote in enumerate(votes):
        for element in vote if isinstance(vote, list) else ():
            if isinstance(element, dict) and all(isinstance(element.get(key), int | float) for key in extent):
                sorted_out[core.canonical_text(element.get(KIND))][voter].append(element)
    return {label: tuple(map(tuple, sorted_out[label])) for label in sorted(sorted_out)}


def kind_in(elements: Iterable[JsonObject]) -> JsonObject:
    """The kind of elements of one kind, as they state it; empty if they state none."""
    return next(({KIND: element[KIND]} for element in elements if KIND in element), {})


def boxes(votes: Sequence[Json]) -> Fused:
    """The boxes that more than half of the voters draw; see the module.

    The overlap of a vote with the result is counted in matched boxes.
    """
    found: list[Backed] = []
    drawn, matched = np.zeros(len(votes)), np.zeros(len(votes))
    for given in by_category(votes, BOX).values():
        drawn += [len(mine) for mine in given]
        for thing in things_of((voter, box) for voter, mine in enumerate(given) for box in mine):
            if len(thing) * 2 > len(votes):
                drawings = [box for _, box in thing]
                found.append(
                    Backed(
                        own=_extent(drawings) | kind_in(drawings),
                        voices={voter: (box,) for voter, box in thing},
                        mass=dict.fromkeys((voter for voter, _ in thing), 1.0),
                    )
                )
                matched[[voter for voter, _ in thing]] += 1
    return Fused(elements=tuple(found), common=matched, either=drawn + len(found) - matched)


def things_of(drawn: Iterable[tuple[int, JsonObject]]) -> list[Drawn]:
    """Boxes with their voters, grouped by the object they seem to show; boxes without an area are left out."""
    some = sorted(
        ((voter, box, place) for voter, box in drawn if (place := core.extent_of(box, Scale.BOXES)) is not None),
        key=lambda drawing: (drawing[0], core.canonical_text(drawing[1])),
    )
    if not some:
        return []
    found = core.match_elements(
        np.zeros(len(some), dtype=np.int64),
        np.array([voter for voter, _, _ in some], dtype=np.int64),
        np.array([place for _, _, place in some], dtype=np.float64),
    )
    together: list[Drawn] = [[] for _ in range(int(found.max()) + 1)]
    for thing, (voter, box, _) in zip(found.tolist(), some, strict=True):
        together[thing].append((voter, box))
    return together


def _extent(drawn: Sequence[JsonObject]) -> JsonObject:
    if any(_number(box, ROTATION) % 360 for box in drawn):
        # The box with the largest sum of intersections over union with all; the first of equal ones, by its text.
        ordered = sorted(drawn, key=core.canonical_text)
        places = np.array([core.extent_of(box, Scale.BOXES) for box in ordered], dtype=np.float64)
        nearest = ordered[int(np.round(core.iou(places, places).sum(axis=1), 12).argmax())]
        return {key: nearest[key] for key in (*BOX, ROTATION) if key in nearest}
    middle = (len(drawn) - 1) // 2
    upright = 2 * sum(ROTATION in box for box in drawn) > len(drawn)
    keys = (*BOX, ROTATION) if upright else BOX
    return {key: sorted(_number(box, key) for box in drawn)[middle] for key in keys}


def _number(box: JsonObject, key: str) -> float:
    value = box.get(key)
    return cast("float", value) if isinstance(value, int | float) else 0


def spans(votes: Sequence[Json]) -> Fused:
    """The spans that more than half of the voters mark; see the module.

    The overlap of a vote with the result is counted in positions of a category. A voter backs a span by marking part of it
    with its category; of several such spans of a voter the most similar one is used.
    """
    found: list[Backed] = []
    common, either = np.zeros(len(votes)), np.zeros(len(votes))
    for given in by_category(votes, SPAN).values():
        cut = _Stretches.of(given)
        covered, joined = cut.covered, cut.joined
        first = np.flatnonzero(covered & ~joined).tolist()
        last = np.flatnonzero(covered & ~np.append(joined[1:], np.False_)).tolist()
        found += [cut.backed(slice(low, high + 1), given) for low, high in zip(first, last, strict=True)]
        common += cut.width(cut.cover & cut.covered)
        either += cut.width(cut.cover | cut.covered)
    return Fused(elements=tuple(found), common=common, either=either)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretches:
    """One category's spans, cut at all their `edges` (sorted).

    `cover[voter, k]`: the voter marks from edge k to edge k+1; `join[voter, k]`: edge k lies inside a span of theirs.
    """

    edges: NDArray[Any]
    cover: Mask
    join: Mask

    @classmethod
    def of(cls, given: Sequence[Elements]) -> "_Stretches":
        edges = np.unique([edge(span, key) for mine in given for span in mine for key in SPAN])
        cover, join = np.zeros((2, len(given), len(edges)), dtype=np.bool_)
        for voter, mine in enumerate(given):
            for span in mine:
                start, end = np.searchsorted(edges, [edge(span, key) for key in SPAN])
                cover[voter, start:end] = True
                join[voter, start + 1 : end] = True
        return cls(edges=edges, cover=cover, join=join)

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

    def backed(self, stretches: slice, given: Sequence[Elements]) -> Backed:
        """The element of a run of stretches, with the voters who back it."""
        inside = np.zeros(len(self.edges), dtype=np.bool_)
        inside[stretches] = True
        start, end = self.edges[stretches.start].item(), self.edges[stretches.stop].item()
        mass = self.width(self.cover & inside)
        backing = np.flatnonzero(mass).tolist()
        own: JsonObject = {
            "start": core.canonical_value(start, Scale.NOMINAL),
            "end": core.canonical_value(end, Scale.NOMINAL),
            **kind_in(span for mine in given for span in mine),
        }
        return Backed(
            own=own,
            voices={voter: _nearest_span(given[voter], start, end) for voter in backing},
            mass={voter: float(mass[voter]) for voter in backing},
        )


def _nearest_span(mine: Elements, start: float, end: float) -> Elements:
    """A voter's span, or spans of one place, most like a stretch: by intersection over union, the first of equal ones."""

    def likeness(span: JsonObject) -> float:
        low, high = edge(span, "start"), edge(span, "end")
        common = max(min(high, end) - max(low, start), 0)
        return common / (max(high, end) - min(low, start)) if common else 0.0

    ordered = sorted(mine, key=lambda span: (-likeness(span), edge(span, "start"), core.canonical_text(span)))
    place = [edge(ordered[0], key) for key in SPAN]
    return tuple(span for span in ordered if [edge(span, key) for key in SPAN] == place)


def edge(span: Mapping[str, Json], key: str) -> float:
    """Where a span starts or ends."""
    return cast("float", span[key])
