"""Percent agreement: how often two values of a unit are the same.

Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of high agreement. BJMSP 61, p_a:
the mean over units with m >= 2 values of the sum over k of r_k (r_k - 1) / (m (m - 1)). Each unit counts once, whatever
its m; Krippendorff's 1 - Do weighs a unit by m. Sets agree when they are equal as wholes.
"""

import numpy as np

from assay.agreement.coefficient import Estimator, Undefined, obstacle
from assay.table.columns import Floats
from assay.table.tally import Patterns, Tally


def percent(tally: Tally) -> Estimator | Undefined:
    """Observed agreement; defined wherever there is a unit with two values."""
    return obstacle(tally) or _estimator(tally.patterns)


def agreeing(patterns: Patterns) -> Floats:
    """The share of agreeing pairs in a unit of each pattern, (P,); 0 where there is no pair."""
    sizes = patterns.sizes
    pairs = np.add.reduceat(patterns.counts * (patterns.counts - 1), patterns.starts[:-1])
    return np.asarray(pairs / np.maximum(sizes * (sizes - 1), 1))


def _estimator(patterns: Patterns) -> Estimator:
    shares, pairable = agreeing(patterns), patterns.pairable.astype(np.float64)
    return lambda weights: (weights @ shares) / (weights @ pairable)
