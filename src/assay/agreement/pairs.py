"""The cross tables of all pairs of annotators, from the units that both rated."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from assay.table.columns import Codes, Floats, Ints
from assay.table.ratings import Ratings

_MOST_PAIRINGS = 10**8
_MOST_ANSWERS = 2**11
_CELLS_A_PAIRING = 400
_CELLS = 2**20
_BATCH = 2**22
_DENSE = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """K pairs of annotators who share a unit, by code, the `first` before the `second`; C cells of their tables.

    `units` (K,) is how many units a pair shares. A cell says how often (`counts`) the annotators of `pair` gave
    values `a` and `b`; cells without a unit are left out. Values are codes into a vocabulary of `values`.
    """

    first: Codes
    second: Codes
    units: Ints | Floats
    pair: Ints
    a: Codes
    b: Codes
    counts: Ints | Floats
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

    def sharing(self, least: int) -> "Pairs":
        """The pairs that share so many units."""
        kept = self.units >= least
        cells = kept[self.pair]
        return Pairs(
            first=self.first[kept],
            second=self.second[kept],
            units=self.units[kept],
            pair=(np.cumsum(kept) - 1)[self.pair[cells]],
            a=self.a[cells],
            b=self.b[cells],
            counts=self.counts[cells],
            values=self.values,
        )

    def _shares(self, codes: Codes) -> Floats:
        cells = self.pair * self.values + codes
        found = np.bincount(cells, weights=self.counts, minlength=len(self) * self.values)
        return np.asarray(found.reshape(len(self), self.values) / self.units[:, np.newaxis])


def pairs(rated: Ratings) -> Pairs | None:
    """The tables of all pairs; None where the values make more than a hundred million pairs."""
    sizes = np.bincount(rated.unit)
    pairings = int((sizes * (sizes - 1) // 2).sum())
    if pairings > _MOST_PAIRINGS:
        return None
    people, many = len(rated.annotators), len(rated.values)
    width = people * many
    answers = rated.annotator.astype(np.int64) * many + rated.codes
    by_bits = 0 < width <= _MOST_ANSWERS and len(sizes) * width * width <= _CELLS_A_PAIRING * pairings
    keys, counts = (_by_bits if by_bits else _by_lags)(rated.unit, answers, width)
    one, other = np.divmod(keys, width)
    (first, a), (second, b) = np.divmod(one, many), np.divmod(other, many)
    known, pair = np.unique(first * people + second, return_inverse=True)
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


def _by_bits(unit: Ints, answers: Ints, width: int) -> tuple[Ints, Ints]:
    """Two answers as one number, and how many units hold both: a bit for each unit that holds an answer, some at a time."""
    step, units = _CELLS // width // 64 * 64 + 64, int(unit[-1]) + 1
    together = np.zeros((width, width), dtype=np.int64)
    for start in range(0, units, step):
        inside = slice(*np.searchsorted(unit, [start, start + step]))
        held = np.zeros((width, step), dtype=np.bool_)
        held[answers[inside], unit[inside] - start] = True
        bits = np.packbits(held, axis=1).view(np.uint64)
        for answer in range(width):
            both = np.bitwise_count(bits[answer] & bits[answer + 1 :])
            together[answer, answer + 1 :] += both.sum(axis=1, dtype=np.int64)
    counts = together.ravel()
    keys = np.flatnonzero(counts)
    return keys, counts[keys]


def _by_lags(unit: Ints, answers: Ints, width: int) -> tuple[Ints, Ints]:
    """The same for many answers: a unit's answers are paired with those one, two, three … places on."""
    parts = [_counted(batch, width * width) for batch in _batches(unit, answers, width)]
    keys, position = np.unique(np.concatenate([keys for keys, _ in parts]), return_inverse=True)
    counts = np.bincount(position, weights=np.concatenate([many for _, many in parts]), minlength=len(keys))
    return keys, counts.astype(np.int64)


def _batches(unit: Ints, answers: Ints, width: int) -> Iterator[Ints]:
    """All pairs of answers, some millions at a time."""
    held, many = [np.zeros(0, dtype=np.int64)], 0
    for lag in range(1, len(unit)):
        same = np.flatnonzero(unit[lag:] == unit[:-lag])
        if not len(same):
            break
        held.append(answers[same] * width + answers[same + lag])
        many += len(same)
        if many >= _BATCH:
            yield np.concatenate(held)
            held, many = [], 0
    if held:
        yield np.concatenate(held)


def _counted(keys: Ints, space: int) -> tuple[Ints, Ints]:
    if space > _DENSE * len(keys):
        return np.unique(keys, return_counts=True)
    counts = np.bincount(keys, minlength=space)
    found = np.flatnonzero(counts)
    return found, counts[found]
