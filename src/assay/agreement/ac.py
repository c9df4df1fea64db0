"""Gwet's AC1, and AC2 with weights.

Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of high agreement. BJMSP 61,
29-48; (2014) Handbook of Inter-Rater Reliability, 4th ed. p_e = T / (q (q - 1)) times the sum over k of
pi_k (1 - pi_k), T being the sum of all weights, which is q for AC1. q is the number of categories a rater can choose
from: `assay.agreement.weights.categories`. With q of 1 there is nothing to choose: undefined.
"""

from dataclasses import dataclass

import numpy as np

from assay.agreement.coefficient import Undefined, not_whole
from assay.agreement.corrected import Corrected, corrected
from assay.agreement.per_member import UNCERTAIN, PerMember, per_member
from assay.agreement.weights import Weighting, Weights, fitting, identity
from assay.model.schema import Scale
from assay.table.columns import Floats
from assay.table.tally import Tally


@dataclass(frozen=True, slots=True)
class _Uncertain:
    """Agreement by chance on the units whose rating is uncertain."""

    factor: float

    def expected(self, marginals: Floats) -> Floats:
        return np.asarray(self.factor * (marginals * (1 - marginals)).sum(axis=1))

    def slope(self, marginals: Floats) -> Floats:
        return self.factor * (1 - marginals)


def ac1(tally: Tally) -> Corrected | PerMember | Undefined:
    """AC1, on every measured scale; of sets the mean over their members."""
    if tally.field.scale is Scale.SET:
        return per_member(tally, UNCERTAIN)
    return not_whole(tally) or _ac(tally, identity(tally))


def ac2(tally: Tally, kind: Weighting = Weighting.QUADRATIC) -> Corrected | Undefined:
    """AC2 with weights of that kind, of a field whose values have an order."""
    wanted = fitting(tally, kind)
    return wanted if isinstance(wanted, Undefined) else _ac(tally, wanted)


def _ac(tally: Tally, wanted: Weights) -> Corrected | Undefined:
    choices = wanted.categories
    if choices <= 1:
        return Undefined.NO_VARIATION
    return corrected(tally, wanted, _Uncertain(wanted.total / (choices * (choices - 1))))
