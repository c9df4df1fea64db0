"""Fleiss' kappa, and with two annotators Scott's pi.

Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. Psychological Bulletin 76, 378-382. Scott,
W. A. (1955). Reliability of content analysis. POQ 19, 321-325. Generalised to missing values and weights by Gwet
(2014): p_e is the sum over k, l of w_kl pi_k pi_l.
"""

from dataclasses import dataclass

import numpy as np

from assay.agreement.coefficient import Undefined
from assay.agreement.corrected import Corrected, corrected
from assay.agreement.weights import Weighting, Weights, fitting
from assay.table.columns import Floats
from assay.table.tally import Tally


@dataclass(frozen=True, slots=True)
class _Shares:
    """Agreement by chance of two draws from all ratings."""

    weights: Weights

    def expected(self, marginals: Floats) -> Floats:
        return np.asarray((self.weights.times(marginals) * marginals).sum(axis=1))

    def slope(self, marginals: Floats) -> Floats:
        return np.asarray(self.weights.times(marginals[np.newaxis])[0])


def fleiss(tally: Tally, kind: Weighting = Weighting.IDENTITY) -> Corrected | Undefined:
    """Fleiss' kappa; undefined where all values are the same."""
    wanted = fitting(tally, kind)
    if isinstance(wanted, Undefined):
        return wanted
    return corrected(tally, wanted, _Shares(wanted)) if len(tally.values) > 1 else Undefined.NO_VARIATION
