"""A coefficient as it is reported: its value, its interval and its standard error, or why it has none."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from assay.agreement.coefficient import DECIMALS, Estimator, Linearised, Make, Undefined
from assay.agreement.interval import Ends, ends_of
from assay.agreement.unseen import Framed, framed
from assay.model.agreement import SHARES, Coefficient
from assay.table.columns import Floats
from assay.table.tally import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A coefficient, and the ends of its interval, where it has one."""

    coefficient: Coefficient
    ends: Ends | None = None


def estimates(
    whole: Tally, wanted: Mapping[str, Make], *, bounded: bool = True, errors: bool = True
) -> dict[str, Estimate]:
    """Each coefficient of one tally, or why it is undefined. `bounded`: with intervals; `errors`: with standard errors.

    What has two names is estimated once.
    """
    frame = framed(whole) if bounded else None
    first = {make: name for name, make in reversed(list(wanted.items()))}
    found = {make: _estimate(name, whole, make, frame, errors=errors) for make, name in first.items()}
    return {name: found[make] for name, make in wanted.items()}


def stated(value: float | None, ends: Ends | None = None, error: float | None = None) -> Estimate:
    """What is said of a value; of none that nothing varies."""
    if value is None or np.isnan(value):
        return undefined(Undefined.NO_VARIATION)
    low, high = (settled(float(end)) for end in ends.limits(value)) if ends else (None, None)
    shown = None if error is None or np.isnan(error) else settled(error)
    return Estimate(coefficient=Coefficient(value=settled(value), low=low, high=high, se=shown), ends=ends)


def undefined(reason: Undefined) -> Estimate:
    """What is said of a coefficient without a value."""
    return Estimate(coefficient=Coefficient(value=None, reason=reason.value))


def _estimate(name: str, whole: Tally, make: Make, frame: Framed | None, *, errors: bool) -> Estimate:
    """The tally in its frame is estimated alone where no value was added to it, which could change a coefficient."""
    one = frame if frame and len(frame.whole.values) == len(whole.values) else None
    made = make(one.whole if one else whole)
    if isinstance(made, Undefined):
        return undefined(made)
    units = one.units if one else whole.patterns.units.astype(np.float64)
    value = float(made(units[np.newaxis])[0])
    around = made if one or not frame else make(frame.whole)
    ends = None
    if frame and not isinstance(around, Undefined) and not np.isnan(value):
        ends = ends_of(frame, around, share=name in SHARES)
    return stated(value, ends, _standard_error(made, units) if errors else None)


def _standard_error(estimator: Estimator, units: Floats) -> float | None:
    return estimator.standard_error(units) if isinstance(estimator, Linearised) else None


def settled(number: float) -> float:
    """The number without the rounding errors of the machine."""
    return round(number, DECIMALS) + 0.0
