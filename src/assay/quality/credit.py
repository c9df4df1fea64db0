"""How near an answer is to gold's, from 0 to 1, by scale: 1 where it is the same value.

Where an answer is right or wrong, as on a nominal scale and of free text, it is that. Else it is what the scale's distance
leaves: ranks and numbers by how far apart they are, sets by what they share (Jaccard), nodes of a tree by the path they
share (Wu & Palmer), spans and boxes by F1: twice those that match by all of both.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, cast

import numpy as np

from assay.agreement.box_iou import SAME, iou
from assay.agreement.paths import as_paths, path_distance
from assay.consensus.boxes import EXTENT
from assay.consensus.elements import Elements, by_category
from assay.consensus.votes import measurable
from assay.model.json import Json
from assay.model.schema import Field, Scale
from assay.model.values import canonical_text, places

Likeness: TypeAlias = Callable[[Json, Json], float]


def likeness(field: Field, values: Sequence[Json]) -> Likeness:
    """How near two of the values of a field are, 0 to 1; `values` say how far apart numbers and undeclared ranks can be."""
    of_scale: Mapping[Scale, Callable[[], Likeness]] = {
        Scale.ORDINAL: lambda: _by_places(places(values, field)),
        Scale.INTERVAL: lambda: _by_places(places(values, field)),
        Scale.RATIO: lambda: _by_ratio,
        Scale.SET: lambda: _by_members,
        Scale.TREE: lambda: _by_path,
        Scale.SPANS: lambda: _by_spans,
        Scale.BOXES: lambda: _by_boxes,
    }
    near = of_scale[field.scale]() if field.scale in of_scale else _exactly

    def alike(one: Json, other: Json) -> float:
        if one == other:
            return 1.0
        return near(one, other) if measurable(one, field.scale) and measurable(other, field.scale) else 0.0

    return alike


def _exactly(one: Json, other: Json) -> float:
    return float(canonical_text(one) == canonical_text(other))


def _by_places(stands: Mapping[str, float]) -> Likeness:
    most = max(stands.values(), default=0.0) - min(stands.values(), default=0.0)

    def near(one: Json, other: Json) -> float:
        first, second = (stands.get(canonical_text(value)) for value in (one, other))
        return 0.0 if first is None or second is None or not most else 1 - abs(first - second) / most

    return near


def _by_ratio(one: Json, other: Json) -> float:
    first, second = float(cast("float", one)), float(cast("float", other))
    return 1 - abs(first - second) / (abs(first) + abs(second))


def _by_members(one: Json, other: Json) -> float:
    first, second = (set(map(canonical_text, value if isinstance(value, list) else [value])) for value in (one, other))
    return len(first & second) / len(first | second) if first | second else 1.0


def _by_path(one: Json, other: Json) -> float:
    first, second = as_paths([one, other])
    return 1 - float(path_distance(first, second))


def _by_spans(one: Json, other: Json) -> float:
    first, second = (Counter(map(canonical_text, value if isinstance(value, list) else [])) for value in (one, other))
    return _f1((first & second).total(), first.total() + second.total())


def _by_boxes(one: Json, other: Json) -> float:
    found = by_category((one, other), EXTENT).values()
    return _f1(sum(_matching(*both) for both in found), sum(len(drawn) for both in found for drawn in both))


def _matching(first: Elements, second: Elements) -> int:
    """How many boxes match, each with one other at most, the most alike first."""
    left, right = (
        np.array([[cast("float", box[key]) for key in EXTENT] for box in drawn], dtype=np.float64).reshape(-1, 4)
        for drawn in (first, second)
    )
    alike, matched = iou(left, right), 0
    while alike.size and alike.max() >= SAME:
        row, column = np.unravel_index(int(alike.argmax()), alike.shape)
        alike[row], alike[:, column] = 0, 0
        matched += 1
    return matched


def _f1(matches: int, drawn: int) -> float:
    return 2 * matches / drawn if drawn else 1.0
