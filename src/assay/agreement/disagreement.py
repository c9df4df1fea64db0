"""Observed and expected disagreement on each scale, for many weightings of the same patterns at once.

Krippendorff's squared differences (2011, Computing Krippendorff's Alpha-Reliability). In a unit with m values, c given
r_c times, the observed sum is the sum over c, k of r_c r_k d(c, k) / (m - 1); with n_c pairable values c in all, the
expected sum is the sum over c, k of n_c n_k d(c, k).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Protocol, TypeVar, cast

import numpy as np

from assay.agreement.masi import Bits, as_bits, masi
from assay.agreement.sums import Matrix, matrix
from assay.model.schema import Scale
from assay.table.columns import Floats, Ints
from assay.table.tally import Patterns, Tally

_Points = TypeVar("_Points", Floats, Bits, Ints)

_CELLS = 2**20
_MOST_EXACT = 2**12


class Disagreement(Protocol):
    """A scale's distances at work on one tally. `weights` are (R, P), `totals` (R, V): the pairable values drawn."""

    def observed(self, weights: Floats, totals: Floats) -> Floats:
        """The sum of disagreements within units, (R,)."""

    def expected(self, totals: Floats) -> Floats:
        """The sum of disagreements over all pairs of values, (R,)."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """Distances that do not depend on how often values occur: a unit's disagreement is a constant of its pattern."""

    within: Floats
    between: Callable[[Floats], Floats]

    def observed(self, weights: Floats, totals: Floats) -> Floats:  # noqa: ARG002 - only ordinal distances need totals
        """The sum of disagreements within units, (R,)."""
        return weights @ self.within

    def expected(self, totals: Floats) -> Floats:
        """The sum of disagreements over all pairs of values, (R,)."""
        return self.between(totals)


def nominal(tally: Tally) -> Fixed:
    """0 for the same value, else 1."""
    patterns = tally.patterns
    same = np.add.reduceat(patterns.counts**2, patterns.starts[:-1])
    return Fixed(
        (patterns.sizes**2 - same) * _per_pair(patterns),
        lambda totals: totals.sum(axis=1) ** 2 - (totals**2).sum(axis=1),
    )


def interval(tally: Tally) -> Fixed:
    """(a - b)²; the pairs of n values sum to 2n times their squared deviations from the mean."""
    patterns, scaled = tally.patterns, numbers(tally)
    points = scaled - scaled[len(scaled) // 2]
    given = points[patterns.codes]
    means = np.add.reduceat(patterns.counts * given, patterns.starts[:-1]) / patterns.sizes
    deviations = np.add.reduceat(patterns.counts * (given - means[patterns.rows]) ** 2, patterns.starts[:-1])

    def between(totals: Floats) -> Floats:
        count = totals.sum(axis=1)
        centred = points - ((totals @ points) / count)[:, np.newaxis]
        return np.asarray(2 * count * np.einsum("rv,rv->r", totals, centred**2))

    return Fixed(2 * patterns.sizes * deviations * _per_pair(patterns), between)


def ratio(tally: Tally) -> Fixed:
    """((a - b) / (a + b))², 0 for two zeros; no number is negative."""
    return _pairwise(tally, numbers(tally), _ratio_distance)


def masi_sets(tally: Tally) -> Fixed:
    """MASI of the two sets."""
    return _pairwise(tally, as_bits(tally.values), masi)


def by_table(tally: Tally, distances: Floats) -> Fixed:
    """Any distances of the values, (V, V)."""
    return _pairwise(tally, np.arange(len(tally.values)), lambda a, b: distances[a, b])


@dataclass(frozen=True, slots=True)
class Ordinal:
    """The squared difference of midranks, which are those of the values drawn: (sum of n_c to n_k - (n_c + n_k) / 2)².

    Midranks are centred and divided by n, which scales observed and expected sums alike.
    """

    counts: Matrix
    scaled: Matrix
    per_pair: Floats

    def observed(self, weights: Floats, totals: Floats) -> Floats:
        """The sum of disagreements within units, (R,)."""
        ranks = _midranks(totals)
        squares = np.einsum("rv,rv->r", self.scaled.value_sums(weights), ranks**2)
        within = np.einsum("rp,rp->r", weights * self.per_pair, self.counts.pattern_sums(ranks) ** 2)
        return np.asarray(np.maximum(2 * (squares - within), 0.0))

    def expected(self, totals: Floats) -> Floats:
        """The sum of disagreements over all pairs of values, (R,)."""
        return np.asarray(2 * totals.sum(axis=1) * np.einsum("rv,rv->r", totals, _midranks(totals) ** 2))


def ordinal(tally: Tally) -> Ordinal:
    """The squared difference of midranks."""
    patterns, per_pair = tally.patterns, _per_pair(tally.patterns)
    scaled = patterns.counts * (patterns.sizes * per_pair)[patterns.rows]
    counts = matrix(patterns, patterns.counts.astype(np.float64), len(tally.values))
    return Ordinal(counts, matrix(patterns, scaled, len(tally.values)), per_pair)


DISAGREEMENT: dict[Scale, Callable[[Tally], Disagreement]] = {
    Scale.NOMINAL: nominal,
    Scale.ORDINAL: ordinal,
    Scale.INTERVAL: interval,
    Scale.RATIO: ratio,
    Scale.SET: masi_sets,
}


def numbers(tally: Tally) -> Floats:
    """The values as numbers, scaled by a power of two so that no square overflows; distances only scale with them."""
    given = np.array([float(cast("float", value)) for value in tally.values])
    return np.asarray(np.ldexp(given, -np.frexp(np.abs(given).max(initial=0.0))[1]))


def _per_pair(patterns: Patterns) -> Floats:
    """1 / (m - 1), and 0 where there is nothing to compare, (P,)."""
    sizes = patterns.sizes
    return np.where(sizes >= 2, 1 / np.maximum(sizes - 1, 1), 0.0)


def _midranks(totals: Floats) -> Floats:
    count = totals.sum(axis=1, keepdims=True)
    return np.asarray((np.cumsum(totals, axis=1) - totals / 2) / count - 0.5)


def _ratio_distance(a: Floats, b: Floats) -> Floats:
    total = a + b
    return np.asarray(((a - b) / np.where(total > 0, total, 1.0)) ** 2)


def _pairwise(tally: Tally, points: _Points, distance: Callable[[_Points, _Points], Floats]) -> Fixed:
    """Any distance of two values; `points` has a row for each value.

    Of more than 4,096 values, the sum over all pairs is exact for the tally itself and linearised around it for
    samples of it: what is left out is in proportion to 1 / n, far below the width of an interval.
    """
    return Fixed(
        _within(tally.patterns, points, distance),
        _exact(points, distance) if len(points) <= _MOST_EXACT else _linearised(_totals(tally), points, distance),
    )


def _exact(points: _Points, distance: Callable[[_Points, _Points], Floats]) -> Callable[[Floats], Floats]:
    distances = np.hstack(list(_blocks(points, distance)))
    return lambda totals: np.einsum("rv,rv->r", totals @ distances, totals)


def _linearised(
    around: Floats, points: _Points, distance: Callable[[_Points, _Points], Floats]
) -> Callable[[Floats], Floats]:
    @cache
    def gradient() -> Floats:
        return np.concatenate([around @ block for block in _blocks(points, distance)])

    return lambda totals: 2 * totals @ gradient() - around @ gradient()


def _blocks(points: _Points, distance: Callable[[_Points, _Points], Floats]) -> Iterator[Floats]:
    """The distances of all pairs, (V, V), some columns at a time."""
    width = max(1, _CELLS // len(points))
    for low in range(0, len(points), width):
        yield distance(points[:, np.newaxis], points[np.newaxis, low : low + width])


def _totals(tally: Tally) -> Floats:
    """How often each value was given in units that have two or more, (V,)."""
    patterns = tally.patterns
    comparable = (patterns.units * patterns.pairable)[patterns.rows]
    given = np.bincount(patterns.codes, weights=patterns.counts * comparable, minlength=len(tally.values))
    return given.astype(np.float64)


def _within(patterns: Patterns, points: _Points, distance: Callable[[_Points, _Points], Floats]) -> Floats:
    """The disagreement of a unit of each pattern, patterns of one length at a time."""
    sums = np.zeros(len(patterns))
    lengths = patterns.lengths
    for length in np.unique(lengths[lengths > 1]):
        first, second = np.triu_indices(length, k=1)
        chosen = np.flatnonzero(lengths == length)
        for some in np.array_split(chosen, -(-len(chosen) * len(first) // _CELLS)):
            entries = patterns.starts[some, np.newaxis] + np.arange(length)
            codes, counts = patterns.codes[entries], patterns.counts[entries]
            distances = distance(points[codes[:, first]], points[codes[:, second]])
            sums[some] = 2 * np.einsum("pe,pe,pe->p", counts[:, first], counts[:, second], distances)
    return sums * _per_pair(patterns)
