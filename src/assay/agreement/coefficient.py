"""What every coefficient has in common: it is estimated from weighted patterns, or undefined for a reason."""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np

from assay.model.schema import Scale
from assay.table.columns import Floats
from assay.table.tally import Tally

Estimator: TypeAlias = Callable[[Floats], Floats]
"""Units drawn of each pattern, (R, P), to R coefficients; nan where one is undefined for no variation."""

_NOTHING = 1e-12

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
    TOO_MANY_PAIRS = "too-many-pairs"
    FEW_SHARED_UNITS = "few-shared-units"
    NO_VALUES = "no-values"
    ONE_ANNOTATOR = "one-annotator"
    NOT_CROSSED = "not-crossed"
    NO_SOURCE = "no-source"
    NO_ORDER = "no-order"
    MISSING_RANKS = "missing-ranks"
    NOT_INSTALLED = "not-installed"


Make: TypeAlias = "Callable[[Tally], Estimator | Undefined]"
"""What makes an estimator of a tally, or says why there is none."""


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
"""Those on which two votes that are not the same disagree."""


def ratios(parts: Floats, wholes: Floats) -> Floats:
    """Parts of wholes, nan where there is next to nothing to divide by."""
    return np.asarray(np.divide(parts, wholes, out=np.full(len(wholes), np.nan), where=wholes > _NOTHING))


def obstacle(tally: Tally) -> Undefined | None:
    """Why nothing can be estimated from this tally, if so."""
    return None if tally.units else Undefined.NO_PAIRABLE_UNITS


def not_whole(tally: Tally) -> Undefined | None:
    """The same where values are compared as wholes: the same, or not."""
    return obstacle(tally) if tally.field.scale in MEASURED else Undefined.SCALE_NOT_MEASURED
