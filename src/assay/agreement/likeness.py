"""How alike two values of a unit are on average: a share of each pattern, for values that no chance model fits."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from assay.agreement.coefficient import ratios
from assay.table.columns import Floats, Ints
from assay.table.tally import Patterns


@dataclass(frozen=True, slots=True)
class Likeness:
    """An estimator: the sum of `alike` over the sum of `compared`, each (P,), over the units drawn."""

    alike: Floats
    compared: Floats

    def __call__(self, weights: Floats) -> Floats:
        """(R, P) to (R,); nan where nothing is compared."""
        return ratios(weights @ self.alike, weights @ self.compared)

    def slope(self, weights: Floats) -> Floats:
        """How much the mean of units (P,) grows with one unit more of each pattern, (P,)."""
        (mean,) = self(weights[np.newaxis])
        return np.asarray((self.alike - mean * self.compared) / (weights @ self.compared))


def couples(patterns: Patterns) -> tuple[Ints, Ints, Ints]:
    """Of each unit the pairs of different values: two entries, and how many pairs of annotators gave them, (K,) each."""
    lengths = patterns.lengths
    first: list[Ints] = []
    second: list[Ints] = []
    for lag in range(1, int(lengths.max(initial=0))):
        left = np.flatnonzero(patterns.rows[lag:] == patterns.rows[:-lag])
        first.append(left)
        second.append(left + lag)
    nothing = np.zeros(0, dtype=np.int64)
    one, other = np.concatenate([nothing, *first]), np.concatenate([nothing, *second])
    return one, other, patterns.counts[one] * patterns.counts[other]


def equals(patterns: Patterns) -> Floats:
    """Of a unit of each pattern, the pairs of annotators who gave one value, (P,)."""
    return np.add.reduceat(patterns.counts * (patterns.counts - 1) / 2, patterns.starts[:-1])


def mean_likeness(patterns: Patterns, alike: Callable[[int, int], float]) -> Likeness:
    """The mean over all pairs of annotators of how `alike` their values are, by code; equal values are so by 1."""
    one, other, pairs = couples(patterns)
    codes = np.column_stack([patterns.codes[one], patterns.codes[other]])
    distinct, position = np.unique(codes, axis=0, return_inverse=True)
    found = np.array([alike(left, right) for left, right in distinct.tolist()], dtype=np.float64)
    summed = np.bincount(patterns.rows[one], weights=pairs * found[position.ravel()], minlength=len(patterns))
    return Likeness(summed + equals(patterns), patterns.sizes * (patterns.sizes - 1) / 2)
