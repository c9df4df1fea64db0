"""Boxes: those that more than half of the voters draw.

Two boxes are the same when their intersection over union is at least .5, the threshold of PASCAL VOC (Everingham et al.
2010). Boxes of one category are matched across voters from the most alike pair down, and a group takes at most one box
of a voter, so two objects that one voter tells apart are never merged.
"""

from collections.abc import Sequence
from typing import TypeAlias, cast

import numpy as np

from assay.consensus.elements import by_category, overlap, shared
from assay.consensus.opinion import Opinion
from assay.consensus.votes import Ballots, Counts
from assay.model.json import Json, JsonObject
from assay.model.schema import Scale
from assay.model.values import canonical_value
from assay.table.columns import Floats

EXTENT = ("x", "y", "width", "height")
SAME = 0.5

Drawn: TypeAlias = "list[tuple[int, JsonObject]]"


def boxes(ballots: Ballots) -> Opinion:
    """What more than half of an item's voters draw; see the module.

    Each number of a box is the lower median of its voters' numbers, so it is one that somebody gave and whole pixels stay whole.
    Confidence is the mean over the voters of matched boxes by all boxes, of vote and result together.
    """
    return overlap(ballots, fuse)


def fuse(votes: Sequence[Json]) -> tuple[Json, float]:
    """The boxes that a majority draws, and the mean likeness of the votes to them."""
    found: list[Json] = []
    drawn, matched = np.zeros(len(votes)), np.zeros(len(votes))
    for given in by_category(votes, EXTENT).values():
        drawn += [len(mine) for mine in given]
        for thing in _things([(voter, box) for voter, mine in enumerate(given) for box in mine]):
            if len(thing) * 2 > len(votes):
                found.append(_box(thing, len(votes)))
                matched[[voter for voter, _ in thing]] += 1
    every = drawn + len(found) - matched
    alike = np.divide(matched, every, out=np.ones(len(votes)), where=every > 0)
    return canonical_value(found, Scale.BOXES), float(alike.mean())


def _things(drawn: Drawn) -> list[Drawn]:
    """The boxes, grouped by the thing they seem to show; a group holds at most one box of a voter."""
    voter = np.array([voter for voter, _ in drawn])
    thing = np.arange(len(drawn))
    for one, other in _alike(_extents(drawn), voter):
        left, right = thing == thing[one], thing == thing[other]
        if not np.isin(voter[left], voter[right]).any():
            thing[right] = thing[one]
    return [[drawn[place] for place in np.flatnonzero(thing == one)] for one in np.unique(thing)]


def _alike(extents: Floats, voter: Counts) -> Counts:
    """Pairs of different voters' boxes with an IoU of at least `SAME`, most alike first; shape (pairs, 2)."""
    iou = np.triu(_iou(extents), k=1) * (voter[:, None] != voter)
    pairs = np.argwhere(iou >= SAME)
    return pairs[np.argsort(-iou[pairs[:, 0], pairs[:, 1]], kind="stable")]


def _iou(extents: Floats) -> Floats:
    """Intersection over union of all pairs; 0 where neither has an area."""
    low, size = extents[:, :2], extents[:, 2:]
    high = low + size
    inner = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)
    common: Floats = inner.clip(min=0).prod(axis=2)
    area: Floats = size.clip(min=0).prod(axis=1)
    every = area[:, None] + area - common
    return np.divide(common, every, out=np.zeros_like(common), where=every > 0)


def _extents(drawn: Drawn) -> Floats:
    return np.array([[_number(box, key) for key in EXTENT] for _, box in drawn], dtype=np.float64)


def _box(thing: Drawn, voters: int) -> JsonObject:
    middle = (len(thing) - 1) // 2
    extent: JsonObject = {key: sorted(_number(box, key) for _, box in thing)[middle] for key in EXTENT}
    return shared([(box,) for _, box in thing], voters, EXTENT) | extent


def _number(box: JsonObject, key: str) -> float:
    return cast("float", box[key])
