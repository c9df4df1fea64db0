"""Products with the matrix of patterns and values, dense or sparse, whichever is faster."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from assay.table.columns import Codes, Floats, Ints
from assay.table.tally import Patterns

_MOST_CELLS = 2**24
_WORTH_AN_ENTRY = 40


class Matrix(Protocol):
    """A number for each pattern and value, (P, V); 0 where the pattern lacks the value."""

    def value_sums(self, weights: Floats) -> Floats:
        """Of each value, the sum over the units drawn: (R, P) to (R, V)."""

    def pattern_sums(self, scores: Floats) -> Floats:
        """Of each pattern, the sum over its values, times their scores: (R, V) to (R, P)."""


def matrix(patterns: Patterns, entries: Floats, values: int) -> Matrix:
    """The matrix with these `entries` (E,), of a vocabulary of that many `values`."""
    rows, codes = patterns.rows, patterns.codes
    if len(patterns) * values <= min(_MOST_CELLS, _WORTH_AN_ENTRY * len(entries)):
        cells = np.zeros((len(patterns), values))
        cells[rows, codes] = entries
        return _Dense(cells)
    by_pattern = Sums(codes, entries, patterns.starts[:-1], np.arange(len(patterns)), len(patterns))
    return _Sparse(sums(rows, codes, entries, values), by_pattern)


def cells(rows: Ints, codes: Ints | Codes, entries: Floats, shape: tuple[int, int]) -> Matrix:
    """The matrix (P, V) of entries anywhere in it, each with its row and its code; those of one place are added."""
    wide = np.int64(shape[1])
    places, position = np.unique(rows * wide + codes, return_inverse=True)
    added = np.bincount(position, weights=entries, minlength=len(places)).astype(np.float64)
    row, code = np.divmod(places, wide)
    if shape[0] * shape[1] <= min(_MOST_CELLS, _WORTH_AN_ENTRY * len(added)):
        table = np.zeros(shape)
        table[row, code] = added
        return _Dense(table)
    return _Sparse(sums(row, code, added, shape[1]), sums(code, row, added, shape[0]))


def sums(source: Ints | Codes, target: Ints | Codes, entries: Floats, width: int) -> "Sums":
    """Sums of `entries`, each times the factor of its `source`, to `width` targets."""
    order = np.argsort(target, kind="stable")
    starts = np.flatnonzero(np.diff(target[order], prepend=-1))
    return Sums(source[order], entries[order], starts, target[order][starts], width)


@dataclass(frozen=True, slots=True)
class _Dense:
    cells: Floats

    def value_sums(self, weights: Floats) -> Floats:
        return weights @ self.cells

    def pattern_sums(self, scores: Floats) -> Floats:
        return scores @ self.cells.T


@dataclass(frozen=True, slots=True)
class Sums:
    """The entries in the order of what they are summed to, each with the position it takes its factor from."""

    source: Ints | Codes
    entries: Floats
    starts: Ints
    targets: Ints | Codes
    width: int

    def __call__(self, factors: Floats) -> Floats:
        """(R, factors) to (R, width)."""
        sums = np.zeros((len(factors), self.width))
        for row, given in zip(sums, factors, strict=True):
            row[self.targets] = np.add.reduceat(given[self.source] * self.entries, self.starts)
        return sums


@dataclass(frozen=True, slots=True)
class _Sparse:
    value_sums: Sums
    pattern_sums: Sums
