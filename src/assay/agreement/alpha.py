"""Krippendorff's alpha.

Krippendorff, K. (2011). Computing Krippendorff's Alpha-Reliability; (2004) Content Analysis, ch. 11.
alpha = 1 - Do / De: Do is the mean disagreement of two values of a unit, a unit with m values weighing m; De that of any
two of all n pairable values, De = sum over c, k of n_c n_k d(c, k) / (n (n - 1)). Units with one value are not
pairable. There is no lower bound of -1. Where all values are equal, or as numbers too close to tell apart, both are 0
and alpha is undefined.
"""

import numpy as np

from assay.agreement.coefficient import Estimator, Undefined, obstacle
from assay.agreement.disagreement import DISAGREEMENT, numbers
from assay.agreement.sums import matrix
from assay.model.schema import Scale
from assay.table.columns import Floats
from assay.table.tally import Tally

_MOST_VALUES = 20_000


def alpha(tally: Tally) -> Estimator | Undefined:
    """Alpha with the distance of the field's scale; for sets MASI."""
    reason = obstacle(tally) or _unfit(tally) or _unbounded(tally)
    if reason:
        return reason
    patterns = tally.patterns
    disagreement = DISAGREEMENT[tally.field.scale](tally)
    pairable = np.where(patterns.pairable[patterns.rows], patterns.counts, 0.0)
    counts = matrix(patterns, pairable, len(tally.values))

    def estimate(weights: Floats) -> Floats:
        totals = counts.value_sums(weights)
        count = totals.sum(axis=1)
        observed = disagreement.observed(weights, totals) * (count - 1)
        expected = disagreement.expected(totals)
        varied = (totals.max(axis=1) < count) & (expected > 0)
        return np.asarray(1 - np.divide(observed, expected, out=np.full(len(weights), np.nan), where=varied))

    return estimate


def _unbounded(tally: Tally) -> Undefined | None:
    """Distances that are looked up pair by pair take time in proportion to the square of the values."""
    by_pairs = tally.field.scale in {Scale.RATIO, Scale.SET}
    return Undefined.TOO_MANY_VALUES if by_pairs and len(tally.values) > _MOST_VALUES else None


def _unfit(tally: Tally) -> Undefined | None:
    """Numbers are subtracted, and a ratio scale starts at zero."""
    if not tally.field.scale.numeric:
        return None
    if not all(isinstance(value, int | float) for value in tally.values):
        return Undefined.NON_NUMERIC_VALUE
    patterns = tally.patterns
    compared = np.unique(patterns.codes[patterns.pairable[patterns.rows]])
    negative = tally.field.scale is Scale.RATIO and (numbers(tally)[compared] < 0).any()
    return Undefined.NEGATIVE_RATIO_VALUE if negative else None
