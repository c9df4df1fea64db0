"""Fleiss' kappa, and with two annotators Scott's pi.

Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. Psychological Bulletin 76, 378-382. Scott,
W. A. (1955). Reliability of content analysis. POQ 19, 321-325. Generalised to missing values and weights by Gwet
(2014): p_e is the sum over k, l of w_kl pi_k pi_l. Fleiss, J. L., Nee, J. C. M. & Landis, J. R. (1979). Large sample
variance of kappa in the case of different sets of raters. Psychological Bulletin 86, 974-977: the standard error where
there is no agreement but by chance.
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


def null_error(tally: Tally, *, of_1971: bool = False) -> float | None:
    """The standard error of kappa if all agreement were by chance, which tests that and bounds nothing.

    None unless every unit has the same number of values, two or more, and values differ. `of_1971`: by the formula that
    Fleiss (1971) printed, which is wrong; others still print it.
    """
    patterns = tally.patterns
    sizes = np.unique(patterns.sizes)
    if len(sizes) != 1 or sizes[0] < 2 or len(tally.values) < 2:
        return None
    units, raters = patterns.units.sum(), float(sizes[0])
    given = np.bincount(patterns.codes, weights=patterns.counts * patterns.units[patterns.rows])
    share = given / given.sum()
    pairs = units * raters * (raters - 1)
    expected = (share**2).sum()
    if of_1971:
        spread = expected - (2 * raters - 3) * expected**2 + 2 * (raters - 2) * (share**3).sum()
    else:
        spread = (1 - expected) ** 2 - (share * (1 - share) * (1 - 2 * share)).sum()
    return float(np.sqrt(2 * spread / pairs) / (1 - expected))
