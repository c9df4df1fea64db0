"""Percent agreement, and the coefficients that correct it for chance with one set of marginals: AC1, AC2, Fleiss', Brennan's.

Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th ed., ch. 2, 3, 5. In a unit with r ratings, r_k of them k,
the agreement is the sum over k of r_k (r*_k - 1) / (r (r - 1)), r*_k being the ratings weighted by their agreement with
k; p_a is its mean over units with r >= 2. pi_k is the mean of r_k / r over all units with a rating. The coefficient is
(p_a - p_e) / (1 - p_e), and what they differ in is the agreement by chance p_e.

Percent agreement, how often two values of a unit are the same, is p_a (Gwet 2008). Each unit counts once, whatever its
r; Krippendorff's 1 - Do weighs a unit by r. Sets agree when they are equal as wholes.

Gwet's AC1, and AC2 with weights: Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the
presence of high agreement. BJMSP 61, 29-48. p_e = T / (q (q - 1)) times the sum over k of pi_k (1 - pi_k), T being the
sum of all weights, which is q for AC1. q is the number of categories a rater can choose from, as
`assay.agreement.weights.categories` counts them; with q of 1 there is nothing to choose: undefined.

Brennan and Prediger's coefficient, in which chance is a choice among q categories with equal odds: Brennan, R. L. &
Prediger, D. J. (1981). Coefficient kappa: some uses, misuses, and alternatives. Educational and Psychological
Measurement 41, 687-699; Bennett, Alpert and Goldstein's S (1954) and Randolph's free-marginal kappa (2005) are the
same. p_e = T / q², T being the sum of all weights (Gwet 2014). q as for AC1.

Fleiss' kappa, and with two annotators Scott's pi: Fleiss, J. L. (1971). Measuring nominal scale agreement among many
raters. Psychological Bulletin 76, 378-382. Scott, W. A. (1955). Reliability of content analysis. POQ 19, 321-325.
Generalised to missing values and weights by Gwet (2014): p_e is the sum over k, l of w_kl pi_k pi_l. Fleiss, J. L.,
Nee, J. C. M. & Landis, J. R. (1979). Large sample variance of kappa in the case of different sets of raters.
Psychological Bulletin 86, 974-977: the standard error where there is no agreement but by chance.
"""

from dataclasses import dataclass

import numpy as np

from assay.agreement.coefficient import Curve, Matrix, matrix, not_whole, obstacle, ratios
from assay.agreement.sets import EVEN, UNCERTAIN, PerMember, per_member
from assay.agreement.weights import Weighting, Weights, fitting, identity
from assay.core import Floats, Patterns, Scale, Tally, Undefined

_CELLS = 2**22


@dataclass(frozen=True, slots=True)
class Corrected:
    """An estimator with a standard error. `agreement` (P,) is that of a unit of each pattern, 0 where r < 2.

    `chance` is p_e by the share of each value; its slope, what a share adds to a unit's own p_e, whose mean is p_e.
    """

    agreement: Floats
    pairable: Floats
    shares: Matrix
    chance: Curve

    def __call__(self, weights: Floats) -> Floats:
        """The coefficient of units drawn, (R, P) to (R,); nan where chance alone explains everything."""
        observed, expected = self.parts(weights)
        return ratios(observed - expected, 1 - expected)

    def parts(self, weights: Floats) -> tuple[Floats, Floats]:
        """p_a and p_e, each (R,)."""
        # p_a: the mean over units with r >= 2.
        observed = (weights @ self.agreement) / (weights @ self.pairable)
        return np.asarray(observed), self.chance.at(self._marginals(weights))

    def slope(self, weights: Floats) -> Floats:
        """How much the coefficient of units (P,) grows with one unit more of each pattern, (P,)."""
        whole = weights[np.newaxis]
        (observed,), (expected,) = self.parts(whole)
        if not expected < 1:
            return np.full(len(weights), np.nan)
        # The derivative of p_a, then of p_e, which is a square of the marginals.
        own = (self.agreement - observed * self.pairable) / (weights @ self.pairable)
        chance = self.shares.pattern_sums(self.chance.slope(self._marginals(whole)[0])[np.newaxis])[0]
        by_chance = 2 * (chance - expected) / weights.sum()
        return np.asarray((own - (1 - observed) / (1 - expected) * by_chance) / (1 - expected))

    def standard_error(self, units: Floats) -> float:
        """Gwet's linearised standard error over units as drawn from many, (P,); nan where there is one unit or no value."""
        whole = units[np.newaxis]
        number, comparable = units.sum(), units @ self.pairable
        (expected,) = self.parts(whole)[1]
        (value,) = self(whole)
        if number < 2 or np.isnan(value):
            return float("nan")
        # kappa_i = n / n' (p_a|i - p_e) / (1 - p_e), with n' units of r >= 2.
        own = number / comparable * (self.agreement - expected * self.pairable) / (1 - expected)
        slope = self.chance.slope(self._marginals(whole)[0])
        by_chance = self.shares.pattern_sums(slope[np.newaxis])[0]
        # kappa_i* = kappa_i - 2 (1 - kappa) (p_e|i - p_e) / (1 - p_e); v = sum (kappa_i* - kappa)^2 / (n (n - 1)).
        linear = own - 2 * (1 - value) * (by_chance - expected) / (1 - expected)
        return float(np.sqrt((units @ (linear - value) ** 2) / (number * (number - 1))))

    def _marginals(self, weights: Floats) -> Floats:
        # pi_k: the mean of r_k / r over all units with a rating.
        return np.asarray(self.shares.value_sums(weights) / weights.sum(axis=1, keepdims=True))


def corrected(tally: Tally, weights: Weights, chance: Curve | float) -> Corrected:
    """The coefficient with these weights and this agreement by chance, a number where the values given make no difference."""
    patterns = tally.patterns
    agreement, pairable = agreeing(patterns, weights), patterns.pairable.astype(np.float64)
    if isinstance(chance, Curve):
        shares = matrix(patterns, patterns.counts / patterns.sizes[patterns.rows], len(tally.values))
        return Corrected(agreement, pairable, shares, chance)
    # All values as one: its share of every unit is 1.
    as_one = Matrix(lambda units: units.sum(axis=1, keepdims=True), lambda of_one: of_one.repeat(len(patterns), axis=1))
    return Corrected(agreement, pairable, as_one, _constant(chance))


def agreeing(patterns: Patterns, weights: Weights) -> Floats:
    """The agreement in a unit of each pattern, (P,); 0 where there is no pair."""
    sizes = patterns.sizes
    if weights.table is None:
        pairs = np.add.reduceat(patterns.counts * (patterns.counts - 1), patterns.starts[:-1])
    else:
        pairs = np.zeros(len(patterns))
        step = max(1, _CELLS // len(weights.table))
        for start in range(0, len(patterns), step):
            stop = min(start + step, len(patterns))
            inside = slice(patterns.starts[start], patterns.starts[stop])
            cells = np.zeros((stop - start, len(weights.table)))
            cells[patterns.rows[inside] - start, patterns.codes[inside]] = patterns.counts[inside]
            # The sum over k of r_k (r*_k - 1), with r*_k = sum over l of w_kl r_l.
            pairs[start:stop] = (cells * (cells @ weights.table - 1)).sum(axis=1)
    # Over r (r - 1), the ordered pairs of the r ratings.
    return np.asarray(pairs / np.maximum(sizes * (sizes - 1), 1))


def percent(tally: Tally) -> Corrected | Undefined:
    """Observed agreement; defined wherever there is a unit with two values."""
    return obstacle(tally) or weighted_percent(tally, identity(tally))


def weighted_percent(tally: Tally, weights: Weights) -> Corrected:
    """Observed agreement where different values may agree in part."""
    return corrected(tally, weights, 0.0)


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
    factor = wanted.total / (choices * (choices - 1))
    # p_e = T / (q (q - 1)) sum over k of pi_k (1 - pi_k), on the units whose rating is uncertain.
    uncertain = Curve(lambda share: factor * (share * (1 - share)).sum(axis=1), lambda share: factor * (1 - share))
    return corrected(tally, wanted, uncertain)


def _constant(chance: float) -> Curve:
    """Agreement by chance that does not depend on the values given: of draws with equal odds, or none."""
    return Curve(lambda shares: np.full(len(shares), chance), lambda share: np.full(len(share), chance))


def brennan_prediger(tally: Tally, kind: Weighting = Weighting.IDENTITY) -> Corrected | PerMember | Undefined:
    """The coefficient, of sets the mean over their members; with q of 1 there is nothing to choose: undefined."""
    if tally.field.scale is Scale.SET:
        return per_member(tally, EVEN)
    wanted = fitting(tally, kind)
    if isinstance(wanted, Undefined):
        return wanted
    if wanted.categories <= 1:
        return Undefined.NO_VARIATION
    # T / q^2, whatever was given.
    return corrected(tally, wanted, wanted.total / (wanted.categories * wanted.categories))


def fleiss(tally: Tally, kind: Weighting = Weighting.IDENTITY) -> Corrected | Undefined:
    """Fleiss' kappa; undefined where all values are the same."""
    wanted = fitting(tally, kind)
    if isinstance(wanted, Undefined):
        return wanted
    if len(tally.values) < 2:
        return Undefined.NO_VARIATION
    # p_e = sum over k, l of w_kl pi_k pi_l, that of two draws from all ratings.
    drawn = Curve(
        lambda shares: (wanted.times(shares) * shares).sum(axis=1), lambda share: wanted.times(share[np.newaxis])[0]
    )
    return corrected(tally, wanted, drawn)


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
    counts = np.bincount(patterns.codes, weights=patterns.counts * patterns.units[patterns.rows])
    # p_j, N n (n - 1), and the sum of p_j^2 of Fleiss, Nee & Landis.
    share = counts / counts.sum()
    pairs = units * raters * (raters - 1)
    expected = (share**2).sum()
    if of_1971:
        spread = expected - (2 * raters - 3) * expected**2 + 2 * (raters - 2) * (share**3).sum()
    else:
        # (sum p_j q_j)^2 - sum p_j q_j (q_j - p_j), with q_j = 1 - p_j.
        spread = (1 - expected) ** 2 - (share * (1 - share) * (1 - 2 * share)).sum()
    return float(np.sqrt(2 * spread / pairs) / (1 - expected))
