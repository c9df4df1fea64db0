"""Kappas with marginals of each annotator: Cohen's of every pair, their mean, Conger's of all annotators; and the ICC.

Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological Measurement 20, 37-46;
(1968) Weighted kappa. Psychological Bulletin 70, 213-220. The derivative of a pair's kappa, and so its standard error:
Fleiss, J. L., Cohen, J. & Everitt, B. S. (1969). Large sample standard errors of kappa and weighted kappa. Psychological
Bulletin 72, 323-327. Only units that both rated count. The mean over pairs is an estimator over units, for its interval.

Conger's kappa is Cohen's for many annotators: Conger, A. J. (1980). Integration and generalization of kappas for
multiple raters. Psychological Bulletin 88, 322-328. Missing values, weights and the linearised variance: Gwet, K. L.
(2014), Handbook of Inter-Rater Reliability, 4th ed., ch. 2 and 5. p_e is the sum over k, l of w_kl (p_k p_l - s_kl / r),
with p_k the mean over the r annotators of their shares of k, and s_kl the covariance of these shares between annotators.

Intraclass correlation, where every annotator rated every unit: Shrout, P. E. & Fleiss, J. L. (1979). Intraclass
correlations: uses in assessing rater reliability. Psychological Bulletin 86, 420-428. McGraw & Wong (1996) call ICC(2,1)
the absolute agreement and ICC(3,1) the consistency of single ratings.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np

from assay.agreement.chance_corrected import agreeing
from assay.agreement.coefficient import ratios, scaled, two_of_each
from assay.agreement.pairwise import Pairs
from assay.agreement.weights import Weights
from assay.core import Codes, Floats, Ints, Mask, Ratings, Undefined, patterns_of_units


@dataclass(frozen=True, slots=True)
class MeanSquares:
    """Of n units by k annotators: between units, between annotators, within units, and what neither explains.

    Numbers are scaled by a power of two first, so that no square overflows; a correlation only depends on their ratios.
    """

    units: int
    annotators: int
    between_units: float
    between_annotators: float
    within_units: float
    error: float

    def one_way(self, *, averaged: bool = False) -> float:
        """ICC(1,1), or averaged over the annotators ICC(1,k)."""
        gain = self.between_units - self.within_units
        # (BMS - WMS) / (BMS + (k - 1) WMS), or over BMS alone.
        return gain / (self.between_units + (0 if averaged else self.annotators - 1) * self.within_units)

    def agreement(self, *, averaged: bool = False) -> float:
        """ICC(2,1) or ICC(2,k): annotators are drawn from many, and their levels matter."""
        shift = (self.between_annotators - self.error) / self.units
        if averaged:
            return (self.between_units - self.error) / (self.between_units + shift)
        # (BMS - EMS) / (BMS + (k - 1) EMS + k (JMS - EMS) / n).
        rest = (self.annotators - 1) * self.error + self.annotators * shift
        return (self.between_units - self.error) / (self.between_units + rest)

    def consistency(self, *, averaged: bool = False) -> float:
        """ICC(3,1) or ICC(3,k): these annotators only, and their levels do not matter."""
        # (BMS - EMS) / (BMS + (k - 1) EMS), or over BMS alone.
        gain = self.between_units - self.error
        return gain / (self.between_units + (0 if averaged else self.annotators - 1) * self.error)


@dataclass(frozen=True, slots=True, eq=False)
class Icc:
    """ICC(2,1), or with `consistency` ICC(3,1), as an estimator over the units of a table, (U, A), with a row for each."""

    table: Floats
    consistency: bool = False

    def __call__(self, units: Floats) -> Floats:
        """The correlation of units as often as each counts, (R, U) to (R,)."""
        people, number = self.table.shape[1], units.sum(axis=1)
        by_unit = self.table.sum(axis=1)
        by_annotator = units @ self.table
        every = by_annotator.sum(axis=1) ** 2 / (number * people)
        # Sums of squares: of all, less the correction for the mean, between units, between annotators, and the rest.
        between_units = units @ by_unit**2 / people - every
        between_annotators = (by_annotator**2).sum(axis=1) / number - every
        rest = units @ (self.table**2).sum(axis=1) - every - between_units - between_annotators
        # BMS, EMS and JMS - EMS of Shrout & Fleiss.
        unit = between_units / (number - 1)
        error = rest / ((number - 1) * (people - 1))
        shift = np.zeros_like(number) if self.consistency else between_annotators / (people - 1) - error
        return ratios(unit - error, unit + (people - 1) * error + people * shift / number)


def icc_table(rated: Ratings) -> Floats | None:
    """The numbers of a design without a gap, (U, A), centred and scaled by a power of two; None of another one."""
    if len(rated) != len(rated.units) * len(rated.annotators):
        return None
    table = _scaled_table(rated)
    return np.asarray(table - table.mean())


def _scaled_table(rated: Ratings) -> Floats:
    """The numbers of a design without a gap, (U, A), scaled by a power of two."""
    numbers = scaled(np.array([float(cast("float", value)) for value in rated.values]))
    return np.asarray(numbers[rated.codes].reshape(len(rated.units), len(rated.annotators)))


def mean_squares(rated: Ratings) -> MeanSquares | Undefined:
    """The two-way analysis of variance; a design with a gap is refused, not filled."""
    units, people = len(rated.units), len(rated.annotators)
    if people < 2:
        return Undefined.ONE_ANNOTATOR
    if units < 2 or len(rated) != units * people:
        return Undefined.NOT_CROSSED
    if not all(isinstance(value, int | float) for value in rated.values):
        return Undefined.NON_NUMERIC_VALUE
    table = _scaled_table(rated)
    if (table == table[0, 0]).all():
        return Undefined.NO_VARIATION
    # Below in order: BMS, JMS, WMS and EMS of Shrout & Fleiss.
    mean, by_unit, by_annotator = table.mean(), table.mean(axis=1), table.mean(axis=0)
    residual = table - by_unit[:, np.newaxis] - by_annotator + mean
    return MeanSquares(
        units=units,
        annotators=people,
        between_units=float(people * ((by_unit - mean) ** 2).sum() / (units - 1)),
        between_annotators=float(units * ((by_annotator - mean) ** 2).sum() / (people - 1)),
        within_units=float(((table - by_unit[:, np.newaxis]) ** 2).sum() / (units * (people - 1))),
        error=float((residual**2).sum() / ((units - 1) * (people - 1))),
    )


MIN_SHARED = 20
"""Pairs that share fewer units have no kappa in the mean."""


def cohen(pairs: Pairs, weights: Weights) -> tuple[Floats, Floats]:
    """Observed agreement and kappa of each pair, (K,), weighted where `weights` have a table.

    Kappa is nan where chance alone explains everything.
    """
    first, second = pairs.marginals()
    # p_o = sum w_ij p_ij, p_e = sum w_ij p_i. p_.j.
    observed = pairs.sums(weights.between(pairs.a, pairs.b)) / np.maximum(pairs.units, 1)
    expected = (weights.times(first) * second).sum(axis=1)
    return observed, ratios(observed - expected, 1 - expected)


def kappa_max(pairs: Pairs) -> Floats:
    """The largest kappa that the two marginals of each pair allow, (K,): Cohen (1960)."""
    first, second = pairs.marginals()
    # p_o is at most the sum over i of min(p_i., p_.i).
    expected = (first * second).sum(axis=1)
    return ratios(np.minimum(first, second).sum(axis=1) - expected, 1 - expected)


def mean_kappa(pairs: Pairs, weights: Weights, min_shared: int) -> tuple[float, int] | Undefined:
    """The mean of the kappas of all pairs that share `min_shared` units, each weighing as many units as the pair shares; and their number.

    Light, R. J. (1971). Measures of response agreement for qualitative data. Psychological Bulletin 76, 365-377: where
    all annotators rated all units, the plain mean over pairs. A kappa rests on the two marginals of its pair. On the few
    units that two of a crowd share these are noise, and where the two agree on all of them kappa is mostly undefined,
    so that a mean over such pairs would be of those who disagree.
    """
    enough = pairs.sharing(min_shared)
    if not len(enough):
        return Undefined.FEW_SHARED_UNITS
    _, kappa = cohen(enough, weights)
    defined = ~np.isnan(kappa)
    if not defined.any():
        return Undefined.NO_VARIATION
    return float(np.average(kappa[defined], weights=enough.units[defined])), int(defined.sum())


_MOST_PAIRINGS = 2**21


@dataclass(frozen=True, slots=True, eq=False)
class KappaOverUnits:
    """M pairings: a unit, a pair of annotators, and what the two gave, `a` and `b`."""

    unit: Ints
    pair: Ints
    a: Codes
    b: Codes
    pairs: int
    weights: Weights
    values: int

    def __call__(self, units: Floats) -> Floats:
        """The mean, each pair weighing as many units as it shares: (R, U) to (R,); nan where no kappa is defined."""
        return np.array([self._mean(*self._kappas(drawn)[:2]) for drawn in units])

    def slope(self, units: Floats) -> Floats:
        """How much the mean grows with one unit more of each, (U,)."""
        kappa, shared, observed, expected, mean_of = self._kappas(units)
        defined = ~np.isnan(kappa)
        left = np.where(defined, 1 - expected, 1.0)[self.pair]
        missed = (1 - observed)[self.pair]
        # (w_ij - p_o) / (1 - p_e) - (1 - p_o) / (1 - p_e)^2 (w_i. + w_.j - 2 p_e), for each unit that the pair shares.
        own = (self.weights.between(self.a, self.b) - observed[self.pair]) / left - missed / left**2 * (
            mean_of - 2 * expected[self.pair]
        )
        moved = np.where(defined[self.pair], own + np.nan_to_num(kappa)[self.pair] - self._mean(kappa, shared), 0.0)
        return np.asarray(np.bincount(self.unit, weights=moved, minlength=len(units)) / shared[defined].sum())

    def _kappas(self, units: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Of each pair kappa, units shared, observed and expected agreement (K,); what a pairing expects of both (M,)."""
        weights = units[self.unit]
        shared = self._summed(weights)
        first, second = self._shares(self.a, weights, shared), self._shares(self.b, weights, shared)
        of_first, of_second = self.weights.times(second), self.weights.times(first)
        expected = np.asarray((of_first * first).sum(axis=1))
        observed = ratios(self._summed(weights * self.weights.between(self.a, self.b)), shared)
        mean_of = of_first[self.pair, self.a] + of_second[self.pair, self.b]
        return ratios(observed - expected, 1 - expected), shared, observed, expected, mean_of

    def _shares(self, codes: Codes, weights: Floats, shared: Floats) -> Floats:
        cells = self.pair * self.values + codes
        found = np.bincount(cells, weights=weights, minlength=self.pairs * self.values)
        return np.asarray(found.reshape(self.pairs, self.values) / np.maximum(shared, 1e-9)[:, np.newaxis])

    def _summed(self, of_pairings: Floats) -> Floats:
        return np.bincount(self.pair, weights=of_pairings, minlength=self.pairs).astype(np.float64)

    @staticmethod
    def _mean(kappa: Floats, shared: Floats) -> float:
        defined = ~np.isnan(kappa) & (shared > 0)
        return float(np.average(kappa[defined], weights=shared[defined])) if defined.any() else float("nan")


def pairings(rated: Ratings, weights: Weights, units: Floats, min_shared: int) -> KappaOverUnits | None:
    """The pairings of the annotators who share `min_shared` units that count (U,); None where there are none, or too many."""
    sizes = np.bincount(rated.unit, minlength=len(units))
    if int((sizes * (sizes - 1) // 2).sum()) > _MOST_PAIRINGS:
        return None
    one, other = two_of_each(rated.unit)
    known, pair = np.unique(
        rated.annotator[one].astype(np.int64) * len(rated.annotators) + rated.annotator[other], return_inverse=True
    )
    shared = np.bincount(pair, weights=units[rated.unit[one]], minlength=len(known))
    enough = shared >= min_shared
    kept = enough[pair]
    if not kept.any():
        return None
    place = np.cumsum(enough) - 1
    return KappaOverUnits(
        unit=rated.unit[one][kept],
        pair=place[pair[kept]],
        a=rated.codes[one][kept],
        b=rated.codes[other][kept],
        pairs=int(enough.sum()),
        weights=weights,
        values=len(rated.values),
    )


_MOST_CELLS = 2**24


@dataclass(frozen=True, slots=True)
class Conger:
    """An estimator over units, (U,), as often as each counts. `agreement` is that of its ratings, 0 where there is one."""

    rated: Ratings
    weights: Weights
    agreement: Floats
    comparable: Mask

    def __call__(self, units: Floats) -> Floats:
        """The coefficient of units, (R, U) to (R,); nan where chance alone explains everything."""
        return np.array([self._value(*self._parts(drawn)) for drawn in units])

    def slope(self, units: Floats) -> Floats:
        """How much the coefficient grows with one unit more of each, (U,)."""
        observed, expected, shares = self._parts(units)
        if not expected < 1:
            return np.full(len(units), np.nan)
        # The derivative of (p_a - p_e) / (1 - p_e): by p_a, then by p_e, a square of the shares.
        own = (self.agreement - observed) * self.comparable / (units @ self.comparable)
        missed = self._value(observed, expected, shares) - 1
        return np.asarray((own + 2 * missed * self._by_chance(units, shares)) / (1 - expected))

    def standard_error(self, units: Floats) -> float:
        """Gwet's linearised standard error over units as drawn from many; nan where there is one unit."""
        observed, expected, shares = self._parts(units)
        value, number = self._value(observed, expected, shares), units.sum()
        if np.isnan(value) or number < 2:
            return float("nan")
        # Gwet's kappa_i, then kappa_i*, as in `assay.agreement.chance_corrected`.
        own = number / (units @ self.comparable) * (self.agreement - expected * self.comparable) / (1 - expected)
        linear = own - 2 * (1 - value) * number * self._by_chance(units, shares) / (1 - expected)
        return float(np.sqrt(units @ (linear - value) ** 2 / (number * (number - 1))))

    def _parts(self, units: Floats) -> tuple[float, float, Floats]:
        """p_a, p_e, and of each annotator the shares of the values, (A, V)."""
        people, values = len(self.rated.annotators), len(self.rated.values)
        cells = self.rated.annotator.astype(np.int64) * values + self.rated.codes
        counts = np.bincount(cells, weights=units[self.rated.unit], minlength=people * values).reshape(people, values)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
        mean = shares.mean(axis=0)
        # sum w_kl p_k p_l of the mean shares, then sum w_kl s_kl; p_e is the first less the second over r.
        of_mean = float(self.weights.times(mean[np.newaxis])[0] @ mean)
        spread = ((self.weights.times(shares) * shares).sum() - people * of_mean) / (people - 1)
        observed = (units * self.comparable) @ self.agreement / (units @ self.comparable)
        return float(observed), of_mean - float(spread) / people, shares

    @staticmethod
    def _value(observed: float, expected: float, _shares: Floats) -> float:
        return (observed - expected) / (1 - expected) if expected < 1 else float("nan")

    def _by_chance(self, units: Floats, shares: Floats) -> Floats:
        """Half of what each unit, once more, adds to the agreement by chance, (U,)."""
        people = len(shares)
        # p_e is the mean over ordered pairs of annotators g, h of sum w_kl p_gk p_hl; a unit more moves the shares of its
        # annotators, each by 1 / n_g.
        others = shares.sum(axis=0) - shares
        expected = (self.weights.times(shares) * others).sum(axis=1)
        number = np.bincount(self.rated.annotator, weights=units[self.rated.unit], minlength=people)
        seen = self.weights.times(others)[self.rated.annotator, self.rated.codes]
        changes = (seen - expected[self.rated.annotator]) / number[self.rated.annotator]
        found = np.bincount(self.rated.unit, weights=changes, minlength=len(units))
        return np.asarray(found / (people * (people - 1)))


def conger(rated: Ratings, weights: Weights) -> Conger | Undefined:
    """Undefined where there is one annotator or one value, nothing is shared, or there are too many of both for a table."""
    people, values = len(rated.annotators), len(rated.values)
    sizes = np.bincount(rated.unit, minlength=len(rated.units))
    if people < 2 or values < 2 or (sizes < 2).all() or people * values > _MOST_CELLS:
        return Undefined.NO_VARIATION
    units = patterns_of_units(rated.unit, rated.codes, rated.groups.codes, rated.extent)
    return Conger(rated, weights, agreeing(units, weights), units.pairable)
