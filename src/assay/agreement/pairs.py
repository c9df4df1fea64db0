"""The cross tables of all pairs of annotators, from the units that both rated."""

from dataclasses import dataclass

import numpy as np

from assay.table.columns import Codes, Floats, Ints
from assay.table.ratings import Ratings

_DENSE = 2**22
_MOST_PAIRINGS = 10**8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """K pairs of annotators who share a unit, by code, the `first` before the `second`; C cells of their tables.

    `units` (K,) is how many units a pair shares. A cell says how often (`counts`) the annotators of `pair` gave
    values `a` and `b`; cells without a unit are left out. Values are codes into a vocabulary of `values`.
    """

    first: Codes
    second: Codes
    units: Ints
    pair: Ints
    a: Codes
    b: Codes
    counts: Ints
    values: int

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.units)

    def marginals(self) -> tuple[Floats, Floats]:
        """How the first and the second of each pair spread over the values, as shares: two of (K, V)."""
        return self._shares(self.a), self._shares(self.b)

    def sums(self, scores: Floats) -> Floats:
        """Of each pair, the sum of a score of its cells, each as often as it occurs: (C,) to (K,)."""
        return np.bincount(self.pair, weights=self.counts * scores, minlength=len(self)).astype(np.float64)

    def _shares(self, codes: Codes) -> Floats:
        cells = self.pair * self.values + codes
        found = np.bincount(cells, weights=self.counts, minlength=len(self) * self.values)
        return np.asarray(found.reshape(len(self), self.values) / self.units[:, np.newaxis])


def pairs(rated: Ratings) -> Pairs | None:
    """The tables of all pairs; None where the values make more than a hundred million pairs."""
    sizes = np.bincount(rated.unit)
    if (sizes * (sizes - 1) // 2).sum() > _MOST_PAIRINGS:
        return None
    people, many = len(rated.annotators), len(rated.values)
    space = people * people * many * many
    keys, counts = (_counted_densely if space <= _DENSE else _counted)(rated, sizes, space)
    couple, cell = np.divmod(keys, many * many)
    known, pair = np.unique(couple, return_inverse=True)
    a, b = np.divmod(cell, many)
    return Pairs(
        first=(known // people).astype(np.int32),
        second=(known % people).astype(np.int32),
        units=np.bincount(pair, weights=counts, minlength=len(known)).astype(np.int64),
        pair=pair,
        a=a.astype(np.int32),
        b=b.astype(np.int32),
        counts=counts,
        values=many,
    )


def _keys(rated: Ratings, lag: int) -> Ints:
    """Of ratings of one unit that stand `lag` apart: both annotators and both values in one number."""
    same = np.flatnonzero(rated.unit[lag:] == rated.unit[:-lag])
    people, many = len(rated.annotators), len(rated.values)
    couple = rated.annotator[same].astype(np.int64) * people + rated.annotator[same + lag]
    return np.asarray((couple * many + rated.codes[same]) * many + rated.codes[same + lag])


def _counted_densely(rated: Ratings, sizes: Ints, space: int) -> tuple[Ints, Ints]:
    found = np.zeros(space, dtype=np.int64)
    for lag in range(1, int(sizes.max(initial=0))):
        found += np.bincount(_keys(rated, lag), minlength=space)
    keys = np.flatnonzero(found)
    return keys, found[keys]


def _counted(rated: Ratings, sizes: Ints, _: int) -> tuple[Ints, Ints]:
    parts = [np.unique(_keys(rated, lag), return_counts=True) for lag in range(1, int(sizes.max(initial=0)))]
    if not parts:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    keys, position = np.unique(np.concatenate([found for found, _ in parts]), return_inverse=True)
    counts = np.bincount(position, weights=np.concatenate([many for _, many in parts]), minlength=len(keys))
    return keys, counts.astype(np.int64)
