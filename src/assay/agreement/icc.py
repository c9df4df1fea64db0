"""Intraclass correlation, where every annotator rated every unit.

Shrout, P. E. & Fleiss, J. L. (1979). Intraclass correlations: uses in assessing rater reliability. Psychological
Bulletin 86, 420-428. McGraw & Wong (1996) call ICC(2,1) the absolute agreement and ICC(3,1) the consistency of single
ratings.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np

from assay.agreement.coefficient import ratios, scaled
from assay.core import Floats, Ratings, Undefined


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
        # (BMS - WMS) / (BMS + (k - 1) WMS), or over BMS alone.
        return gain / (self.between_units + (0 if averaged else self.annotators - 1) * self.within_units)

    def agreement(self, *, averaged: bool = False) -> float:
        """ICC(2,1) or ICC(2,k): annotators are drawn from many, and their levels matter."""
        shift = (self.between_annotators - self.error) / self.units
        if averaged:
            return (self.between_units - self.error) / (self.between_units + shift)
        # (BMS - EMS) / (BMS + (k - 1) EMS + k (JMS - EMS) / n).
        rest = (self.annotators - 1) * self.error + self.annotators * shift
        return (self.between_units - self.error) / (self.between_units + rest)

    def consistency(self, *, averaged: bool = False) -> float:
        """ICC(3,1) or ICC(3,k): these annotators only, and their levels do not matter."""
        # (BMS - EMS) / (BMS + (k - 1) EMS), or over BMS alone.
        gain = self.between_units - self.error
        return gain / (self.between_units + (0 if averaged else self.annotators - 1) * self.error)


@dataclass(frozen=True, slots=True, eq=False)
class Icc:
    """ICC(2,1), or with `consistency` ICC(3,1), as an estimator over the units of a table, (U, A), with a row for each."""

    table: Floats
    consistency: bool = False

    def __call__(self, units: Floats) -> Floats:
        """The correlation of units as often as each counts, (R, U) to (R,)."""
        people, number = self.table.shape[1], units.sum(axis=1)
        by_unit = self.table.sum(axis=1)
        by_annotator = units @ self.table
        every = by_annotator.sum(axis=1) ** 2 / (number * people)
        # Sums of squares: of all, less the correction for the mean, between units, between annotators, and the rest.
        between_units = units @ by_unit**2 / people - every
        between_annotators = (by_annotator**2).sum(axis=1) / number - every
        rest = units @ (self.table**2).sum(axis=1) - every - between_units - between_annotators
        # BMS, EMS and JMS - EMS of Shrout & Fleiss.
        unit = between_units / (number - 1)
        error = rest / ((number - 1) * (people - 1))
        shift = np.zeros_like(number) if self.consistency else between_annotators / (people - 1) - error
        return ratios(unit - error, unit + (people - 1) * error + people * shift / number)


def icc_table(rated: Ratings) -> Floats | None:
    """The numbers of a design without a gap, (U, A), centred and scaled by a power of two; None of another one."""
    if len(rated) != len(rated.units) * len(rated.annotators):
        return None
    table = _scaled_table(rated)
    return np.asarray(table - table.mean())


def _scaled_table(rated: Ratings) -> Floats:
    """The numbers of a design without a gap, (U, A), scaled by a power of two."""
    numbers = scaled(np.array([float(cast("float", value)) for value in rated.values]))
    return np.asarray(numbers[rated.codes].reshape(len(rated.units), len(rated.annotators)))


def mean_squares(rated: Ratings) -> MeanSquares | Undefined:
    """The two-way analysis of variance; a design with a gap is refused, not filled."""
    units, people = len(rated.units), len(rated.annotators)
    if people < 2:
        return Undefined.ONE_ANNOTATOR
    if units < 2 or len(rated) != units * people:
        return Undefined.NOT_CROSSED
    if not all(isinstance(value, int | float) for value in rated.values):
        return Undefined.NON_NUMERIC_VALUE
    table = _scaled_table(rated)
    if (table == table[0, 0]).all():
        return Undefined.NO_VARIATION
    # Below in order: BMS, JMS, WMS and EMS of Shrout & Fleiss.
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
