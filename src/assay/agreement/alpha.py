"""Krippendorff's alpha.

Krippendorff, K. (2011). Computing Krippendorff's Alpha-Reliability; (2004) Content Analysis, ch. 11. alpha = 1 - Do /
De: Do is the mean disagreement of two values of a unit, a unit with m values weighing m; De that of any two of all n
pairable values, De = sum over c, k of n_c n_k d(c, k) / (n (n - 1)). Units with one value are not pairable. There is
no lower bound of -1. Where all values are equal, or as numbers too close to tell apart, both are 0 and alpha is
undefined.
"""

from dataclasses import dataclass

import numpy as np

from assay.agreement.chance_corrected import agreeing
from assay.agreement.coefficient import Matrix, matrix, not_whole
from assay.agreement.disagreement import DISAGREEMENT, Disagreement, jaccard_sets, numbers
from assay.agreement.sets import too_many_paths
from assay.agreement.weights import Weighting, Weights, weights
from assay.core import Floats, Patterns, Scale, Tally, Undefined

_MOST_VALUES = 20_000


@dataclass(frozen=True, slots=True)
class Alpha:
    """An estimator of alpha; with `weights`, which are 1 - d / max d, it has a standard error."""

    patterns: Patterns
    counts: Matrix
    disagreement: Disagreement
    weights: Weights | None = None

    def __call__(self, weights: Floats) -> Floats:
        """Alpha of units drawn, (R, P) to (R,)."""
        return _alpha(*self.parts(weights))

    def parts(self, weights: Floats) -> tuple[Floats, Floats]:
        """Observed and expected disagreement, Do and De, each (R,); De is 0 where all values are the same."""
        totals = self.counts.value_sums(weights)
        return self._parts(self.disagreement.observed(weights, totals), totals)

    def of_sums(self, observed: Floats, totals: Floats) -> Floats:
        """Alpha of sums of disagreements within units (R,) and of pairable values (R, V)."""
        return _alpha(*self._parts(observed, totals))

    def slope(self, weights: Floats) -> Floats:
        """How much alpha of units (P,) grows with one unit more of each pattern, (P,).

        With the sums O within units and E over all pairs of n values alpha is 1 - O (n - 1) / E.
        """
        drawn = weights[np.newaxis]
        totals = self.counts.value_sums(drawn)
        observed, expected = self.disagreement.observed(drawn, totals)[0], self.disagreement.expected(totals)[0]
        if expected <= 0:
            return np.full(len(weights), np.nan)
        per_pattern, per_value = self.disagreement.observed_slope(weights, totals[0])
        rest = (totals.sum() - 1) / expected
        # The derivative of 1 - O (n - 1) / E: by E and O through the values, by n, and by O through the unit itself.
        scores = rest * (observed / expected * self.disagreement.expected_slope(totals[0]) - per_value)
        return np.asarray(self.counts.pattern_sums((scores - observed / expected)[np.newaxis])[0] - rest * per_pattern)

    def _parts(self, observed: Floats, totals: Floats) -> tuple[Floats, Floats]:
        count = totals.sum(axis=1)
        several = np.maximum(count, 2.0)
        # De = sum n_c n_k d(c, k) / (n (n - 1)); below, Do is the sum within units over n.
        expected = np.maximum(self.disagreement.expected(totals), 0.0) / (several * (several - 1))
        return np.asarray(observed / several), np.where(totals.max(axis=1, initial=0.0) < count, expected, 0.0)

    def standard_error(self, units: Floats) -> float:
        """The linearised standard error of Gwet (2014), ch. 5, over units as drawn from many; nan without weights.

        It is that of alpha without its correction for a small number of values, as in Gwet's own programs.
        """
        comparable, sizes = self.patterns.pairable, self.patterns.sizes
        number = units @ comparable
        if self.weights is None or number < 2 or np.isnan(self(units[np.newaxis])[0]):
            return float("nan")
        # r, the mean number of values of a unit, and how far each unit is from it.
        mean = (units * comparable) @ sizes / number
        excess = (sizes - mean) / mean
        # p_a: each unit weighs as many values as it has.
        agreement = agreeing(self.patterns, self.weights) * sizes / mean
        raw = (units * comparable) @ agreement / number
        # pi_k, and p_e = sum w_kl pi_k pi_l.
        shares = self.counts.value_sums(units[np.newaxis]) / (number * mean)
        slope = self.weights.times(shares)
        expected = float((slope * shares).sum())
        value = (raw - expected) / (1 - expected)
        own = (agreement - (raw + (1 - raw) / (number * mean)) * excess - expected) / (1 - expected)
        by_chance = self.counts.pattern_sums(slope)[0] / mean - expected * excess
        # alpha_i* = alpha_i - 2 (1 - alpha) (p_e|i - p_e) / (1 - p_e), whose variance is that of alpha.
        linear = own - 2 * (1 - value) * (by_chance - expected) / (1 - expected)
        return float(np.sqrt((units * comparable) @ (linear - value) ** 2 / (number * (number - 1))))


def _alpha(observed: Floats, expected: Floats) -> Floats:
    return np.asarray(1 - np.divide(observed, expected, out=np.full(len(observed), np.nan), where=expected > 0))


def alpha(tally: Tally) -> Alpha | Undefined:
    """Alpha with the distance of the field's scale: for sets MASI, for a tree and sets of its paths the length of the path."""
    if reason := not_whole(tally) or _unfit(tally) or _unbounded(tally):
        return reason
    # The weights 1 - d / max d of the standard error, where the distance is one of Gwet's.
    weighting = {Scale.NOMINAL: Weighting.IDENTITY, Scale.INTERVAL: Weighting.QUADRATIC}.get(tally.field.scale)
    return alpha_by(tally, DISAGREEMENT[tally.field.scale](tally), weights(tally, weighting) if weighting else None)


def alpha_jaccard(tally: Tally) -> Alpha | Undefined:
    """Alpha of sets with Jaccard's distance."""
    if tally.field.scale is not Scale.SET:
        return Undefined.SCALE_NOT_MEASURED
    return not_whole(tally) or _unbounded(tally) or alpha_by(tally, jaccard_sets(tally))


def alpha_by(tally: Tally, disagreement: Disagreement, weights: Weights | None = None) -> Alpha:
    """Alpha with any distance; `weights`, if any, are 1 - d / max d of the same distance."""
    patterns = tally.patterns
    # r_c of the units with two values or more.
    pairable = np.where(patterns.pairable[patterns.rows], patterns.counts, 0.0)
    return Alpha(patterns, matrix(patterns, pairable, len(tally.values)), disagreement, weights)


def _unbounded(tally: Tally) -> Undefined | None:
    """Distances that are looked up pair by pair take time in proportion to the square of the values."""
    by_pairs = tally.field.scale in {Scale.RATIO, Scale.SET, Scale.TREE}
    many = by_pairs and len(tally.values) > _MOST_VALUES
    many = many or (tally.field.scale is Scale.SET and tally.field.paths and too_many_paths(tally.values))
    return Undefined.TOO_MANY_VALUES if many else None


def _unfit(tally: Tally) -> Undefined | None:
    """Ranks need an order, numbers are subtracted, and a ratio scale starts at zero."""
    if not tally.field.ordered:
        return Undefined.NO_ORDER
    if not tally.field.scale.numeric:
        return None
    if not all(isinstance(value, int | float) for value in tally.values):
        return Undefined.NON_NUMERIC_VALUE
    patterns = tally.patterns
    compared = np.unique(patterns.codes[patterns.pairable[patterns.rows]])
    negative = tally.field.scale is Scale.RATIO and (numbers(tally)[compared] < 0).any()
    return Undefined.NEGATIVE_RATIO_VALUE if negative else None
