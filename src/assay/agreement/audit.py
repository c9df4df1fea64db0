"""The headline alpha against an implementation that is not ours.

Castro, S. (2017). Fast Krippendorff, the package `krippendorff`. It counts and sums by itself; for sets, which it does
not know, it is handed our MASI distances.
"""

from typing import Any

import numpy as np

from assay.agreement.alpha import alpha
from assay.agreement.coefficient import DECIMALS, Undefined
from assay.agreement.disagreement import numbers
from assay.agreement.masi import as_bits, masi
from assay.errors import MissingExtraError
from assay.extras import load
from assay.model.agreement import Audit
from assay.model.schema import Scale
from assay.table.columns import Floats, Ints
from assay.table.tally import Tally

_MEMORY = 256 * 2**20


def audit(tally: Tally, rng: np.random.Generator) -> Audit:
    """Both alphas of the same units: all, or a sample that keeps the package's 3 * N * V² * 8 bytes below 256 MiB."""
    estimator = alpha(tally)
    if isinstance(estimator, Undefined):
        return Audit(reason=estimator.value)
    try:
        krippendorff = load("krippendorff")
    except MissingExtraError:
        return Audit(reason="not-installed")
    units = _sample(tally, rng)
    if len(units) < 2 < tally.units:
        return Audit(reason=Undefined.TOO_MANY_VALUES.value)
    ours = float(estimator(np.bincount(units, minlength=len(tally.patterns))[np.newaxis].astype(np.float64))[0])
    if np.isnan(ours):
        return Audit(units=len(units), reason=Undefined.NO_VARIATION.value)
    theirs = krippendorff.alpha(
        value_counts=_counts(tally, units), value_domain=_domain(tally), level_of_measurement=_level(tally)
    )
    return Audit(units=len(units), max_abs_diff=round(abs(ours - float(theirs)), DECIMALS))


def _sample(tally: Tally, rng: np.random.Generator) -> Ints:
    """The pattern of each unit to be audited, in canonical order."""
    patterns = tally.patterns
    units = np.repeat(np.arange(len(patterns)), np.where(patterns.pairable, patterns.units, 0))
    affordable = _MEMORY // (3 * 8 * len(tally.values) ** 2)
    return units if len(units) <= affordable else np.sort(rng.choice(units, affordable, replace=False))


def _counts(tally: Tally, units: Ints) -> Ints:
    """Value counts of units, given by their patterns, as the package wants them, (N, V)."""
    patterns = tally.patterns
    chosen, position = np.unique(units, return_inverse=True)
    counts = np.zeros((len(chosen), len(tally.values)), dtype=np.int64)
    inside = np.isin(patterns.rows, chosen)
    counts[np.searchsorted(chosen, patterns.rows[inside]), patterns.codes[inside]] = patterns.counts[inside]
    return counts[position]


def _domain(tally: Tally) -> Floats | Ints:
    return numbers(tally) if tally.field.scale.numeric else np.arange(len(tally.values))


def _level(tally: Tally) -> str | Any:
    """The package's name of the scale, or the distance it asks for the values at `i1` and `i2`."""
    if tally.field.scale is not Scale.SET:
        return str(tally.field.scale)
    bits = as_bits(tally.values)

    def distance(*_: Ints, i1: Ints, i2: Ints, **__: object) -> Floats:
        return masi(bits[i1], bits[i2])

    return distance
