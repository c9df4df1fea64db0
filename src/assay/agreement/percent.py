"""Percent agreement: how often two values of a unit are the same.

Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of high agreement. BJMSP 61, p_a:
the mean over units with m >= 2 values of the sum over k of r_k (r_k - 1) / (m (m - 1)). Each unit counts once, whatever
its m; Krippendorff's 1 - Do weighs a unit by m. Sets agree when they are equal as wholes.
"""

from dataclasses import dataclass

import numpy as np

from assay.agreement.coefficient import Undefined, obstacle
from assay.agreement.corrected import Corrected, corrected
from assay.agreement.weights import Weights, identity
from assay.table.columns import Floats
from assay.table.tally import Tally


@dataclass(frozen=True, slots=True)
class _Nothing:
    """No agreement is by chance."""

    def expected(self, marginals: Floats) -> Floats:
        return np.zeros(len(marginals))

    def slope(self, marginals: Floats) -> Floats:
        return np.zeros(len(marginals))


def percent(tally: Tally) -> Corrected | Undefined:
    """Observed agreement; defined wherever there is a unit with two values."""
    return obstacle(tally) or weighted_percent(tally, identity(tally))


def weighted_percent(tally: Tally, weights: Weights) -> Corrected:
    """Observed agreement where different values may agree in part."""
    return corrected(tally, weights, _Nothing())
