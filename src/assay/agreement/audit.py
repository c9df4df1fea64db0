"""The headline alpha against an implementation that is not ours.

Castro, S. (2017). Fast Krippendorff, the package `krippendorff`. It counts and sums by itself; for sets, which it does
not know, it is handed our MASI distances, and for trees and sets of paths our path distances.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from assay.agreement.alpha import alpha
from assay.agreement.coefficient import DECIMALS, Undefined
from assay.agreement.disagreement import numbers
from assay.agreement.sequences import of_elements
from assay.agreement.sets import Bits, PathSets, as_bits, as_paths, masi, path_distance
from assay.errors import MissingExtraError
from assay.extras import load
from assay.model.agreement import Audit
from assay.model.schema import Scale
from assay.table.columns import Floats, Ints
from assay.table.tally import Tally

_Points = TypeVar("_Points", Bits, Ints)

_MEMORY = 256 * 2**20


def audit(tally: Tally, rng: np.random.Generator) -> Audit:
    """Both alphas of the same units, of sequences of the same elements: all, or a sample that keeps the package's 3 * N * V² * 8 bytes below 256 MiB."""
    if tally.field.scale is Scale.SEQUENCE:
        tally = of_elements(tally)
    estimator = alpha(tally)
    if isinstance(estimator, Undefined):
        return Audit(reason=estimator.value)
    try:
        krippendorff = load("krippendorff")
    except MissingExtraError:
        return Audit(reason=Undefined.NOT_INSTALLED.value)
    units = _sample(tally, rng)
    if len(units) < 2 < tally.units:
        return Audit(reason=Undefined.TOO_MANY_VALUES.value)
    ours = float(estimator(np.bincount(units, minlength=len(tally.patterns))[np.newaxis].astype(np.float64))[0])
    if np.isnan(ours):
        return Audit(units=len(units), reason=Undefined.NO_VARIATION.value)
    theirs = krippendorff.alpha(
        value_counts=_counts(tally, units),
        value_domain=numbers(tally) if tally.field.scale.numeric else np.arange(len(tally.values)),
        level_of_measurement=_level(tally),
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


def _level(tally: Tally) -> str | Any:
    """The package's name of the scale, or the distance it asks for the values at `i1` and `i2`."""
    if tally.field.scale is Scale.SET and tally.field.paths:
        return _handed(np.arange(len(tally.values)), PathSets.of(tally.values).distance)
    if tally.field.scale is Scale.SET:
        return _handed(as_bits(tally.values), masi)
    if tally.field.scale is Scale.TREE:
        return _handed(as_paths(tally.values), path_distance)
    return str(tally.field.scale)


def _handed(points: _Points, distance: Callable[[_Points, _Points], Floats]) -> Callable[..., Floats]:
    def between(*_: Ints, i1: Ints, i2: Ints, **__: object) -> Floats:
        return distance(points[i1], points[i2])

    return between
