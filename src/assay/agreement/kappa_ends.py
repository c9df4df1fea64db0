"""The mean of Cohen's kappa over pairs of annotators as an estimator over units, for its interval.

The derivative of a pair's kappa is that of Fleiss, Cohen & Everitt (1969), Psychological Bulletin 72, 323-327; a unit
that many rated moves the kappas of many pairs.
"""

from dataclasses import dataclass

import numpy as np

from assay.agreement.coefficient import ratios
from assay.agreement.weights import Weights
from assay.table.columns import Codes, Floats, Ints
from assay.table.ratings import Ratings

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
        return np.array([self._mean(*self._kappas(one)[:2]) for one in units])

    def slope(self, units: Floats) -> Floats:
        """How much the mean grows with one unit more of each, (U,)."""
        kappa, shared, observed, expected, mean_of = self._kappas(units)
        defined = ~np.isnan(kappa)
        left = np.where(defined, 1 - expected, 1.0)[self.pair]
        missed = (1 - observed)[self.pair]
        own = (self._agreement() - observed[self.pair]) / left - missed / left**2 * (mean_of - 2 * expected[self.pair])
        moved = np.where(defined[self.pair], own + np.nan_to_num(kappa)[self.pair] - self._mean(kappa, shared), 0.0)
        return np.asarray(np.bincount(self.unit, weights=moved, minlength=len(units)) / shared[defined].sum())

    def _kappas(self, units: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Of each pair kappa, units shared, observed and expected agreement (K,); what a pairing expects of both (M,)."""
        weights = units[self.unit]
        shared = self._summed(weights)
        first, second = self._shares(self.a, weights, shared), self._shares(self.b, weights, shared)
        of_first, of_second = self.weights.times(second), self.weights.times(first)
        expected = np.asarray((of_first * first).sum(axis=1))
        observed = ratios(self._summed(weights * self._agreement()), shared)
        mean_of = of_first[self.pair, self.a] + of_second[self.pair, self.b]
        return ratios(observed - expected, 1 - expected), shared, observed, expected, mean_of

    def _shares(self, codes: Codes, weights: Floats, shared: Floats) -> Floats:
        cells = self.pair * self.values + codes
        found = np.bincount(cells, weights=weights, minlength=self.pairs * self.values)
        return np.asarray(found.reshape(self.pairs, self.values) / np.maximum(shared, 1e-9)[:, np.newaxis])

    def _summed(self, of_pairings: Floats) -> Floats:
        return np.bincount(self.pair, weights=of_pairings, minlength=self.pairs).astype(np.float64)

    def _agreement(self) -> Floats:
        if self.weights.table is None:
            return np.equal(self.a, self.b).astype(np.float64)
        return np.asarray(self.weights.table[self.a, self.b])

    @staticmethod
    def _mean(kappa: Floats, shared: Floats) -> float:
        defined = ~np.isnan(kappa) & (shared > 0)
        return float(np.average(kappa[defined], weights=shared[defined])) if defined.any() else float("nan")


def pairings(rated: Ratings, weights: Weights, units: Floats, min_shared: int) -> KappaOverUnits | None:
    """The pairings of the annotators who share `min_shared` units that count (U,); None where there are none, or too many."""
    sizes = np.bincount(rated.unit, minlength=len(units))
    if int((sizes * (sizes - 1) // 2).sum()) > _MOST_PAIRINGS:
        return None
    ones, others = [], []
    for lag in range(1, int(sizes.max(initial=0))):
        same = np.flatnonzero(rated.unit[lag:] == rated.unit[:-lag])
        ones.append(same)
        others.append(same + lag)
    one, other = (np.concatenate([np.zeros(0, dtype=np.int64), *some]) for some in (ones, others))
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
