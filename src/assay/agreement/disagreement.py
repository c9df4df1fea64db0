"""Observed and expected disagreement on each scale, for many weightings of the same patterns at once.

Krippendorff's squared differences (2011, Computing Krippendorff's Alpha-Reliability). In a unit with m values, c given
r_c times, the observed sum is the sum over c, k of r_c r_k d(c, k) / (m - 1); with n_c pairable values c in all, the
expected sum is the sum over c, k of n_c n_k d(c, k).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias, TypeVar, cast

import numpy as np

from assay.agreement.coefficient import Curve, Matrix, matrix, scaled
from assay.agreement.sets import Bits, PathSets, as_bits, as_paths, jaccard, masi, path_distance
from assay.core import Floats, Ints, Patterns, Scale, Tally

_Points = TypeVar("_Points", Floats, Bits, Ints)

_CELLS = 2**20
_MOST_EXACT = 2**12

Leaving: TypeAlias = Callable[[slice, Floats, Floats], Floats]
"""The observed sums without one unit of each of R patterns, given their values (R, V) and those left in all (R, V)."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """Distances that do not depend on how often values occur: a unit's disagreement is a constant of its pattern.

    `between` is the sum over all pairs of values. Of the methods `weights` are (R, P), `totals` (R, V) the pairable
    values drawn; of the slopes they are those of one drawing, (P,) and (V,).
    """

    within: Floats
    between: Curve

    def observed(self, weights: Floats, totals: Floats) -> Floats:  # noqa: ARG002 - only ordinal distances need totals
        """The sum of disagreements within units, (R,)."""
        return weights @ self.within

    def expected(self, totals: Floats) -> Floats:
        """The sum of disagreements over all pairs of values, (R,)."""
        return self.between.at(totals)

    def leaving(self, units: Floats) -> Leaving:
        """`observed` of all units (P,) less one unit, in time that does not grow with all the other patterns."""
        whole = units @ self.within
        return lambda chosen, _own, _left: whole - self.within[chosen]

    def observed_slope(self, weights: Floats, totals: Floats) -> tuple[Floats, Floats]:  # noqa: ARG002 - as `observed`
        """How `observed` grows with a unit of each pattern (P,), totals apart, and with each value of the totals (V,)."""
        return self.within, np.zeros(len(totals))

    def expected_slope(self, totals: Floats) -> Floats:
        """How `expected` grows with each value of the totals, (V,)."""
        return self.between.slope(totals)


UNEQUAL = Curve(
    lambda totals: np.asarray(totals.sum(axis=1) ** 2 - (totals**2).sum(axis=1)),
    lambda totals: np.asarray(2 * (totals.sum() - totals)),
)
"""Of all pairs of values those that differ."""


def nominal(tally: Tally) -> Fixed:
    """0 for the same value, else 1."""
    patterns = tally.patterns
    same = np.add.reduceat(patterns.counts**2, patterns.starts[:-1])
    # m^2 - sum of r_c^2: the ordered pairs of a unit that differ; over m - 1.
    return Fixed((patterns.sizes**2 - same) * _per_pair(patterns), UNEQUAL)


def interval(tally: Tally) -> Fixed:
    """(a - b)²; the pairs of n values sum to 2n times their squared deviations from the mean."""
    patterns, scaled = tally.patterns, numbers(tally)
    points = scaled - scaled[len(scaled) // 2]
    entries = points[patterns.codes]
    means = np.add.reduceat(patterns.counts * entries, patterns.starts[:-1]) / patterns.sizes
    deviations = np.add.reduceat(patterns.counts * (entries - means[patterns.rows]) ** 2, patterns.starts[:-1])

    def total(totals: Floats) -> Floats:
        count = totals.sum(axis=1)
        centred = points - ((totals @ points) / count)[:, np.newaxis]
        return np.asarray(2 * count * np.einsum("rv,rv->r", totals, centred**2))

    def slope(totals: Floats) -> Floats:
        squares = (points - totals @ points / totals.sum()) ** 2
        return np.asarray(2 * (totals @ squares + totals.sum() * squares))

    # sum over c, k of r_c r_k (c - k)^2 = 2 m sum of r_c (c - mean)^2; over m - 1.
    return Fixed(2 * patterns.sizes * deviations * _per_pair(patterns), Curve(total, slope))


def ratio(tally: Tally) -> Fixed:
    """((a - b) / (a + b))², 0 for two zeros; no number is negative."""

    def distance(a: Floats, b: Floats) -> Floats:
        total = a + b
        return np.asarray(((a - b) / np.where(total > 0, total, 1.0)) ** 2)

    return _pairwise(tally, numbers(tally), distance)


def sets(tally: Tally) -> Fixed:
    """MASI of the two sets; of sets of paths how far each path is from the other set."""
    if tally.field.paths:
        return _pairwise(tally, np.arange(len(tally.values)), PathSets.of(tally.values).distance)
    return _pairwise(tally, as_bits(tally.values), masi)


def jaccard_sets(tally: Tally) -> Fixed:
    """Jaccard's distance of the two sets."""
    return _pairwise(tally, as_bits(tally.values), jaccard)


def tree(tally: Tally) -> Fixed:
    """The share of the two paths that they do not have in common."""
    return _pairwise(tally, as_paths(tally.values), path_distance)


@dataclass(frozen=True, slots=True)
class Ordinal:
    """The squared difference of midranks, which are those of the values drawn: (sum of n_c to n_k - (n_c + n_k) / 2)².

    Midranks are centred and divided by n, which scales observed and expected sums alike.
    """

    counts: Matrix
    scaled: Matrix
    sizes: Ints
    per_pair: Floats

    def observed(self, weights: Floats, totals: Floats) -> Floats:
        """The sum of disagreements within units, (R,)."""
        # sum over c, k of r_c r_k (rank_c - rank_k)^2 = 2 m sum of r_c rank_c^2 - 2 (sum of r_c rank_c)^2; over m - 1.
        ranks = midranks(totals)
        squares = np.einsum("rv,rv->r", self.scaled.value_sums(weights), ranks**2)
        within = np.einsum("rp,rp->r", weights * self.per_pair, self.counts.pattern_sums(ranks) ** 2)
        return np.asarray(np.maximum(2 * (squares - within), 0.0))

    def expected(self, totals: Floats) -> Floats:
        """The sum of disagreements over all pairs of values, (R,)."""
        # 2 n sum of n_c rank_c^2: centred midranks have mean 0.
        return np.asarray(2 * totals.sum(axis=1) * np.einsum("rv,rv->r", totals, midranks(totals) ** 2))

    def leaving(self, units: Floats) -> Leaving:
        """As `observed`; what it sums over patterns is a quadratic form of the midranks, (V, V), made once."""
        scaled = self.scaled.value_sums(units[np.newaxis])[0]
        cells = self.counts.pattern_sums(np.eye(len(scaled)))
        form = self.counts.value_sums(cells * (units * self.per_pair))
        per_unit, per_pair = self.sizes * self.per_pair, self.per_pair

        def leave(chosen: slice, own: Floats, left: Floats) -> Floats:
            ranks = midranks(left)
            squares = ((scaled - own * per_unit[chosen, np.newaxis]) * ranks**2).sum(axis=1)
            within = ((ranks @ form) * ranks).sum(axis=1) - per_pair[chosen] * (own * ranks).sum(axis=1) ** 2
            return np.asarray(np.maximum(2 * (squares - within), 0.0))

        return leave

    def observed_slope(self, weights: Floats, totals: Floats) -> tuple[Floats, Floats]:
        """How the sum grows with a unit of each pattern (P,), the midranks apart, and with each value of the totals (V,)."""
        ranks = midranks(totals[np.newaxis])
        within = self.counts.pattern_sums(ranks)[0]
        own = 2 * (self.scaled.pattern_sums(ranks**2)[0] - self.per_pair * within**2)
        pulled = self.counts.value_sums((weights * self.per_pair * within)[np.newaxis])[0]
        of_ranks = 4 * (self.scaled.value_sums(weights[np.newaxis])[0] * ranks[0] - pulled)
        return own, _through_ranks(of_ranks, totals)

    def expected_slope(self, totals: Floats) -> Floats:
        """How `expected` grows with each value of the totals, (V,)."""
        ranks, count = midranks(totals[np.newaxis])[0], totals.sum()
        own = 2 * (totals @ ranks**2 + count * ranks**2)
        return np.asarray(own + _through_ranks(4 * count * totals * ranks, totals))


def _through_ranks(of_ranks: Floats, totals: Floats) -> Floats:
    """What grows with midranks (V,) as it grows with the totals: n d rank_v / d n_u is [u <= v] - [u = v] / 2 - rank_v - 1/2."""
    ranks = midranks(totals[np.newaxis])[0]
    above = np.cumsum(of_ranks[::-1])[::-1]
    return np.asarray((above - of_ranks / 2 - of_ranks @ (ranks + 0.5)) / totals.sum())


def ordinal(tally: Tally) -> Ordinal:
    """The squared difference of midranks."""
    patterns, per_pair = tally.patterns, _per_pair(tally.patterns)
    scaled = patterns.counts * (patterns.sizes * per_pair)[patterns.rows]
    counts = matrix(patterns, patterns.counts.astype(np.float64), len(tally.values))
    return Ordinal(counts, matrix(patterns, scaled, len(tally.values)), patterns.sizes, per_pair)


Disagreement: TypeAlias = Fixed | Ordinal
"""The distances of a scale on one tally."""

DISAGREEMENT: dict[Scale, Callable[[Tally], Disagreement]] = {
    Scale.NOMINAL: nominal,
    Scale.ORDINAL: ordinal,
    Scale.INTERVAL: interval,
    Scale.RATIO: ratio,
    Scale.SET: sets,
    Scale.TREE: tree,
}


def numbers(tally: Tally) -> Floats:
    """The values as numbers, scaled by a power of two so that no square overflows; distances only scale with them."""
    return scaled(np.array([float(cast("float", value)) for value in tally.values]))


def _per_pair(patterns: Patterns) -> Floats:
    """1 / (m - 1), and 0 where there is nothing to compare, (P,)."""
    sizes = patterns.sizes
    return np.where(sizes >= 2, 1 / np.maximum(sizes - 1, 1), 0.0)


def midranks(totals: Floats) -> Floats:
    """The midrank of each value among those drawn, centred and divided by n, (R, V)."""
    count = totals.sum(axis=1, keepdims=True)
    # The sum of n_1 to n_c, less n_c / 2.
    return np.asarray((np.cumsum(totals, axis=1) - totals / 2) / count - 0.5)


def _pairwise(tally: Tally, points: _Points, distance: Callable[[_Points, _Points], Floats]) -> Fixed:
    """Any distance of two values; `points` has a row for each value.

    Of more than 4,096 values, the sum over all pairs is exact for the tally itself and linearised around it for
    samples of it: what is left out is in proportion to 1 / n, far below the width of an interval.
    """
    within = _within(tally.patterns, points, distance)
    if len(points) > _MOST_EXACT:
        return Fixed(within, _linearised(tally, points, distance))
    # d(c, k) of all pairs; De's sum over c, k of n_c n_k d(c, k), and its derivative by n_c.
    distances = np.hstack(list(_blocks(points, distance)))
    between = Curve(
        lambda totals: np.einsum("rv,rv->r", totals @ distances, totals), lambda totals: 2 * (distances @ totals)
    )
    return Fixed(within, between)


def _linearised(tally: Tally, points: _Points, distance: Callable[[_Points, _Points], Floats]) -> Curve:
    around = tally.frequency

    @cache
    def gradient() -> Floats:
        return np.concatenate([around @ block for block in _blocks(points, distance)])

    return Curve(lambda totals: 2 * totals @ gradient() - around @ gradient(), lambda _totals: 2 * gradient())


def _blocks(points: _Points, distance: Callable[[_Points, _Points], Floats]) -> Iterator[Floats]:
    """The distances of all pairs, (V, V), some columns at a time."""
    width = max(1, _CELLS // len(points))
    for low in range(0, len(points), width):
        yield distance(points[:, np.newaxis], points[np.newaxis, low : low + width])


def _within(patterns: Patterns, points: _Points, distance: Callable[[_Points, _Points], Floats]) -> Floats:
    """The disagreement of a unit of each pattern, patterns of one length at a time."""
    sums = np.zeros(len(patterns))
    lengths = patterns.lengths
    for length in np.unique(lengths[lengths > 1]):
        first, second = np.triu_indices(length, k=1)
        chosen = np.flatnonzero(lengths == length)
        for some in np.array_split(chosen, -(-len(chosen) * len(first) // _CELLS)):
            entries = patterns.starts[some, np.newaxis] + np.arange(length)
            # The sum over c < k of r_c r_k d(c, k), twice.
            codes, counts = patterns.codes[entries], patterns.counts[entries]
            distances = distance(points[codes[:, first]], points[codes[:, second]])
            sums[some] = 2 * np.einsum("pe,pe,pe->p", counts[:, first], counts[:, second], distances)
    return sums * _per_pair(patterns)
