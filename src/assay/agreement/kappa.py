"""Kappas with marginals of each annotator: Cohen's of every pair, their mean, and Conger's of all annotators.

Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological Measurement 20, 37-46;
(1968) Weighted kappa. Psychological Bulletin 70, 213-220. The derivative of a pair's kappa, and so its standard error:
Fleiss, J. L., Cohen, J. & Everitt, B. S. (1969). Large sample standard errors of kappa and weighted kappa. Psychological
Bulletin 72, 323-327. Only units that both rated count. The mean over pairs is an estimator over units, for its interval.

Conger's kappa is Cohen's for many annotators: Conger, A. J. (1980). Integration and generalization of kappas for
multiple raters. Psychological Bulletin 88, 322-328. Missing values, weights and the linearised variance: Gwet, K. L.
(2014), Handbook of Inter-Rater Reliability, 4th ed., ch. 2 and 5. p_e is the sum over k, l of w_kl (p_k p_l - s_kl / r),
with p_k the mean over the r annotators of their shares of k, and s_kl the covariance of these shares between annotators.
"""

from dataclasses import dataclass

import numpy as np

from assay.agreement.chance_corrected import agreeing
from assay.agreement.coefficient import ratios, two_of_each
from assay.agreement.pairwise import Pairs
from assay.agreement.weights import Weights
from assay.core import Codes, Floats, Ints, Mask, Patterns, Ratings, Undefined

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
_CELLS_A_PAIRING = 4


@dataclass(frozen=True, slots=True, eq=False)
class KappaOverUnits:
    """M pairings, each of a `unit` and two annotators; C cells, each what a `pair` gave in a unit, `a` and `b`.

    `cell` (M,) is that of each pairing. Of the pairings of units that count, no two cells are the same.
    """

    unit: Ints
    cell: Ints
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
        summed = np.bincount(self.unit, weights=moved[self.cell], minlength=len(units))
        return np.asarray(summed / shared[defined].sum())

    def _kappas(self, units: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Of each pair kappa, units shared, observed and expected agreement (K,); what a cell expects of both (C,)."""
        often = np.bincount(self.cell, weights=units[self.unit], minlength=len(self.pair)).astype(np.float64)
        shared = self._summed(often)
        first, second = self._shares(self.a, often, shared), self._shares(self.b, often, shared)
        of_first, of_second = self.weights.times(second), self.weights.times(first)
        expected = np.asarray((of_first * first).sum(axis=1))
        observed = ratios(self._summed(often * self.weights.between(self.a, self.b)), shared)
        mean_of = of_first[self.pair, self.a] + of_second[self.pair, self.b]
        return ratios(observed - expected, 1 - expected), shared, observed, expected, mean_of

    def _shares(self, codes: Codes, often: Floats, shared: Floats) -> Floats:
        cells = self.pair * self.values + codes
        found = np.bincount(cells, weights=often, minlength=self.pairs * self.values)
        return np.asarray(found.reshape(self.pairs, self.values) / np.maximum(shared, 1e-9)[:, np.newaxis])

    def _summed(self, of_cells: Floats) -> Floats:
        return np.bincount(self.pair, weights=of_cells, minlength=self.pairs).astype(np.float64)

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
    people, values = len(rated.annotators), len(rated.values)
    pair = rated.annotator[one].astype(np.int64) * people + rated.annotator[other]
    if people**2 > _CELLS_A_PAIRING * len(one):
        pair = np.unique(pair, return_inverse=True)[1]
    shared = np.bincount(pair, weights=units[rated.unit[one]])
    enough = shared >= min_shared
    if not enough.any():
        return None
    if not (kept := enough[pair]).all():
        one, other, pair = one[kept], other[kept], pair[kept]
    pair = (np.cumsum(enough) - 1)[pair]
    unit, a, b = rated.unit[one], rated.codes[one], rated.codes[other]
    cell = shown = np.arange(len(pair))
    if (width := int(enough.sum()) * values**2) <= len(pair):
        cell, shown = _cells((pair * values + a) * values + b, units[unit] > 0, width)
    return KappaOverUnits(
        unit=unit,
        cell=cell,
        pair=pair[shown],
        a=a[shown],
        b=b[shown],
        pairs=int(enough.sum()),
        weights=weights,
        values=values,
    )


def _cells(keys: Ints, counted: Mask, width: int) -> tuple[Ints, Ints]:
    """The cell of each pairing (M,), and a pairing of each cell: one cell for all that count and have the same key.

    Each of the others has a cell of its own.
    """
    there = np.bincount(keys[counted], minlength=width) > 0
    others = np.flatnonzero(~counted)
    cell = (np.cumsum(there) - 1)[keys]
    cell[others] = there.sum() + np.arange(len(others))
    shown = np.empty(int(there.sum()) + len(others), dtype=np.int64)
    shown[cell] = np.arange(len(keys))
    return cell, shown


_MOST_CELLS = 2**24


@dataclass(frozen=True, slots=True)
class Conger:
    """An estimator over units, (U,), as often as each counts. `agreement` is that of its ratings, 0 where there is one.

    `answer` (N,) is the annotator of each rating and what was given, as one number.
    """

    rated: Ratings
    answer: Ints
    weights: Weights
    agreement: Floats
    comparable: Mask

    def __call__(self, units: Floats) -> Floats:
        """The coefficient of units, (R, U) to (R,); nan where chance alone explains everything."""
        return np.array([self._value(*self._parts(drawn)[:2]) for drawn in units])

    def slope(self, units: Floats) -> Floats:
        """How much the coefficient grows with one unit more of each, (U,)."""
        observed, expected, counts = self._parts(units)
        if not expected < 1:
            return np.full(len(units), np.nan)
        # The derivative of (p_a - p_e) / (1 - p_e): by p_a, then by p_e, a square of the shares.
        own = (self.agreement - observed) * self.comparable / (units @ self.comparable)
        missed = self._value(observed, expected) - 1
        return np.asarray((own + 2 * missed * self._by_chance(units, counts)) / (1 - expected))

    def standard_error(self, units: Floats) -> float:
        """Gwet's linearised standard error over units as drawn from many; nan where there is one unit."""
        observed, expected, counts = self._parts(units)
        value, number = self._value(observed, expected), units.sum()
        if np.isnan(value) or number < 2:
            return float("nan")
        # Gwet's kappa_i, then kappa_i*, as in `assay.agreement.chance_corrected`.
        own = number / (units @ self.comparable) * (self.agreement - expected * self.comparable) / (1 - expected)
        linear = own - 2 * (1 - value) * number * self._by_chance(units, counts) / (1 - expected)
        return float(np.sqrt(units @ (linear - value) ** 2 / (number * (number - 1))))

    def _parts(self, units: Floats) -> tuple[float, float, Floats]:
        """p_a, p_e, and how often each annotator gave each value, (A, V)."""
        people, values = len(self.rated.annotators), len(self.rated.values)
        counted = np.bincount(self.answer, weights=units[self.rated.unit], minlength=people * values)
        counts = counted.astype(np.float64).reshape(people, values)
        shares = _shares(counts)
        mean = shares.mean(axis=0)
        # sum w_kl p_k p_l of the mean shares, then sum w_kl s_kl; p_e is the first less the second over r.
        of_mean = float(self.weights.times(mean[np.newaxis])[0] @ mean)
        spread = ((self.weights.times(shares) * shares).sum() - people * of_mean) / (people - 1)
        observed = (units * self.comparable) @ self.agreement / (units @ self.comparable)
        return float(observed), of_mean - float(spread) / people, counts

    @staticmethod
    def _value(observed: float, expected: float) -> float:
        return (observed - expected) / (1 - expected) if expected < 1 else float("nan")

    def _by_chance(self, units: Floats, counts: Floats) -> Floats:
        """Half of what each unit, once more, adds to the agreement by chance, (U,)."""
        people, shares = len(counts), _shares(counts)
        # p_e is the mean over ordered pairs of annotators g, h of sum w_kl p_gk p_hl; a unit more moves the shares of its
        # annotators, each by 1 / n_g.
        others = shares.sum(axis=0) - shares
        expected = (self.weights.times(shares) * others).sum(axis=1, keepdims=True)
        changes = (self.weights.times(others) - expected) / counts.sum(axis=1, keepdims=True)
        found = np.bincount(self.rated.unit, weights=changes.ravel()[self.answer], minlength=len(units))
        return np.asarray(found / (people * (people - 1)))


def _shares(counts: Floats) -> Floats:
    """How the values of each annotator spread, (A, V)."""
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny))


def conger(rated: Ratings, weights: Weights, shown: tuple[Patterns, Ints] | None = None) -> Conger | Undefined:
    """Undefined where there is one annotator or one value, nothing is shared, or there are too many of both for a table.

    `shown` are the patterns of the units and the pattern of each, where they are known.
    """
    if not has_conger(rated):
        return Undefined.NO_VARIATION
    patterns, pattern = shown or (rated.whole.patterns, rated.shown)
    return Conger(
        rated=rated,
        answer=rated.annotator.astype(np.int64) * len(rated.values) + rated.codes,
        weights=weights,
        agreement=agreeing(patterns, weights)[pattern],
        comparable=patterns.pairable[pattern],
    )


def has_conger(rated: Ratings) -> bool:
    """Whether Conger's kappa is defined for such ratings."""
    people, values = len(rated.annotators), len(rated.values)
    several = bool((np.bincount(rated.unit, minlength=len(rated.units)) >= 2).any())
    return people >= 2 and values >= 2 and several and people * values <= _MOST_CELLS
