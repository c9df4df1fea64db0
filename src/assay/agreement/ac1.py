"""Gwet's AC1.

Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of high agreement. BJMSP 61, 29-48.
AC1 = (p_a - p_e) / (1 - p_e) with p_e = sum over k of pi_k (1 - pi_k) / (q - 1). pi_k is the mean share of k in a unit,
over all units with a value, one or more; p_a is `assay.agreement.percent`. q is the number of categories a rater can
choose from: those the schema declares, or where it declares none those that were used. A set is one category, so where
its members are declared q is the number of their subsets. With q of 1 there is nothing to choose: undefined.
"""

import numpy as np

from assay.agreement.coefficient import Estimator, Undefined, obstacle
from assay.agreement.percent import agreeing
from assay.agreement.sums import matrix
from assay.model.schema import Scale
from assay.table.columns import Floats
from assay.table.tally import Tally

_MOST_MEMBERS = 1000


def ac1(tally: Tally) -> Estimator | Undefined:
    """AC1 with identity weights, on every measured scale."""
    reason = obstacle(tally)
    if reason:
        return reason
    choices = categories(tally)
    return _estimator(tally, choices) if choices > 1 else Undefined.NO_VARIATION


def categories(tally: Tally) -> float:
    """q: the values to choose from."""
    declared, used = tally.field.values, len(tally.values)
    if declared is None:
        return used
    choices = 2.0 ** min(len(declared), _MOST_MEMBERS) if tally.field.scale is Scale.SET else len(declared)
    return max(choices, used)


def _estimator(tally: Tally, choices: float) -> Estimator:
    patterns = tally.patterns
    shares = matrix(patterns, patterns.counts / patterns.sizes[patterns.rows], len(tally.values))
    agreement, pairable = agreeing(patterns), patterns.pairable.astype(np.float64)

    def estimate(weights: Floats) -> Floats:
        marginals = shares.value_sums(weights) / weights.sum(axis=1, keepdims=True)
        observed = (weights @ agreement) / (weights @ pairable)
        chance = (marginals * (1 - marginals)).sum(axis=1) / (choices - 1)
        return np.asarray((observed - chance) / (1 - chance))

    return estimate
