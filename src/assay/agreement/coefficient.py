"""What every coefficient has in common: it is estimated from weighted patterns, or undefined for a reason."""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeAlias

from assay.model.schema import Scale
from assay.table.columns import Floats
from assay.table.tally import Tally

Estimator: TypeAlias = Callable[[Floats], Floats]
"""Units drawn of each pattern, (R, P), to R coefficients; nan where one is undefined for no variation."""


DECIMALS = 12
"""What a coefficient is rounded to: below are the rounding errors of the machine, also next to 0."""


class Undefined(StrEnum):
    """Why a coefficient has no value."""

    NO_VARIATION = "no-variation"
    NO_PAIRABLE_UNITS = "no-pairable-units"
    SCALE_NOT_MEASURED = "scale-not-measured"
    NON_NUMERIC_VALUE = "non-numeric-value"
    NEGATIVE_RATIO_VALUE = "negative-ratio-value"
    TOO_MANY_VALUES = "too-many-values"


MEASURED = frozenset({Scale.NOMINAL, Scale.ORDINAL, Scale.INTERVAL, Scale.RATIO, Scale.SET})
"""The scales whose values can be the same or not, as wholes."""


def obstacle(tally: Tally) -> Undefined | None:
    """Why nothing can be estimated from this tally, if so."""
    if tally.field.scale not in MEASURED:
        return Undefined.SCALE_NOT_MEASURED
    return None if tally.units else Undefined.NO_PAIRABLE_UNITS
