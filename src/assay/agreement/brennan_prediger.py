"""Brennan and Prediger's coefficient: chance is a choice among q categories with equal odds.

Brennan, R. L. & Prediger, D. J. (1981). Coefficient kappa: some uses, misuses, and alternatives. Educational and
Psychological Measurement 41, 687-699; Bennett, Alpert and Goldstein's S (1954) and Randolph's free-marginal kappa
(2005) are the same. p_e = T / q², T being the sum of all weights (Gwet 2014). q as for AC1.
"""

from dataclasses import dataclass

import numpy as np

from assay.agreement.coefficient import Undefined
from assay.agreement.corrected import Corrected, corrected
from assay.agreement.per_member import EVEN, PerMember, per_member
from assay.agreement.weights import Weighting, fitting
from assay.model.schema import Scale
from assay.table.columns import Floats
from assay.table.tally import Tally


@dataclass(frozen=True, slots=True)
class _Even:
    """Agreement by chance of two draws with equal odds."""

    share: float

    def expected(self, marginals: Floats) -> Floats:
        return np.full(len(marginals), self.share)

    def slope(self, marginals: Floats) -> Floats:
        return np.full(len(marginals), self.share)


def brennan_prediger(tally: Tally, kind: Weighting = Weighting.IDENTITY) -> Corrected | PerMember | Undefined:
    """The coefficient, of sets the mean over their members; with q of 1 there is nothing to choose: undefined."""
    if tally.field.scale is Scale.SET:
        return per_member(tally, EVEN)
    wanted = fitting(tally, kind)
    if isinstance(wanted, Undefined):
        return wanted
    if wanted.categories <= 1:
        return Undefined.NO_VARIATION
    return corrected(tally, wanted, _Even(wanted.total / (wanted.categories * wanted.categories)))
