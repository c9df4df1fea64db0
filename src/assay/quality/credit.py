"""How near an answer is to gold's, from 0 to 1, by scale: 1 where it is the same value.

Where an answer is right or wrong, as on a nominal scale and of free text, it is that. Else it is what the scale's distance
leaves: ranks and numbers by how far apart they are, sets by what they share (Jaccard), nodes of a tree by the path they
share (Wu & Palmer), spans and boxes by F1: twice those that match by all of both. A box with other attributes matches in part.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias, cast

import numpy as np

from assay.agreement.sets import PathSets, as_paths, path_distance
from assay.consensus.elements import Elements, by_category
from assay.consensus.votes import measurable
from assay.model.elements import BOX, SAME, place_of, said_besides
from assay.model.json import Json, JsonObject
from assay.model.schema import Field, Scale
from assay.model.values import canonical_text, places
from assay.table.geometry import iou

Likeness: TypeAlias = Callable[[Json, Json], float]


def likeness(field: Field, values: Sequence[Json]) -> Likeness:
    """How near two of the values of a field are, 0 to 1; `values` say how far apart numbers and undeclared ranks can be."""
    of_scale: Mapping[Scale, Callable[[], Likeness]] = {
        Scale.ORDINAL: lambda: _by_places(places(values, field)),
        Scale.INTERVAL: lambda: _by_places(places(values, field)),
        Scale.RATIO: lambda: _by_ratio,
        Scale.SET: lambda: _by_paths if field.paths else _by_members,
        Scale.SEQUENCE: lambda: _by_elements,
        Scale.TREE: lambda: _by_path,
        Scale.SPANS: lambda: _by_spans,
        Scale.BOXES: lambda: partial(_by_boxes, field),
    }
    near = of_scale[field.scale]() if field.scale in of_scale and field.ordered else _exactly

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


def _by_paths(one: Json, other: Json) -> float:
    return 1 - float(PathSets.of([one, other]).distance(np.array([0]), np.array([1]))[0])


def _by_elements(one: Json, other: Json) -> float:
    first, second = (value if isinstance(value, list) else [] for value in (one, other))
    same = sum(canonical_text(a) == canonical_text(b) for a, b in zip(first, second, strict=False))
    return same / max(len(first), len(second), 1)


def _by_path(one: Json, other: Json) -> float:
    first, second = as_paths([one, other])
    return 1 - float(path_distance(first, second))


def _by_spans(one: Json, other: Json) -> float:
    first, second = (Counter(map(canonical_text, value if isinstance(value, list) else [])) for value in (one, other))
    return _f1((first & second).total(), first.total() + second.total())


def _by_boxes(field: Field, one: Json, other: Json) -> float:
    found = by_category((one, other), BOX).values()
    return _f1(sum(_matching(field, *both) for both in found), sum(len(drawn) for both in found for drawn in both))


def _matching(field: Field, first: Elements, second: Elements) -> float:
    """The boxes that match, each with one other at most, the most alike first; one whose attributes differ counts in part."""
    left, right = (
        np.array([place_of(box, Scale.BOXES) or _NOWHERE for box in drawn], dtype=np.float64).reshape(-1, len(_NOWHERE))
        for drawn in (first, second)
    )
    alike, matched = iou(left, right), 0.0
    while alike.size and alike.max() >= SAME:
        row, column = map(int, np.unravel_index(int(alike.argmax()), alike.shape))
        matched += _alike(*(said_besides(box, field) for box in (first[row], second[column])))
        alike[row], alike[:, column] = 0, 0
    return matched


_NOWHERE = (0.0,) * 5


def _alike(one: JsonObject, other: JsonObject) -> float:
    """How much of what is said of a matched box is the same, its extent and kind being one thing."""
    names = one.keys() | other.keys()
    same = [name for name in one.keys() & other.keys() if canonical_text(one[name]) == canonical_text(other[name])]
    return (1 + len(same)) / (1 + len(names))


def _f1(matches: float, drawn: int) -> float:
    return 2 * matches / drawn if drawn else 1.0
