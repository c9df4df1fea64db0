"""Overlap of spans and boxes (intersection over union), and the matching of elements of several people.

A box is x, y, width, height (its upper left corner before it is turned) and, where it is turned, degrees clockwise about
its centre, y running down as in pictures.

Two elements show the same thing where their intersection over union is at least .5 (`assay.core.elements.SAME`). They are
joined from the most alike pair down, and a thing takes one element of a person at most, so that two things which one person
tells apart are never merged. Names and order of people make no difference: pairs that are equally alike are joined in the
order of their places.
"""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from assay.core.elements import SAME, SPAN
from assay.core.table import Floats, Ints, Mask

_BOX = 5
_CORNERS = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])
_ROUNDING = 1e-12
_PAIRS = 2**14


def span_iou(first: Floats, second: Floats) -> Floats:
    """Intersection over union of spans (start, end), row by row, (N,)."""
    common = np.minimum(first[:, 1], second[:, 1]) - np.maximum(first[:, 0], second[:, 0])
    common = common.clip(min=0)
    every = (first[:, 1] - first[:, 0]) + (second[:, 1] - second[:, 0]) - common
    return _share(common, every)


def iou(first: Floats, second: Floats) -> Floats:
    """Intersection over union of each box of `first`, (F, 4) or (F, 5) with rotation, and each of `second`, (F, S)."""
    one, other = np.repeat(first, len(second), axis=0), np.tile(second, (len(first), 1))
    return box_iou(one, other).reshape(len(first), len(second))


def box_iou(first: Floats, second: Floats) -> Floats:
    """Intersection over union of boxes, row by row, (N,)."""
    one, other = _upright(first), _upright(second)
    low = np.maximum(one[:, :2], other[:, :2])
    high = np.minimum(one[:, :2] + one[:, 2:4], other[:, :2] + other[:, 2:4])
    common = np.clip(high - low, 0, None).prod(axis=1)
    askew = np.flatnonzero((one[:, 4] != 0) | (other[:, 4] != 0))
    common[askew] = 0
    met = askew[_meeting(one[askew], other[askew])]
    for start in range(0, len(met), _PAIRS):
        some = met[start : start + _PAIRS]
        common[some] = _common(one[some], other[some])
    areas = [boxes[:, 2:4].clip(min=0).prod(axis=1) for boxes in (one, other)]
    return _share(common, areas[0] + areas[1] - common)


def _share(common: Floats, every: Floats) -> Floats:
    return np.asarray(np.divide(common, every, out=np.zeros(common.shape), where=every > 0))


def _upright(boxes: Floats) -> Floats:
    """The same boxes (N, 5), rotated by less than 180 degrees; a rotation of 90 becomes an upright box."""
    found = np.zeros((len(boxes), _BOX))
    found[:, : boxes.shape[1]] = boxes
    found[:, 4] %= 180
    side = found[:, 4] == 90
    shift = (found[side, 2] - found[side, 3])[:, np.newaxis] / 2
    found[side, :2] += shift * [1, -1]
    found[side, 2:4] = found[side, 3:1:-1]
    found[side, 4] = 0
    return found


def _meeting(one: Floats, other: Floats) -> Mask:
    """Whether boxes are near enough to overlap under any rotation."""
    away = one[:, :2] + one[:, 2:4] / 2 - other[:, :2] - other[:, 2:4] / 2
    reach = (np.hypot(one[:, 2], one[:, 3]) + np.hypot(other[:, 2], other[:, 3])) / 2
    return np.asarray(np.hypot(away[:, 0], away[:, 1]) < reach, dtype=np.bool_)


def _common(one: Floats, other: Floats) -> Floats:
    """The common area of two boxes, row by row, (K,).

    Its corners are those of each box inside the other, and the crossings of their sides; the area is convex, so the corners
    sorted by angle around its middle are the outline (shoelace formula).
    """
    middle = one[:, np.newaxis, :2] + one[:, np.newaxis, 2:4] / 2
    left, right = _corners(one) - middle, _corners(other) - middle
    crossing, crossed = _crossings(left, right)
    points = np.concatenate([left, right, crossing], axis=1)
    held = np.concatenate([_inside(left + middle, other), _inside(right + middle, one), crossed], axis=1)
    weight = held / np.maximum(held.sum(axis=1, keepdims=True), 1)
    points = points - np.einsum("kp,kpd->kd", weight, points)[:, np.newaxis]
    angle = np.where(held, np.arctan2(points[..., 1], points[..., 0]), np.inf)
    order = np.argsort(angle, axis=1, kind="stable")
    outline = np.take_along_axis(points, order[..., np.newaxis], axis=1)
    outline = np.where(np.take_along_axis(held, order, axis=1)[..., np.newaxis], outline, outline[:, :1])
    x, y = outline[..., 0], outline[..., 1]
    area = (x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1) / 2
    return np.where(held.sum(axis=1) > 2, area.clip(min=0), 0.0)


def _directions(boxes: Floats) -> Floats:
    """The directions of width and height of each box, (N, 2, 2): clockwise, y pointing down."""
    turn = np.radians(boxes[:, 4])
    cos, sin = np.cos(turn), np.sin(turn)
    return np.stack([np.stack([cos, sin], axis=1), np.stack([-sin, cos], axis=1)], axis=1)


def _corners(boxes: Floats) -> Floats:
    """The four corners of each box in order, (N, 4, 2)."""
    sides = _CORNERS * boxes[:, np.newaxis, 2:4] / 2
    return boxes[:, np.newaxis, :2] + boxes[:, np.newaxis, 2:4] / 2 + sides @ _directions(boxes)


def _inside(points: Floats, boxes: Floats) -> Mask:
    """Whether points (K, P, 2) lie in the box of their row."""
    away = (points - boxes[:, np.newaxis, :2] - boxes[:, np.newaxis, 2:4] / 2) @ _directions(boxes).transpose(0, 2, 1)
    room = boxes[:, np.newaxis, 2:4] / 2
    return np.asarray((np.abs(away) <= room + _ROUNDING * room.max(axis=2, keepdims=True)).all(axis=2), dtype=np.bool_)


def _crossings(left: Floats, right: Floats) -> tuple[Floats, Mask]:
    """The crossings of each side of one outline with each of the other, (K, 16, 2), and whether they exist."""
    along, across = (np.roll(corners, -1, axis=1) - corners for corners in (left, right))
    gap = right[:, np.newaxis] - left[:, :, np.newaxis]
    turn = _cross(along[:, :, np.newaxis], across[:, np.newaxis])
    parallel = np.abs(turn) <= _ROUNDING * np.sqrt(
        (along**2).sum(axis=2)[:, :, np.newaxis] * (across**2).sum(axis=2)[:, np.newaxis]
    )
    base = np.where(parallel, 1.0, turn)
    here = _cross(gap, across[:, np.newaxis]) / base
    there = _cross(gap, along[:, :, np.newaxis]) / base
    met = ~parallel & (here >= 0) & (here <= 1) & (there >= 0) & (there <= 1)
    places = left[:, :, np.newaxis] + here[..., np.newaxis] * along[:, :, np.newaxis]
    return np.where(met[..., np.newaxis], places, 0.0).reshape(len(left), -1, 2), met.reshape(len(left), -1)


def _cross(one: Floats, other: Floats) -> Floats:
    return np.asarray(one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0])


def overlapping_pairs(group: Ints, place: Floats) -> tuple[Ints, Ints]:
    """All pairs of rows of one group whose intervals `place` (X, 2) share a point, each once, as row positions.

    Sorted by start, a row can reach the one `lag` positions behind only if it reaches the nearer ones, so the search ends
    with the first lag without an overlap.
    """
    order = np.lexsort((place[:, 0], group))
    groups, starts, ends = group[order], place[order, 0], place[order, 1]
    reach = _reach(groups, ends)
    first: list[Ints] = []
    second: list[Ints] = []
    for lag in range(1, len(order)):
        near = np.flatnonzero((groups[lag:] == groups[:-lag]) & (starts[lag:] < reach[:-lag]))
        if not len(near):
            break
        met = near[starts[near + lag] < ends[near]]
        first.append(order[met])
        second.append(order[met + lag])
    nothing = np.zeros(0, dtype=np.int64)
    return np.concatenate([nothing, *first]), np.concatenate([nothing, *second])


def _reach(groups: Ints, ends: Floats) -> Floats:
    """The maximum end of the intervals up to each row of a group."""
    if not len(ends):
        return ends
    far = (groups - groups[0]) * (float(ends.max()) + 1)
    return np.asarray(np.maximum.accumulate(ends + far) - far)


_Pairs: TypeAlias = "tuple[Ints, Ints, Floats]"


def match_elements(group: Ints, person: Ints, place: Floats) -> Ints:
    """The number of the object that each of E elements marks, (E,), by group, then place.

    Only elements of one `group` (E,) are matched (those of a unit, or of a unit and kind). `place` is (E, 2) for spans, (E, 4)
    or (E, 5) for boxes. Two elements of one person at the same place mark different objects.
    """
    if not len(group):
        return np.zeros(0, dtype=np.int64)
    spot = _spots(group, place)
    turn = _turn(spot, person)
    nodes, first, node = np.unique(spot * (turn.max() + 1) + turn, return_index=True, return_inverse=True)
    joined = _Joined(node, person, len(nodes))
    for one, other in _alike(group[first], place[first]):
        joined.join(one, other)
    return np.asarray(
        np.unique([joined.thing(one) for one in range(len(nodes))], return_inverse=True)[1][node], dtype=np.int64
    )


class _Joined:
    """Places joined to objects with at most one element of each person (union-find); the first place is the root."""

    def __init__(self, node: Ints, person: Ints, nodes: int) -> None:
        self._top = list(range(nodes))
        self._person = person[np.argsort(node, kind="stable")]
        self._bounds = np.searchsorted(np.sort(node), np.arange(nodes + 1)).tolist()
        self._people: dict[int, frozenset[int]] = {}

    def join(self, one: int, other: int) -> None:
        """Joins the objects of two places unless a person has an element of both."""
        first, second = sorted((self.thing(one), self.thing(other)))
        mine, theirs = self._of(first), self._of(second)
        if first != second and mine.isdisjoint(theirs):
            self._people[first] = mine | theirs
            self._top[second] = first

    def thing(self, one: int) -> int:
        """The object of a place."""
        while self._top[one] != one:
            one = self._top[one]
        return one

    def _of(self, thing: int) -> frozenset[int]:
        known = self._people.get(thing)
        return (
            frozenset(self._person[self._bounds[thing] : self._bounds[thing + 1]].tolist()) if known is None else known
        )


def _spots(group: Ints, place: Floats) -> Ints:
    """A code for each place of a group, (E,), by group, then place."""
    order = np.lexsort((*place.T[::-1], group))
    new = np.zeros(len(order), dtype=np.bool_)
    new[1:] = (np.diff(group[order]) != 0) | (np.diff(place[order], axis=0) != 0).any(axis=1)
    spot = np.empty(len(order), dtype=np.int64)
    spot[order] = np.cumsum(new)
    return spot


def _turn(spot: Ints, person: Ints) -> Ints:
    """The number of earlier elements of the same person at the same place, (E,)."""
    order = np.lexsort((person, spot))
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (np.diff(spot[order]) != 0) | (np.diff(person[order]) != 0)
    starts = np.flatnonzero(new)
    turn = np.empty(len(order), dtype=np.int64)
    turn[order] = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
    return turn


def _alike(group: Ints, place: Floats) -> Iterator[list[int]]:
    """Pairs of places of one group with an IoU of at least `SAME`, the highest first."""
    if place.shape[1] == len(SPAN):
        one, other = overlapping_pairs(group, place)
        one, other, likeness = _kept(np.minimum(one, other), np.maximum(one, other), span_iou(place[one], place[other]))
    else:
        one, other, likeness = (np.concatenate(part) for part in zip(*_near_boxes(group, place), strict=True))
    yield from np.column_stack([one, other])[np.lexsort((other, one, -likeness))].tolist()


def _near_boxes(group: Ints, place: Floats) -> Iterator[_Pairs]:
    """Pairs of boxes of one group (groups are contiguous): each with the one `lag` behind, until no group is so long."""
    left = np.arange(len(group))
    for lag in range(1, max(len(group), 2)):
        left = left[left + lag < len(group)]
        left = left[group[left] == group[left + lag]]
        yield _kept(left, left + lag, box_iou(place[left], place[left + lag]))
        if not len(left):
            break


def _kept(one: Ints, other: Ints, likeness: Floats) -> _Pairs:
    enough = likeness >= SAME
    return one[enough], other[enough], likeness[enough]
