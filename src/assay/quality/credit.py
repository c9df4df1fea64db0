"""Partial credit for answers near to gold, from 0 to 1, and the statistics of quality measures.

On a nominal scale and of free text an answer is right or wrong. Else its credit is 1 less the distance of the scale: ranks
and numbers by how far apart they are, sets by what they share (Jaccard), nodes of a tree by the path they share (Wu &
Palmer), spans and boxes by F1: twice those that match by all of both. A box with other attributes matches in part.

The interval of a share is the score interval (Wilson 1927, "Probable inference, the law of succession, and statistical
inference"). Of things counted in clusters, such as the votes on an item, it is that of an effective number of independent
ones, and of Student's t: Rao, J. & Scott, A. 1992, "A simple method for the analysis of clustered binary data"; Korn, E. &
Graubard, B. 1998, "Confidence intervals for proportions with small expected number of positive counts". Few clusters
tell little of how alike the votes in one are, so the estimate counts as that of so many clusters, beside `ALIKE` more in
which all are alike.

Which of many tests to believe: Benjamini, Y. & Hochberg, Y. (1995). Controlling the false discovery rate: a practical and
powerful approach to multiple testing. JRSS B 57, 289-300: of m p-values reject the k smallest, k the largest i whose i-th
smallest is at most i q / m. Of those rejected a share of at most q is expected to be wrong, where the tests are
independent or depend on each other positively (Benjamini & Yekutieli 2001, Annals of Statistics 29).
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import sqrt
from typing import TypeAlias, cast

import msgspec
import numpy as np

from assay import core
from assay.agreement import PathSets, as_paths, path_distance
from assay.consensus import Elements, by_category, measurable
from assay.core import BOX, SAME, Field, Floats, Json, Mask, Scale, Share
from assay.extras import load

Likeness: TypeAlias = Callable[[Json, Json], float]


class Marks(msgspec.Struct, frozen=True, array_like=True):
    """Answers to a field that were compared: how many, of how many parts they are, and how many of these are right.

    The parts of a sequence are its elements; any other answer is its own part. Marks of parts of a corpus add.
    """

    right: int
    parts: int
    answers: int

    def __add__(self, other: "Marks") -> "Marks":
        """The marks of both."""
        return Marks(self.right + other.right, self.parts + other.parts, self.answers + other.answers)

    @property
    def of(self) -> int:
        """How many answers they stand for: a sequence counts as much as a choice."""
        return self.answers if self.parts else 0

    @property
    def hits(self) -> float:
        """How many of these answers are right: the share of right parts, times the number of answers."""
        return self.right * self.of / max(self.parts, 1)


def likeness(field: Field, values: Sequence[Json]) -> Likeness:
    """How near two of the values of a field are, 0 to 1; `values` say how far apart numbers and undeclared ranks can be."""

    def exactly(one: Json, other: Json) -> float:
        return float(core.canonical_text(one) == core.canonical_text(other))

    def ratio(one: Json, other: Json) -> float:
        first, second = float(cast("float", one)), float(cast("float", other))
        return 1 - abs(first - second) / (abs(first) + abs(second))

    def path_sets(one: Json, other: Json) -> float:
        return 1 - float(PathSets.of([one, other]).distance(np.array([0]), np.array([1]))[0])

    of_scale: Mapping[Scale, Callable[[], Likeness]] = {
        Scale.ORDINAL: lambda: _by_places(core.places(values, field)),
        Scale.INTERVAL: lambda: _by_places(core.places(values, field)),
        Scale.RATIO: lambda: ratio,
        Scale.SET: lambda: path_sets if field.paths else _by_members,
        Scale.SEQUENCE: lambda: _by_elements,
        Scale.TREE: lambda: lambda one, other: 1 - float(path_distance(*as_paths([one, other]))),
        Scale.SPANS: lambda: _by_spans,
        Scale.BOXES: lambda: partial(_by_boxes, field),
    }
    near = of_scale[field.scale]() if field.scale in of_scale and field.ordered else exactly

    def alike(one: Json, other: Json) -> float:
        if one == other:
            return 1.0
        return near(one, other) if measurable(one, field.scale) and measurable(other, field.scale) else 0.0

    return alike


def _by_places(place_of_value: Mapping[str, float]) -> Likeness:
    most = max(place_of_value.values(), default=0.0) - min(place_of_value.values(), default=0.0)

    def near(one: Json, other: Json) -> float:
        first, second = (place_of_value.get(core.canonical_text(value)) for value in (one, other))
        return 0.0 if first is None or second is None or not most else 1 - abs(first - second) / most

    return near


def _by_members(one: Json, other: Json) -> float:
    first, second = (
        set(map(core.canonical_text, value if isinstance(value, list) else [value])) for value in (one, other)
    )
    return len(first & second) / len(first | second) if first | second else 1.0


def _by_elements(one: Json, other: Json) -> float:
    first, second = (value if isinstance(value, list) else [] for value in (one, other))
    same = sum(core.canonical_text(a) == core.canonical_text(b) for a, b in zip(first, second, strict=False))
    return same / max(len(first), len(second), 1)


def _by_spans(one: Json, other: Json) -> float:
    first, second = (
        Counter(map(core.canonical_text, value if isinstance(value, list) else [])) for value in (one, other)
    )
    return _f1((first & second).total(), first.total() + second.total())


def _by_boxes(field: Field, one: Json, other: Json) -> float:
    found = by_category((one, other), BOX).values()
    return _f1(sum(_matching(field, *both) for both in found), sum(len(drawn) for both in found for drawn in both))


def _matching(field: Field, first: Elements, second: Elements) -> float:
    """The boxes that match, each with one other at most, the most alike first; one whose attributes differ counts in part."""
    left, right = (
        np.array([core.extent_of(box, Scale.BOXES) or _NOWHERE for box in drawn], dtype=np.float64).reshape(
            -1, len(_NOWHERE)
        )
        for drawn in (first, second)
    )
    alike, matched = core.iou(left, right), 0.0
    while alike.size and alike.max() >= SAME:
        row, column = map(int, np.unravel_index(int(alike.argmax()), alike.shape))
        # Of two boxes that match the share of what is the same: extent and kind, which count as one, and each attribute.
        one, other = (core.other_attributes(box, field) for box in (first[row], second[column]))
        same = sum(
            core.canonical_text(one[name]) == core.canonical_text(other[name]) for name in one.keys() & other.keys()
        )
        matched += (1 + same) / (1 + len(one.keys() | other.keys()))
        alike[row], alike[:, column] = 0, 0
    return matched


_NOWHERE = (0.0,) * 5


def _f1(matches: float, drawn: int) -> float:
    return 2 * matches / drawn if drawn else 1.0


Z95 = 1.959963984540054
ALIKE = 3
"""Chosen by the error rates that `make fuzz` measures."""
RATE = 0.05


def wilson(hits: float, of: float, z: float = Z95) -> tuple[float, float]:
    """The interval of the true share after `hits` of `of` > 0 independent trials; `z` = 1.96 for 95%.

    It is (p + z²/2n ± z·√(p·(1-p)/n + z²/4n²)) / (1 + z²/n), so unlike the textbook interval it stays inside 0..1
    and keeps a width when all or none are hits.
    """
    share = hits / of
    centre = share + z * z / (2 * of)
    margin = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    return max(0.0, (centre - margin) / scale), min(1.0, (centre + margin) / scale)


def share(hits: float, of: int) -> Share:
    """A share with its 95% interval; without value where nothing was counted."""
    if of == 0:
        return Share(hits=hits, of=0, value=None)
    low, high = wilson(hits, of)
    return Share(hits=hits, of=of, value=hits / of, low=low, high=high)


def clustered(hits: Floats, of: Floats) -> Share:
    """A share of things counted in clusters, by cluster (N,): hits, which may be parts of one, and how many there are.

    Its 95% interval takes clusters as independent of each other; with fewer than two of them there is none.
    """
    some = of > 0
    hits, of, clusters = hits[some], of[some], int(some.sum())
    right, many = float(hits.sum()), round(float(of.sum()))
    if clusters < 2:
        return Share(hits=right, of=many, value=right / many if many else None)
    # The design effect: by how much the variance of the share exceeds that of independent things, from 1 to `most`, that
    # of clusters which are all alike.
    mean, most = hits.sum() / of.sum(), float((of**2).sum() / of.sum())
    alone = mean * (1 - mean) * of.sum()
    found = ((hits - mean * of) ** 2).sum() * clusters / (clusters - 1) / alone if alone > 0 else most
    effect = float((clusters * np.clip(found, 1, most) + ALIKE * most) / (clusters + ALIKE))
    effective = many / effect
    quantile = float(load("scipy.special").stdtrit(clusters - 1, 0.975))
    low, high = wilson(right / many * effective, effective, quantile)
    return Share(hits=right, of=many, value=right / many, low=low, high=high)


def rejected(p_values: Floats, rate: float = RATE) -> Mask:
    """Which of the tests, (m,), are rejected at the false discovery rate."""
    # Benjamini & Hochberg: all up to the last p_(i) <= rate i / m.
    order = np.argsort(p_values, kind="stable")
    ranks = np.arange(1, len(p_values) + 1)
    within = np.flatnonzero(p_values[order] <= rate * ranks / len(p_values)) if len(p_values) else order
    found = np.zeros(len(p_values), dtype=np.bool_)
    found[order[: within[-1] + 1 if len(within) else 0]] = True
    return found
