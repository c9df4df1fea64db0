"""What all coefficients share: each is estimated from weighted patterns, or undefined for a reason.

A `Matrix` holds the counts of the patterns for products, dense or sparse, whichever is faster; `Draws` are what is
drawn from many, units or whole groups of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np

from assay.core import Codes, Floats, Ints, Mask, Patterns, Scale, Tally, Undefined, order_of

Estimator: TypeAlias = Callable[[Floats], Floats]
"""Units drawn of each pattern, (R, P), to R coefficients; nan where one is undefined for no variation."""

_NOTHING = 1e-12

DECIMALS = 12
"""Decimals of a reported coefficient; further ones are floating-point noise."""

Make: TypeAlias = "Callable[[Tally], Estimator | Undefined]"
"""A function from a tally to an estimator, or to the reason why there is none."""


@runtime_checkable
class Linearised(Protocol):
    """An estimator that knows its standard error by Gwet's linearised variance."""

    def __call__(self, weights: Floats, /) -> Floats:
        """The coefficients."""

    def standard_error(self, units: Floats) -> float:
        """Over units as drawn from many, (P,); nan where it has none."""


@runtime_checkable
class Smooth(Protocol):
    """An estimator that knows its derivatives."""

    def __call__(self, weights: Floats, /) -> Floats:
        """The coefficients."""

    def slope(self, weights: Floats, /) -> Floats:
        """How much the coefficient of units (P,) grows with one unit more of each pattern, (P,)."""


MEASURED = frozenset({Scale.NOMINAL, Scale.ORDINAL, Scale.INTERVAL, Scale.RATIO, Scale.SET, Scale.TREE})
"""The scales whose values can be the same or not, as wholes."""
DISPUTABLE = MEASURED | {Scale.SEQUENCE}
"""The scales on which two votes that are not the same disagree."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A function of totals or shares of values, (R, V) to (R,), and how it grows with each of them, (V,) to (V,)."""

    at: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]


def ratios(parts: Floats, wholes: Floats) -> Floats:
    """Parts of wholes, nan where there is next to nothing to divide by."""
    return np.asarray(np.divide(parts, wholes, out=np.full(len(wholes), np.nan), where=wholes > _NOTHING))


def scaled(numbers: Floats, spare: int = 0) -> Floats:
    """Numbers times a power of two, which is exact: the largest is below 2 ** -`spare`, so that no square overflows."""
    return np.asarray(np.ldexp(numbers, -np.frexp(np.abs(numbers).max(initial=0.0))[1] - spare))


def runs(lengths: Ints) -> tuple[Ints, Ints]:
    """Of runs of these lengths, one after the other: the run of each element, and its place in the run."""
    run = np.repeat(np.arange(len(lengths)), lengths)
    return run, np.arange(len(run)) - np.repeat(np.cumsum(lengths) - lengths, lengths)


def two_of_each(run: Ints) -> tuple[Ints, Ints]:
    """Every two places that hold the same number, (K,) each; equal numbers stand together."""
    first, second = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    # The pairs of a run are one, two, three ... places apart.
    for lag in range(1, len(run)):
        left = np.flatnonzero(run[lag:] == run[:-lag])
        if not len(left):
            break
        first.append(left)
        second.append(left + lag)
    return np.concatenate(first), np.concatenate(second)


def obstacle(tally: Tally) -> Undefined | None:
    """Why nothing can be estimated from this tally, if so."""
    return None if tally.units else Undefined.NO_PAIRABLE_UNITS


def unmeasured(tally: Tally, scale: Scale) -> Undefined | None:
    """Why a tally cannot be estimated on this scale, if so."""
    return obstacle(tally) if tally.field.scale is scale else Undefined.SCALE_NOT_MEASURED


def not_whole(tally: Tally) -> Undefined | None:
    """The same where values are compared as wholes: the same, or not."""
    return obstacle(tally) if tally.field.scale in MEASURED else Undefined.SCALE_NOT_MEASURED


_MOST_CELLS = 2**24
_WORTH_AN_ENTRY = 8


@dataclass(frozen=True, slots=True)
class Matrix:
    """A number for each pattern and value, (P, V); 0 where the pattern lacks the value.

    `value_sums` is of each value the sum over the units drawn, (R, P) to (R, V); `pattern_sums` of each pattern the sum
    over its values, times their scores, (R, V) to (R, P).
    """

    value_sums: Callable[[Floats], Floats]
    pattern_sums: Callable[[Floats], Floats]


def matrix(patterns: Patterns, entries: Floats, values: int) -> Matrix:
    """The matrix with these `entries` (E,), of a vocabulary of that many `values`."""
    rows, codes = patterns.rows, patterns.codes
    if len(patterns) * values <= min(_MOST_CELLS, _WORTH_AN_ENTRY * len(entries)):
        cells = np.zeros((len(patterns), values))
        cells[rows, codes] = entries
        return _dense(cells)
    by_pattern = Sums(codes, entries, patterns.starts[:-1], np.arange(len(patterns)), len(patterns))
    return Matrix(sums(rows, codes, entries, values), by_pattern)


def cells(rows: Ints, codes: Ints | Codes, entries: Floats, shape: tuple[int, int]) -> Matrix:
    """The matrix (P, V) of entries anywhere in it, each with its row and its code; those of one place are added."""
    wide = np.int64(shape[1])
    places, position = np.unique(rows * wide + codes, return_inverse=True)
    added = np.bincount(position, weights=entries, minlength=len(places)).astype(np.float64)
    row, code = np.divmod(places, wide)
    if shape[0] * shape[1] <= min(_MOST_CELLS, _WORTH_AN_ENTRY * len(added)):
        table = np.zeros(shape)
        table[row, code] = added
        return _dense(table)
    return Matrix(sums(row, code, added, shape[1]), sums(code, row, added, shape[0]))


def sums(source: Ints | Codes, target: Ints | Codes, entries: Floats, width: int) -> "Sums":
    """Sums of `entries`, each times the factor of its `source`, to `width` targets."""
    order = order_of(target, width)
    starts = np.flatnonzero(np.diff(target[order], prepend=-1))
    return Sums(source[order], entries[order], starts, target[order][starts], width)


def _dense(cells: Floats) -> Matrix:
    return Matrix(lambda weights: weights @ cells, lambda scores: scores @ cells.T)


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
        for row, factor in zip(sums, factors, strict=True):
            row[self.targets] = np.add.reduceat(factor[self.source] * self.entries, self.starts)
        return sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """The draws of patterns or units (P,): the `draw` of each, and whether each unit is a draw of its own (`alone`).

    `many` draws have a pair of values to compare. `groups`: a unit is itself a group, of elements that are measured.
    """

    draw: Ints
    first: Ints
    alone: Mask
    many: int
    groups: bool = False

    @classmethod
    def of(cls, group: Codes, units: Ints, pairable: Mask, *, groups: bool = False) -> "Draws":
        """Units without a `group` (-1) are drawn alone, groups whole."""
        alone = group < 0
        if alone.all():
            every: Ints = np.arange(len(group))[::-1]
            return cls(draw=every, first=every, alone=alone, many=int(units[pairable].sum()), groups=groups)
        kind = np.where(alone, -1 - np.arange(len(group)), group)
        _, first, draw = np.unique(kind, return_index=True, return_inverse=True)
        some = np.bincount(draw, weights=pairable) > 0
        many = np.where(alone, units, 1)[first][some].sum()
        return cls(draw=draw, first=first, alone=alone, many=int(many), groups=groups)

    @property
    def grouped(self) -> bool:
        """Whether there is a group."""
        return self.groups or not self.alone.all()

    def copies(self, weights: Floats) -> Floats:
        """The number of identical draws, of each (D,)."""
        return np.where(self.alone, weights, 1.0)[self.first]

    def totals(self, slope: Floats, weights: Floats) -> Floats:
        """The influence of each draw (D,), from that of a unit of each pattern."""
        return np.bincount(self.draw, weights=slope * np.where(self.alone, 1.0, weights)).astype(np.float64)


def groups_in(patterns: Patterns) -> int | None:
    """How many groups there are to compare, a unit without one being a group of its own; None where no unit has one."""
    drawn = Draws.of(patterns.cluster, patterns.units, patterns.pairable)
    return drawn.many if drawn.grouped else None
