"""What AC1 and AC2, Fleiss' kappa, Brennan & Prediger's coefficient and percent agreement share.

Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th ed., ch. 2, 3, 5. In a unit with r ratings, r_k of them k,
the agreement is the sum over k of r_k (r*_k - 1) / (r (r - 1)), r*_k being the ratings weighted by their agreement with
k; p_a is its mean over units with r >= 2. pi_k is the mean of r_k / r over all units with a rating. The coefficient is
(p_a - p_e) / (1 - p_e), and what they differ in is the agreement by chance p_e.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from assay.agreement.coefficient import ratios
from assay.agreement.sums import Matrix, matrix
from assay.agreement.weights import Weights
from assay.table.columns import Floats
from assay.table.tally import Patterns, Tally

_CELLS = 2**22


class Chance(Protocol):
    """The agreement expected by chance."""

    def expected(self, marginals: Floats) -> Floats:
        """p_e of the shares of each value: (R, V) to (R,)."""

    def slope(self, marginals: Floats) -> Floats:
        """What a share of each value adds to a unit's own p_e, (V,) to (V,); its mean over units is p_e."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """An estimator with a standard error. `agreement` (P,) is that of a unit of each pattern, 0 where r < 2."""

    agreement: Floats
    pairable: Floats
    shares: Matrix
    chance: Chance

    def __call__(self, weights: Floats) -> Floats:
        """The coefficient of units drawn, (R, P) to (R,); nan where chance alone explains everything."""
        observed, expected = self.parts(weights)
        return ratios(observed - expected, 1 - expected)

    def parts(self, weights: Floats) -> tuple[Floats, Floats]:
        """p_a and p_e, each (R,)."""
        observed = (weights @ self.agreement) / (weights @ self.pairable)
        return np.asarray(observed), self.chance.expected(self._marginals(weights))

    def slope(self, weights: Floats) -> Floats:
        """How much the coefficient of units (P,) grows with one unit more of each pattern, (P,)."""
        whole = weights[np.newaxis]
        (observed,), (expected,) = self.parts(whole)
        if not expected < 1:
            return np.full(len(weights), np.nan)
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
        own = number / comparable * (self.agreement - expected * self.pairable) / (1 - expected)
        slope = self.chance.slope(self._marginals(whole)[0])
        by_chance = self.shares.pattern_sums(slope[np.newaxis])[0]
        linear = own - 2 * (1 - value) * (by_chance - expected) / (1 - expected)
        return float(np.sqrt((units @ (linear - value) ** 2) / (number * (number - 1))))

    def _marginals(self, weights: Floats) -> Floats:
        return np.asarray(self.shares.value_sums(weights) / weights.sum(axis=1, keepdims=True))


def corrected(tally: Tally, weights: Weights, chance: Chance) -> Corrected:
    """The coefficient with these weights and this agreement by chance."""
    patterns = tally.patterns
    shares = matrix(patterns, patterns.counts / patterns.sizes[patterns.rows], len(tally.values))
    return Corrected(agreeing(patterns, weights), patterns.pairable.astype(np.float64), shares, chance)


def agreeing(patterns: Patterns, weights: Weights) -> Floats:
    """The agreement in a unit of each pattern, (P,); 0 where there is no pair."""
    sizes = patterns.sizes
    if weights.table is None:
        pairs = np.add.reduceat(patterns.counts * (patterns.counts - 1), patterns.starts[:-1])
    else:
        pairs = _weighted_pairs(patterns, weights.table)
    return np.asarray(pairs / np.maximum(sizes * (sizes - 1), 1))


def _weighted_pairs(patterns: Patterns, table: Floats) -> Floats:
    """The sum over k of r_k (r*_k - 1), (P,), some patterns at a time."""
    found = np.zeros(len(patterns))
    step = max(1, _CELLS // len(table))
    rows = patterns.rows
    for start in range(0, len(patterns), step):
        stop = min(start + step, len(patterns))
        inside = slice(patterns.starts[start], patterns.starts[stop])
        cells = np.zeros((stop - start, len(table)))
        cells[rows[inside] - start, patterns.codes[inside]] = patterns.counts[inside]
        found[start:stop] = (cells * (cells @ table - 1)).sum(axis=1)
    return found
