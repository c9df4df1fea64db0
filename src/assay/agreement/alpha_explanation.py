"""Where an alpha comes from: Krippendorff's (2011) coincidence matrix, Do, De, and the units that cost the most.

A unit costs the alpha of all other units, less the alpha of all. In a unit with m values, o(c, k) counts each pair of
a c and a k as 1 / (m - 1); n_c is the sum of a row, n that of all.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest
from math import frexp

import numpy as np
from msgspec import Struct

from assay import core
from assay.agreement.alpha import Alpha
from assay.agreement.coefficient import DECIMALS, DISPUTABLE, MEASURED, Estimator, Smooth
from assay.agreement.interval import estimates
from assay.agreement.orders import of_elements
from assay.agreement.registry import coefficient_makers
from assay.agreement.weights import categories
from assay.core import Coefficient, Cost, Floats, Ints, Ratings, Scale, Tally, Undefined


class Coincidences(Struct, frozen=True, kw_only=True):
    """A coincidence matrix of some values: `totals` are how often each was given, `distinct` how many values there are."""

    values: tuple[str, ...]
    matrix: tuple[tuple[float, ...], ...]
    totals: tuple[int, ...]
    distinct: int


class AnnotatorValue(Struct, frozen=True, kw_only=True):
    """The value that one annotator gave a unit."""

    annotator: str
    value: str


class CostlyUnit(Struct, frozen=True, kw_only=True):
    """A unit without which alpha is higher by `influence`, the values it was given (`said`), and the item's data as text."""

    item: str
    influence: float
    said: tuple[AnnotatorValue, ...]
    text: str = ""


class Explanation(Struct, frozen=True, kw_only=True):
    """Alpha = 1 - observed / expected disagreement of the pairable values; None where there are none to be compared as wholes."""

    field: str
    scale: str
    units: int
    pairable: int
    observed: float | None
    expected: float | None
    alpha: Coefficient
    ac1: Coefficient
    categories: float | None
    coincidences: Coincidences | None
    costliest: tuple[CostlyUnit, ...]


MOST_COSTLY = 10

_CELLS = 2**20
_MOST_CELLS = 2**27
_MOST_PRODUCTS = 2**33
_MOST_PATTERNS = 2**12
_MOST_CHOSEN = 2**6


def costliest(rated: Ratings) -> tuple[Cost, ...]:
    """The ten units without which alpha rises most, the costliest first; of equal ones those whose id comes first.

    Empty where alpha is undefined.
    """
    whole = rated.whole
    patterns, became = core.collapsed(replace(whole.patterns, cluster=np.full_like(whole.patterns.cluster, -1)))
    alone = replace(whole, patterns=patterns, clusters=())
    estimator = coefficient_makers(alone.field)["alpha"](alone)
    found = None if isinstance(estimator, Undefined) else influences(alone, estimator)
    if found is None:
        return ()
    cost = np.round(np.nan_to_num(found), DECIMALS)[became[rated.shown]]
    first = np.argsort(-cost, kind="stable")[:MOST_COSTLY]
    costs = []
    for unit in first[cost[first] > 0].tolist():
        shown = rated.shown[unit]
        inside = slice(whole.patterns.starts[shown], whole.patterns.starts[shown + 1])
        counts = zip(whole.patterns.codes[inside].tolist(), whole.patterns.counts[inside].tolist(), strict=True)
        values = {core.value_text(whole.values[code], whole.field): count for code, count in counts}
        costs.append(Cost(item=rated.units[unit], influence=float(cost[unit]), values=values))
    return tuple(costs)


def influences(whole: Tally, estimator: Estimator) -> Floats | None:
    """Alpha without one unit of each pattern, less alpha, (P,): leave-one-out, exact; nan where all that is left is the same.

    Where leaving each out would take minutes, only the patterns that cost the most by alpha's derivative are left out, and
    the others are nan. None where alpha is undefined, there is one unit, or alpha has no derivative to choose them by.
    """
    patterns = whole.patterns
    units = patterns.units.astype(np.float64)
    (value,) = estimator(units[np.newaxis])
    if np.isnan(value) or whole.units < 2:
        return None
    cells = len(patterns) * len(whole.values)
    plain = whole.field.scale in {Scale.NOMINAL, Scale.INTERVAL}
    affordable = cells <= _MOST_CELLS and (plain or cells * len(whole.values) <= _MOST_PRODUCTS)
    if isinstance(estimator, Alpha) and whole.field.scale in MEASURED and affordable:
        return np.asarray(np.concatenate(list(_by_sums(whole, estimator, units))) - value)
    chosen = np.arange(len(patterns))
    if len(patterns) > _MOST_PATTERNS:
        if not isinstance(estimator, Smooth):
            return None
        chosen = np.argsort(np.nan_to_num(estimator.slope(units)), kind="stable")[:_MOST_CHOSEN]
    without = np.full(len(patterns), np.nan)
    without[chosen] = np.concatenate(list(by_weights(estimator, units, chosen)))
    return np.asarray(without - value)


def _by_sums(whole: Tally, estimator: Alpha, units: Floats) -> Iterator[Floats]:
    """Alpha without one unit of each pattern, from the sums of all units less those of the one; some at a time."""
    patterns = whole.patterns
    rows, totals = patterns.rows, estimator.counts.value_sums(units[np.newaxis])[0]
    leave = estimator.disagreement.leaving(units)
    step = max(1, _CELLS // len(whole.values))
    for start in range(0, len(patterns), step):
        chosen = slice(start, min(start + step, len(patterns)))
        inside = slice(patterns.starts[chosen.start], patterns.starts[chosen.stop])
        own = np.zeros((chosen.stop - start, len(whole.values)))
        own[rows[inside] - start, patterns.codes[inside]] = patterns.counts[inside]
        own[~patterns.pairable[chosen]] = 0.0
        # n_c without the unit's own values; leave() is the observed sum without the unit.
        left = totals - own
        yield estimator.of_sums(leave(chosen, own, left), left)


def by_weights(estimator: Estimator, units: Floats, patterns: Ints) -> Iterator[Floats]:
    """Alpha without one unit of each of these patterns, by any estimator, from the weights of all units less one."""
    step = max(1, _CELLS // len(units))
    for start in range(0, len(patterns), step):
        chosen = patterns[start : start + step]
        weights = np.tile(units, (len(chosen), 1))
        # Row i has one unit less of the i-th pattern.
        weights[np.arange(len(chosen)), chosen] -= 1
        yield estimator(weights)


MOST_VALUES = 12
"""A coincidence matrix shows the values given most often, up to this many."""


def explain_alpha(rated: Ratings) -> Explanation:
    """How the alpha of a field is computed; no coincidences on scales whose values are not compared as wholes."""
    whole = rated.whole
    estimator = coefficient_makers(whole.field)["alpha"](whole)
    found = estimates(whole, coefficient_makers(whole.field), bounded=False, errors=False)
    observed = expected = matrix = None
    if isinstance(estimator, Alpha):
        observed, expected = _disagreements(whole, estimator)
        if whole.field.scale in DISPUTABLE:
            matrix = coincidences(of_elements(whole) if whole.field.scale is Scale.SEQUENCE else whole)
    return Explanation(
        field=whole.field.name,
        scale=whole.field.scale.value,
        units=whole.units,
        pairable=whole.pairable,
        observed=observed,
        expected=expected,
        alpha=found["alpha"].coefficient,
        ac1=found["ac1"].coefficient,
        categories=categories(whole) if found["ac1"].coefficient.value is not None else None,
        coincidences=matrix,
        costliest=tuple(
            CostlyUnit(item=cost.item, influence=cost.influence, said=_values_by_annotator(rated, cost.item))
            for cost in costliest(rated)
        ),
    )


def coincidences(whole: Tally) -> Coincidences:
    """The matrix of the values given most often, in canonical order, and how often each was given in all."""
    patterns, many = whole.patterns, len(whole.values)
    # 1 / (m - 1) of each unit, and n_c.
    weights = np.where(patterns.pairable, patterns.units / np.maximum(patterns.sizes - 1, 1), 0.0)
    totals = whole.frequency
    used = np.flatnonzero(totals)
    top = np.sort(used[np.argsort(-totals[used], kind="stable")][:MOST_VALUES])
    place = np.full(many, -1)
    place[top] = np.arange(len(top))
    shown = place[patterns.codes] >= 0
    cells = np.zeros((len(patterns), len(top)))
    cells[patterns.rows[shown], place[patterns.codes[shown]]] = patterns.counts[shown]
    # o_ck: over units, the ordered pairs of values c and k, each weighing 1 / (m - 1); no value is paired with itself.
    matrix = (cells.T * weights) @ cells - np.diag(weights @ cells)
    return Coincidences(
        values=tuple(core.value_text(whole.values[code], whole.field) for code in top.tolist()),
        matrix=tuple(tuple(row) for row in np.round(matrix, DECIMALS).tolist()),
        totals=tuple(totals[top].astype(np.int64).tolist()),
        distinct=len(used),
    )


def _disagreements(whole: Tally, estimator: Alpha) -> tuple[float, float]:
    """Do and De in the paper's unit of distance: ranks were divided by n, numbers by a power of two, and then squared."""
    unit = 1.0
    if whole.field.scale is Scale.ORDINAL:
        unit = float(whole.pairable) ** 2
    elif whole.field.scale is Scale.INTERVAL:
        largest = max(abs(float(value)) for value in whole.values if isinstance(value, int | float))
        unit = float(np.ldexp(1.0, 2 * frexp(largest)[1]))
    observed, expected = estimator.parts(whole.patterns.units[np.newaxis].astype(np.float64))
    return round(float(observed[0]) * unit, DECIMALS), round(float(expected[0]) * unit, DECIMALS)


def _values_by_annotator(rated: Ratings, item: str) -> tuple[AnnotatorValue, ...]:
    """Of sequences the elements, counted from 1, on which the annotators differ."""
    rows = np.flatnonzero(rated.unit == rated.units.index(item))
    values = [rated.values[code] for code in rated.codes[rows].tolist()]
    texts = [core.value_text(value, rated.field) for value in values]
    if rated.field.scale is Scale.SEQUENCE:
        columns = enumerate(zip_longest(*(value if isinstance(value, list) else () for value in values)), start=1)
        apart = [(place, column) for place, column in columns if len(set(map(core.canonical_text, column))) > 1]
        texts = [", ".join(f"#{place} {column[row]}" for place, column in apart) for row in range(len(values))]
    names = (rated.annotators[code] for code in rated.annotator[rows].tolist())
    return tuple(AnnotatorValue(annotator=name, value=text) for name, text in zip(names, texts, strict=True))
