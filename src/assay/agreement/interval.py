"""Intervals from influences: how much each unit, or group of units, moves a coefficient.

The variance of a smooth coefficient is the sum of the squared influences of its units (infinitesimal jackknife: Jaeckel
1972; Efron, B. & Tibshirani, R. 1993, An Introduction to the Bootstrap, ch. 21-22). The ends are those of Student's t
on the scale atanh(coefficient), which runs from -1 to 1 (Fisher 1915), and atanh(2 share - 1) of a share of 0 to 1;
each end of the units with more that the sample may lack by chance (`assay.agreement.unseen`). Groups of units are drawn
whole: of 30 or more the influences are those of groups; of 10 to 29 each group is left out once (jackknife); of fewer
there is no interval.

An `Estimate` is a coefficient as it is reported: its value, its interval and its standard error, or why it has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil

import numpy as np

from assay.agreement.coefficient import DECIMALS, Draws, Estimator, Linearised, Make, Smooth
from assay.agreement.unseen import Frame, framed
from assay.core import ENDS, SHARES, Coefficient, Floats, Ints, Tally, Undefined
from assay.extras import load

CONFIDENCE = 0.95
FEWEST_GROUPS = 10
FEW_GROUPS = 30

_NEAREST = 1e-9
_MOST_LACKING = 0.9
_STEP = 1e-3
_CELLS = 2**20
_BLOCKS = 256


@dataclass(frozen=True, slots=True)
class Ends:
    """The two ends of intervals at any level, as numbers or arrays of them: places and standard errors on the scale of atanh.

    `freedom` are the degrees of freedom, `share` whether what is measured is a share of 0 to 1.
    """

    low: Floats | float
    low_se: Floats | float
    high: Floats | float
    high_se: Floats | float
    freedom: Floats | float
    share: bool = field(default=False, kw_only=True)

    def limits(self, value: Floats | float, confidence: Floats | float = CONFIDENCE) -> tuple[Floats, Floats]:
        """The lower and the upper limit, between which the value is."""
        # Student's t: place +- t se, back from the scale of atanh.
        at = load("scipy.special").stdtrit(self.freedom, (1 + confidence) / 2)
        low, high = self._back(self.low - at * self.low_se), self._back(self.high + at * self.high_se)
        return np.minimum(low, value), np.maximum(high, value)

    def below(self, bound: float) -> Floats:
        """The one-sided p-value of what is measured being `bound` or more: small where all of the interval is below."""
        with np.errstate(divide="ignore", invalid="ignore"):
            away = (self.high - atanh(bound, share=self.share)) / self.high_se
        return np.asarray(load("scipy.special").stdtr(self.freedom, away), dtype=np.float64)

    def some(self, chosen: Ints) -> "Ends":
        """Those of some of the intervals, by their places."""
        return Ends(*(np.asarray(number, dtype=np.float64)[chosen] for number in self._numbers), share=self.share)

    def of_times(self, value: float, times: Floats) -> "Ends":
        """About those of one interval with so many times the units, each as these, (n,).

        What the sample may lack moves a place by a share p of the scale: p / (1 - p) falls with the number of units, for it
        adds to what chance expects, too. Of the variance p squared is that of what it lacks, and falls with the square of the
        former; the rest falls with the number.
        """
        at = 2 * value - 1 if self.share else value
        places = []
        for place, error in ((self.low, self.low_se), (self.high, self.high_se)):
            moved = np.tanh(place) - at
            # p, the share of the scale that the lacking units move the place; p / (1 - p) falls with the number of units.
            lacking = np.minimum(np.abs(moved), _MOST_LACKING)
            odds = lacking / (1 - lacking)
            fades = (1 + odds) / (times + odds)
            variance = (error * (1 - np.tanh(place) ** 2)) ** 2
            own = np.minimum(variance, lacking**2)
            there = np.clip(at + np.sign(moved) * lacking * fades, _NEAREST - 1, 1 - _NEAREST)
            places += [np.arctanh(there), np.sqrt((variance - own) / times + own * fades**2) / (1 - there**2)]
        low, low_se, high, high_se = places
        return Ends(low, low_se, high, high_se, (np.asarray(self.freedom) + 1) * times - 1, share=self.share)

    def stored(self) -> dict[str, float]:
        """The numbers as a row holds them, without floating-point noise."""
        numbers = zip(ENDS, self._numbers, strict=True)
        return {name: round_off(float(np.squeeze(number))) for name, number in numbers}

    @property
    def _numbers(self) -> "tuple[Floats | float, ...]":
        return self.low, self.low_se, self.high, self.high_se, self.freedom

    def _back(self, place: Floats | float) -> Floats:
        return np.asarray((np.tanh(place) + 1) / 2 if self.share else np.tanh(place))


def atanh(value: Floats | float, *, share: bool) -> Floats:
    """The scale on which ends are symmetric; values beyond its ends are moved to them."""
    scaled = 2 * np.asarray(value) - 1 if share else np.asarray(value)
    return np.asarray(np.arctanh(np.clip(scaled, _NEAREST - 1, 1 - _NEAREST)))


def ends_of(frame: Frame, estimator: Estimator, *, share: bool) -> Ends | None:
    """The ends of an estimator in its frame; None of too few units or groups, and where they are undefined."""
    drawn = frame.draws
    if drawn.many < (FEWEST_GROUPS if drawn.grouped else 2):
        return None
    few = drawn.grouped and drawn.many < FEW_GROUPS
    low, high = (float(atanh(estimator(units[np.newaxis])[0], share=share)) for units in (frame.lower, frame.upper))
    low_se, high_se = (
        _left_out(estimator, weights, drawn, share=share)
        if few
        # d atanh(x) / dx = cosh(place)^2, twice that of a share, which is 2 x - 1 there.
        else _linear(estimator, weights, drawn) * float(np.cosh(place) ** 2) * (2 if share else 1)
        for weights, place in ((frame.lower, low), (frame.upper, high))
    )
    if np.isnan([low, low_se, high, high_se]).any():
        return None
    return Ends(low, low_se, high, high_se, drawn.many - 1.0, share=share)


def _linear(estimator: Estimator, weights: Floats, drawn: Draws) -> float:
    """The standard error of the coefficient, from the influence of each draw.

    Without derivatives these are difference quotients, of blocks of draws where they are many.
    """
    copies = drawn.copies(weights)
    number = copies[copies > 0].sum()
    if isinstance(estimator, Smooth):
        influence = drawn.totals(estimator.slope(weights), weights)
    else:
        many = len(copies)
        together = many > _BLOCKS
        block = np.arange(many) % _BLOCKS if together else np.arange(many)
        moved = np.where(drawn.alone & (not together), 1.0, weights)
        blocks = int(block.max()) + 1
        influence = np.zeros(blocks)
        step = max(1, _CELLS // len(weights))
        for start in range(0, blocks, step):
            rows = np.arange(start, min(start + step, blocks))
            towards = _STEP * moved * (block[drawn.draw] == rows[:, np.newaxis])
            influence[rows] = (estimator(weights + towards) - estimator(weights - towards)) / (2 * _STEP)
        copies = np.ones(blocks) if together else copies
    # v = n / (n - 1) sum of squared influences.
    return float(np.sqrt(copies @ influence**2 * number / (number - 1)))


def _left_out(estimator: Estimator, weights: Floats, drawn: Draws, *, share: bool) -> float:
    """That on the scale of atanh by the jackknife: from what is measured without each draw; nan where that is undefined.

    Without the one draw that disagrees a coefficient is 1, where the scale has no end: then its tangent is taken.
    """
    copies = drawn.copies(weights)
    some = np.flatnonzero(copies > 0)
    without = np.tile(weights, (len(some), 1))
    for row, draw in zip(without, some.tolist(), strict=True):
        row[drawn.draw == draw] -= np.where(drawn.alone, 1.0, weights)[drawn.draw == draw]
    found, at = (estimator(np.maximum(rows, 0.0)) for rows in (without, weights[np.newaxis]))
    # Where a coefficient is at its end, the tangent of atanh at the coefficient of all draws.
    place = atanh(at, share=share)
    straight = place + (found - at) * np.cosh(place) ** 2 * (2 if share else 1)
    found = np.where(np.abs(found * 2 - 1 if share else found) < 1 - _NEAREST, atanh(found, share=share), straight)
    many = copies[some]
    mean = many @ found / many.sum()
    # v = (n - 1) / n sum of (theta_(i) - mean)^2.
    return float(np.sqrt((many.sum() - 1) / many.sum() * (many @ (found - mean) ** 2)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A coefficient, and the ends of its interval, where it has one."""

    coefficient: Coefficient
    ends: Ends | None = None


def estimates(
    whole: Tally, wanted: Mapping[str, Make], *, bounded: bool = True, errors: bool = True
) -> dict[str, Estimate]:
    """Each coefficient of one tally, or why it is undefined. `bounded`: with intervals; `errors`: with standard errors.

    A coefficient with two names is estimated once.
    """
    frame = framed(whole) if bounded else None
    # The tally alone, where the frame has a value more, which could change a coefficient.
    alike = frame if frame and len(frame.whole.values) == len(whole.values) else None
    units = alike.units if alike else whole.patterns.units.astype(np.float64)
    found: dict[Make, Estimate] = {}
    for make, name in {make: name for name, make in reversed(list(wanted.items()))}.items():
        made = make(alike.whole if alike else whole)
        if isinstance(made, Undefined):
            found[make] = undefined(made)
            continue
        value = float(made(units[np.newaxis])[0])
        around = made if alike or not frame else make(frame.whole)
        ends = None
        if frame and not isinstance(around, Undefined) and not np.isnan(value):
            ends = ends_of(frame, around, share=name in SHARES)
        error = made.standard_error(units) if errors and isinstance(made, Linearised) else None
        found[make] = estimate_of(value, ends, error)
    return {name: found[make] for name, make in wanted.items()}


def estimate_of(value: float | None, ends: Ends | None = None, error: float | None = None) -> Estimate:
    """The estimate with this value; without a value, undefined for no variation."""
    if value is None or np.isnan(value):
        return undefined(Undefined.NO_VARIATION)
    low, high = (round_off(float(end)) for end in ends.limits(value)) if ends else (None, None)
    shown = None if error is None or np.isnan(error) else round_off(error)
    return Estimate(coefficient=Coefficient(value=round_off(value), low=low, high=high, se=shown), ends=ends)


def undefined(reason: Undefined) -> Estimate:
    """The estimate of a coefficient without a value."""
    return Estimate(coefficient=Coefficient(value=None, reason=reason.value))


def round_off(number: float) -> float:
    """The number without floating-point noise."""
    return round(number, DECIMALS) + 0.0


def units_needed(found: Coefficient, units: int, wanted: float = 0.1) -> dict[str, int] | None:
    """By wanted width, units * (width / wanted)², for units like those measured; None without an interval of a width.

    Efron, B. & Tibshirani, R. (1993). An Introduction to the Bootstrap, ch. 5-6: the standard error of a mean of n
    units falls with the root of n, and the width of an interval with it.
    """
    if found.low is None or found.high is None or found.high <= found.low:
        return None
    width = found.high - found.low
    return {f"{wanted:g}": ceil(round(units * (width / wanted) ** 2, 6))}
