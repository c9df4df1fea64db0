"""Weights of partial agreement between two categories.

Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th ed., ch. 3. A weight is 1 for the same category and falls
with their distance. `ordinal` weights count the pairs of categories in between; they are not Krippendorff's ordinal
metric, which rests on how often the categories were used.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np

from assay.agreement.coefficient import not_whole, scaled
from assay.core import Codes, Floats, Scale, Tally, Undefined, canonical_text, ordered_values

MOST_CATEGORIES = 1000
"""Beyond this many categories no table of weights is made."""


class Weighting(StrEnum):
    """The kinds of partial agreement between two categories."""

    IDENTITY = "identity"
    LINEAR = "linear"
    QUADRATIC = "quadratic"
    ORDINAL = "ordinal"


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights (V, V) of the values of a tally, or None for identity; `total` is their sum over all q `categories`."""

    table: Floats | None
    total: float
    categories: float

    def times(self, scores: Floats) -> Floats:
        """(R, V) scores of values, each summed over all values by their weights."""
        return scores if self.table is None else scores @ self.table

    def between(self, a: Codes, b: Codes) -> Floats:
        """The weight of each two values, by their codes, (M,) each."""
        if self.table is None:
            return np.equal(a, b).astype(np.float64)
        return np.asarray(self.table[a, b])


def categories(tally: Tally) -> int:
    """q: the values to choose from, those that the schema declares and those that were used anywhere in the field.

    Of a set there are two for each member: in it or not.
    """
    if tally.field.scale is Scale.SET:
        return 2
    declared = () if tally.field.values is None else tally.field.values
    used = tally.known or tally.values
    return len({*map(canonical_text, declared), *map(canonical_text, used)}) if declared else len(used)


def identity(tally: Tally) -> Weights:
    """1 for the same category, else 0."""
    return Weights(None, categories(tally), categories(tally))


def weights(tally: Tally, kind: Weighting) -> Weights | None:
    """Weights of that kind; None where there are more than 1,000 categories.

    Categories that are numbers are placed by their size, others by their rank in the declared order.
    """
    if kind is Weighting.IDENTITY:
        return identity(tally)
    used = tally.known or tally.values
    if len(used) > MOST_CATEGORIES:
        return None
    known = ordered_values([*(tally.field.values or ()), *used], tally.field)
    if len(known) > MOST_CATEGORIES:
        return None
    points: Floats = np.arange(len(known), dtype=np.float64)
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in known):
        points = scaled(np.array(known, dtype=np.float64), spare=1)
    whole = _table(kind, tuple(points.tolist()))
    place = {canonical_text(value): number for number, value in enumerate(known)}
    codes = [place[canonical_text(value)] for value in tally.values]
    return Weights(np.ascontiguousarray(whole[np.ix_(codes, codes)]), float(whole.sum()), len(known))


def fitting(tally: Tally, kind: Weighting) -> Weights | Undefined:
    """The same, or why values of this tally cannot be weighted."""
    unordered = None if tally.field.ordered or kind is Weighting.IDENTITY else Undefined.NO_ORDER
    return not_whole(tally) or unordered or weights(tally, kind) or Undefined.TOO_MANY_VALUES


@lru_cache(maxsize=4)
def _table(weighting: Weighting, points: tuple[float, ...]) -> Floats:
    """The weights of q categories, (q, q); all parts of a field share them."""
    if weighting is Weighting.ORDINAL:
        # 1 - M_kl / M_max, with M_kl = (|k - l| + 1 choose 2).
        steps = np.abs(np.subtract.outer(np.arange(len(points)), np.arange(len(points))))
        between = steps * (steps + 1) / 2
        return np.asarray(1 - between / max(float(between.max(initial=0.0)), 1.0))
    # Linear: 1 - |x_k - x_l| / (x_max - x_min); quadratic: 1 - that distance squared.
    line = np.array(points)
    apart = np.abs(line[:, np.newaxis] - line)
    linear = 1 - apart / max(float(apart.max(initial=0.0)), np.finfo(np.float64).tiny)
    return np.asarray(linear if weighting is Weighting.LINEAR else 1 - (1 - linear) ** 2)
