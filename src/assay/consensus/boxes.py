"""Boxes: those that more than half of the voters draw.

Boxes of one category are matched across voters (`assay.table.things`), so two objects that one voter tells apart are never
merged. Each number of a box is the lower median of its voters' numbers, so it is one that somebody gave and whole pixels stay
whole. Of boxes that are turned no such mixture is a box that anybody sees: there it is the one that is most like the others.
"""

from collections.abc import Iterable, Sequence
from typing import TypeAlias, cast

import numpy as np

from assay.consensus.elements import Backed, Fused, by_category, kind_in
from assay.model.elements import BOX, ROTATION, place_of
from assay.model.json import Json, JsonObject
from assay.model.schema import Scale
from assay.model.values import canonical_text
from assay.table.geometry import iou
from assay.table.things import things

Drawn: TypeAlias = "list[tuple[int, JsonObject]]"


def boxes(votes: Sequence[Json]) -> Fused:
    """What more than half of the voters draw; see the module.

    What a vote has in common with the result are matched boxes, of all boxes of vote and result together.
    """
    found: list[Backed] = []
    drawn, matched = np.zeros(len(votes)), np.zeros(len(votes))
    for given in by_category(votes, BOX).values():
        drawn += [len(mine) for mine in given]
        for thing in things_of((voter, box) for voter, mine in enumerate(given) for box in mine):
            if len(thing) * 2 > len(votes):
                found.append(_backed(thing))
                matched[[voter for voter, _ in thing]] += 1
    return Fused(elements=tuple(found), common=matched, either=drawn + len(found) - matched)


def things_of(drawn: Iterable[tuple[int, JsonObject]]) -> list[Drawn]:
    """Boxes with their voters, grouped by the thing they seem to show; one without an area shows none."""
    some = sorted(
        ((voter, box, place) for voter, box in drawn if (place := place_of(box, Scale.BOXES)) is not None),
        key=lambda one: (one[0], canonical_text(one[1])),
    )
    if not some:
        return []
    found = things(
        np.zeros(len(some), dtype=np.int64),
        np.array([voter for voter, _, _ in some], dtype=np.int64),
        np.array([place for _, _, place in some], dtype=np.float64),
    )
    together: list[Drawn] = [[] for _ in range(int(found.max()) + 1)]
    for thing, (voter, box, _) in zip(found.tolist(), some, strict=True):
        together[thing].append((voter, box))
    return together


def _backed(thing: Drawn) -> Backed:
    drawn = [box for _, box in thing]
    return Backed(
        own=_extent(drawn) | kind_in(drawn),
        voices={voter: (box,) for voter, box in thing},
        mass=dict.fromkeys((voter for voter, _ in thing), 1.0),
    )


def _extent(drawn: Sequence[JsonObject]) -> JsonObject:
    if any(_number(box, ROTATION) % 360 for box in drawn):
        one = _nearest(drawn)
        return {key: one[key] for key in (*BOX, ROTATION) if key in one}
    middle = (len(drawn) - 1) // 2
    upright = 2 * sum(ROTATION in box for box in drawn) > len(drawn)
    keys = (*BOX, ROTATION) if upright else BOX
    return {key: sorted(_number(box, key) for box in drawn)[middle] for key in keys}


def _nearest(drawn: Sequence[JsonObject]) -> JsonObject:
    """The box with the largest sum of intersections over union with all of them; the first of equal ones, by its text."""
    ordered = sorted(drawn, key=canonical_text)
    places = np.array([place_of(box, Scale.BOXES) for box in ordered], dtype=np.float64)
    return ordered[int(np.round(iou(places, places).sum(axis=1), 12).argmax())]


def _number(box: JsonObject, key: str) -> float:
    value = box.get(key)
    return cast("float", value) if isinstance(value, int | float) else 0
