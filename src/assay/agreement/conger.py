"""Conger's kappa: Cohen's for many annotators, who each have marginals of their own.

Conger, A. J. (1980). Integration and generalization of kappas for multiple raters. Psychological Bulletin 88, 322-328.
With missing values, weights and the linearised variance as Gwet, K. L. (2014), Handbook of Inter-Rater Reliability,
4th ed., ch. 2 and 5, has it. p_e is the sum over k, l of w_kl (p_k p_l - s_kl / r), with p_k the mean over the r
annotators of their shares of k, and s_kl the covariance of these shares between annotators.
"""

from dataclasses import dataclass

import numpy as np

from assay.agreement.coefficient import Undefined
from assay.agreement.weights import Weights
from assay.table.columns import Floats, Ints, Mask
from assay.table.ratings import Ratings

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
        return np.array([self._value(*self._parts(one)) for one in units])

    def slope(self, units: Floats) -> Floats:
        """How much the coefficient grows with one unit more of each, (U,)."""
        observed, expected, shares = self._parts(units)
        if not expected < 1:
            return np.full(len(units), np.nan)
        own = (self.agreement - observed) * self.comparable / (units @ self.comparable)
        missed = self._value(observed, expected, shares) - 1
        return np.asarray((own + 2 * missed * self._by_chance(units, shares)) / (1 - expected))

    def standard_error(self, units: Floats) -> float:
        """Gwet's linearised standard error over units as drawn from many; nan where there is one unit."""
        observed, expected, shares = self._parts(units)
        value, number = self._value(observed, expected, shares), units.sum()
        if np.isnan(value) or number < 2:
            return float("nan")
        own = number / (units @ self.comparable) * (self.agreement - expected * self.comparable) / (1 - expected)
        linear = own - 2 * (1 - value) * number * self._by_chance(units, shares) / (1 - expected)
        return float(np.sqrt(units @ (linear - value) ** 2 / (number * (number - 1))))

    def _parts(self, units: Floats) -> tuple[float, float, Floats]:
        """p_a, p_e, and of each annotator the shares of the values, (A, V)."""
        people, values = len(self.rated.annotators), len(self.rated.values)
        cells = self.rated.annotator.astype(np.int64) * values + self.rated.codes
        given = np.bincount(cells, weights=units[self.rated.unit], minlength=people * values).reshape(people, values)
        shares = given / np.maximum(given.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
        mean = shares.mean(axis=0)
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
        others = shares.sum(axis=0) - shares
        expected = (self.weights.times(shares) * others).sum(axis=1)
        given = np.bincount(self.rated.annotator, weights=units[self.rated.unit], minlength=people)
        seen = self.weights.times(others)[self.rated.annotator, self.rated.codes]
        changes = (seen - expected[self.rated.annotator]) / given[self.rated.annotator]
        found = np.bincount(self.rated.unit, weights=changes, minlength=len(units))
        return np.asarray(found / (people * (people - 1)))


def conger(rated: Ratings, weights: Weights) -> Conger | Undefined:
    """Undefined where there is one annotator or one value, nothing is shared, or there are too many of both for a table."""
    people, values = len(rated.annotators), len(rated.values)
    sizes = np.bincount(rated.unit, minlength=len(rated.units))
    if people < 2 or values < 2 or (sizes < 2).all() or people * values > _MOST_CELLS:
        return Undefined.NO_VARIATION
    return Conger(rated, weights, _agreement(rated, weights, sizes), sizes >= 2)


def _agreement(rated: Ratings, weights: Weights, sizes: Ints) -> Floats:
    """Of each unit the agreement of its ratings, 0 where there is one, (U,)."""
    values = len(rated.values)
    cells, counts = np.unique(rated.unit * values + rated.codes, return_counts=True)
    unit, code = np.divmod(cells, values)
    if weights.table is None:
        pairs = np.bincount(unit, weights=counts * (counts - 1), minlength=len(sizes))
    else:
        table = np.zeros((len(sizes), values))
        table[unit, code] = counts
        pairs = (table * (table @ weights.table - 1)).sum(axis=1)
    return np.asarray(pairs / np.maximum(sizes * (sizes - 1), 1))
