"""Which elements of several people show the same thing: the one matching that agreement and consensus rest on.

Two elements show the same thing where their intersection over union is at least .5 (`assay.model.elements.SAME`). They are
joined from the most alike pair down, and a thing takes one element of a person at most, so that two things which one person
tells apart are never merged. Names and order of people make no difference: pairs that are equally alike are joined in the
order of their places.
"""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from assay.model.elements import SAME, SPAN
from assay.table.columns import Floats, Ints
from assay.table.geometry import box_iou, span_iou
from assay.table.overlaps import overlapping

_Pairs: TypeAlias = "tuple[Ints, Ints, Floats]"


def things(group: Ints, person: Ints, place: Floats) -> Ints:
    """The thing that each of E elements shows, (E,), numbered by group, then place.

    Only elements of one `group` (E,) are compared (those of a unit, or of a unit and kind). `place` is (E, 2) of spans, and
    (E, 4) or (E, 5) of boxes. Of two elements of one person at the same place the first is another thing than the second.
    """
    if not len(group):
        return np.zeros(0, dtype=np.int64)
    spot = _spots(group, place)
    turn = _turn(spot, person)
    nodes, first, node = np.unique(spot * (turn.max() + 1) + turn, return_index=True, return_inverse=True)
    joined = _Joined(node, person, len(nodes))
    for one, other in _alike(group[first], place[first]):
        joined.join(one, other)
    return np.asarray(np.unique(joined.tops(), return_inverse=True)[1][node], dtype=np.int64)


class _Joined:
    """Places that are joined to things while no person has two of them; a thing goes by the first of its places."""

    def __init__(self, node: Ints, person: Ints, nodes: int) -> None:
        self._top = list(range(nodes))
        self._person = person[np.argsort(node, kind="stable")]
        self._bounds = np.searchsorted(np.sort(node), np.arange(nodes + 1)).tolist()
        self._people: dict[int, frozenset[int]] = {}

    def join(self, one: int, other: int) -> None:
        """Makes one thing of those of two places, where they can be one."""
        first, second = sorted((self._thing(one), self._thing(other)))
        mine, theirs = self._of(first), self._of(second)
        if first != second and mine.isdisjoint(theirs):
            self._people[first] = mine | theirs
            self._top[second] = first

    def tops(self) -> list[int]:
        """The thing of each place."""
        return [self._thing(one) for one in range(len(self._top))]

    def _thing(self, one: int) -> int:
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
    """How many elements of the same person at the same place stand before each, (E,)."""
    order = np.lexsort((person, spot))
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (np.diff(spot[order]) != 0) | (np.diff(person[order]) != 0)
    starts = np.flatnonzero(new)
    turn = np.empty(len(order), dtype=np.int64)
    turn[order] = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
    return turn


def _alike(group: Ints, place: Floats) -> Iterator[list[int]]:
    """Pairs of places of one group that are alike enough, the most alike first."""
    if place.shape[1] == len(SPAN):
        one, other = overlapping(group, place)
        one, other, likeness = _kept(np.minimum(one, other), np.maximum(one, other), span_iou(place[one], place[other]))
    else:
        one, other, likeness = (np.concatenate(part) for part in zip(*_near_boxes(group, place), strict=True))
    yield from np.column_stack([one, other])[np.lexsort((other, one, -likeness))].tolist()


def _near_boxes(group: Ints, place: Floats) -> Iterator[_Pairs]:
    """Groups stand together: each box with the one `lag` behind it, until no group is so long."""
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
