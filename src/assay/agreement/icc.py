"""Intraclass correlation of numbers, where every annotator rated every unit.

Shrout, P. E. & Fleiss, J. L. (1979). Intraclass correlations: uses in assessing rater reliability. Psychological
Bulletin 86, 420-428. McGraw & Wong (1996) call ICC(2,1) the absolute agreement and ICC(3,1) the consistency of single
ratings.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np

from assay.agreement.coefficient import Undefined
from assay.table.ratings import Ratings


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
        return gain / (self.between_units + (0 if averaged else self.annotators - 1) * self.within_units)

    def agreement(self, *, averaged: bool = False) -> float:
        """ICC(2,1) or ICC(2,k): annotators are drawn from many, and their levels matter."""
        shift = (self.between_annotators - self.error) / self.units
        if averaged:
            return (self.between_units - self.error) / (self.between_units + shift)
        rest = (self.annotators - 1) * self.error + self.annotators * shift
        return (self.between_units - self.error) / (self.between_units + rest)

    def consistency(self, *, averaged: bool = False) -> float:
        """ICC(3,1) or ICC(3,k): these annotators only, and their levels do not matter."""
        gain = self.between_units - self.error
        return gain / (self.between_units + (0 if averaged else self.annotators - 1) * self.error)


def mean_squares(rated: Ratings) -> MeanSquares | Undefined:
    """The two-way analysis of variance; a design with a gap is refused, not filled."""
    units, people = len(rated.units), len(rated.annotators)
    if people < 2:
        return Undefined.ONE_ANNOTATOR
    if units < 2 or len(rated) != units * people:
        return Undefined.NOT_CROSSED
    if not all(isinstance(value, int | float) for value in rated.values):
        return Undefined.NON_NUMERIC_VALUE
    numbers = np.array([float(cast("float", value)) for value in rated.values])
    numbers = np.ldexp(numbers, -np.frexp(np.abs(numbers).max(initial=0.0))[1])
    table = numbers[rated.codes].reshape(units, people)
    if (table == table[0, 0]).all():
        return Undefined.NO_VARIATION
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
