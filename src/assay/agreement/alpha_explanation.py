"""Where an alpha comes from: Krippendorff's (2011) coincidence matrix, Do, De, and the units that cost the most."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from math import frexp

import numpy as np
from msgspec import Struct

from assay.agreement.alpha import Alpha
from assay.agreement.coefficient import DECIMALS, MEASURED, Estimator, Smooth
from assay.agreement.interval import estimates
from assay.agreement.orders import of_elements
from assay.agreement.registry import makers
from assay.agreement.weights import categories
from assay.core import (
    Coefficient,
    Cost,
    Floats,
    Ints,
    Json,
    Ratings,
    Scale,
    Tally,
    Undefined,
    canonical_text,
    collapsed,
    value_text,
)


class Coincidences(Struct, frozen=True, kw_only=True):
    """A coincidence matrix of some values: `totals` are how often each was given, `distinct` how many values there are."""

    values: tuple[str, ...]
    matrix: tuple[tuple[float, ...], ...]
    totals: tuple[int, ...]
    distinct: int


class Said(Struct, frozen=True, kw_only=True):
    """What one annotator gave a unit."""

    annotator: str
    value: str


class CostlyUnit(Struct, frozen=True, kw_only=True):
    """A unit without which alpha is higher by `influence`, who said what, and the item's data as text."""

    item: str
    influence: float
    said: tuple[Said, ...]
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


def costliest(given: Ratings) -> tuple[Cost, ...]:
    """The ten units without which alpha rises most, the costliest first; of equal ones those whose id comes first.

    Empty where alpha is undefined.
    """
    alone = replace(given.whole.patterns, cluster=np.full_like(given.whole.patterns.cluster, -1))
    patterns, became = collapsed(alone)
    whole = replace(given.whole, patterns=patterns, clusters=())
    estimator = makers(whole.field)["alpha"](whole)
    found = None if isinstance(estimator, Undefined) else influences(whole, estimator)
    if found is None:
        return ()
    cost = np.round(np.nan_to_num(found), DECIMALS)[became[given.shown]]
    first = np.argsort(-cost, kind="stable")[:MOST_COSTLY]
    return tuple(_cost(given, unit, float(cost[unit])) for unit in first[cost[first] > 0].tolist())


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
    if isinstance(estimator, Alpha) and whole.field.scale in MEASURED and _affordable(whole):
        without = np.concatenate(list(_by_sums(whole, estimator, units)))
        return np.asarray(without - value)
    chosen = np.arange(len(patterns))
    if len(patterns) > _MOST_PATTERNS:
        if not isinstance(estimator, Smooth):
            return None
        chosen = np.argsort(np.nan_to_num(estimator.slope(units)), kind="stable")[:_MOST_CHOSEN]
    without = np.full(len(patterns), np.nan)
    without[chosen] = np.concatenate(list(_by_weights(estimator, units, chosen)))
    return np.asarray(without - value)


def _affordable(whole: Tally) -> bool:
    """Whether the sums of every pattern and value can be had in seconds."""
    cells = len(whole.patterns) * len(whole.values)
    plain = whole.field.scale in {Scale.NOMINAL, Scale.INTERVAL}
    return cells <= _MOST_CELLS and (plain or cells * len(whole.values) <= _MOST_PRODUCTS)


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
        left = totals - own
        yield estimator.of_sums(leave(chosen, own, left), left)


def _by_weights(estimator: Estimator, units: Floats, patterns: Ints) -> Iterator[Floats]:
    """Alpha without one unit of each of these patterns, by any estimator, handed all units less one."""
    step = max(1, _CELLS // len(units))
    for start in range(0, len(patterns), step):
        chosen = patterns[start : start + step]
        weights = np.tile(units, (len(chosen), 1))
        weights[np.arange(len(chosen)), chosen] -= 1
        yield estimator(weights)


def _cost(given: Ratings, unit: int, influence: float) -> Cost:
    patterns, whole = given.whole.patterns, given.whole
    shown = given.shown[unit]
    inside = slice(patterns.starts[shown], patterns.starts[shown + 1])
    counts = zip(patterns.codes[inside].tolist(), patterns.counts[inside].tolist(), strict=True)
    return Cost(
        item=given.units[unit],
        influence=influence,
        values={value_text(whole.values[code], whole.field): count for code, count in counts},
    )


MOST_VALUES = 12
"""A coincidence matrix shows the values given most often, up to this many."""


def explain(given: Ratings) -> Explanation:
    """How the alpha of a field comes about; without coincidences where values are no wholes."""
    whole = given.whole
    estimator = makers(whole.field)["alpha"](whole)
    found = estimates(whole, makers(whole.field), bounded=False, errors=False)
    observed, expected = _disagreements(whole, estimator) if isinstance(estimator, Alpha) else (None, None)
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
        coincidences=_coincidences(whole) if isinstance(estimator, Alpha) else None,
        costliest=tuple(
            CostlyUnit(item=one.item, influence=one.influence, said=_said(given, one.item)) for one in costliest(given)
        ),
    )


def _coincidences(whole: Tally) -> Coincidences | None:
    if whole.field.scale is Scale.SEQUENCE:
        return coincidences(of_elements(whole))
    return coincidences(whole) if whole.field.scale in MEASURED else None


def coincidences(whole: Tally) -> Coincidences:
    """The matrix of the values given most often, in canonical order, and how often each was given in all."""
    patterns, many = whole.patterns, len(whole.values)
    weights = np.where(patterns.pairable, patterns.units / np.maximum(patterns.sizes - 1, 1), 0.0)
    pairable = np.where(patterns.pairable, patterns.units, 0)[patterns.rows]
    totals = np.bincount(patterns.codes, weights=patterns.counts * pairable, minlength=many)
    given = np.flatnonzero(totals)
    top = np.sort(given[np.argsort(-totals[given], kind="stable")][:MOST_VALUES])
    place = np.full(many, -1)
    place[top] = np.arange(len(top))
    shown = place[patterns.codes] >= 0
    cells = np.zeros((len(patterns), len(top)))
    cells[patterns.rows[shown], place[patterns.codes[shown]]] = patterns.counts[shown]
    matrix = (cells.T * weights) @ cells - np.diag(weights @ cells)
    return Coincidences(
        values=tuple(value_text(whole.values[code], whole.field) for code in top.tolist()),
        matrix=tuple(tuple(row) for row in np.round(matrix, DECIMALS).tolist()),
        totals=tuple(totals[top].astype(np.int64).tolist()),
        distinct=len(given),
    )


def _disagreements(whole: Tally, estimator: Alpha) -> tuple[float, float]:
    """Do and De in the paper's unit of distance."""
    observed, expected = estimator.parts(whole.patterns.units[np.newaxis].astype(np.float64))
    unit = _unit(whole)
    return round(float(observed[0]) * unit, DECIMALS), round(float(expected[0]) * unit, DECIMALS)


def _unit(whole: Tally) -> float:
    """What distances were divided by: ranks by n, numbers by a power of two, both squared."""
    if whole.field.scale is Scale.ORDINAL:
        return float(whole.pairable) ** 2
    if whole.field.scale is Scale.INTERVAL:
        return float(np.ldexp(1.0, 2 * frexp(_largest(whole))[1]))
    return 1.0


def _largest(whole: Tally) -> float:
    return max(abs(float(value)) for value in whole.values if isinstance(value, int | float))


def _said(given: Ratings, item: str) -> tuple[Said, ...]:
    rows = np.flatnonzero(given.unit == given.units.index(item))
    codes = given.codes[rows].tolist()
    texts = [value_text(given.values[code], given.field) for code in codes]
    if given.field.scale is Scale.SEQUENCE:
        texts = _where_they_differ([given.values[code] for code in codes])
    return tuple(
        Said(annotator=given.annotators[who], value=text)
        for who, text in zip(given.annotator[rows].tolist(), texts, strict=True)
    )


def _where_they_differ(sequences: Sequence[Json]) -> list[str]:
    """What each sequence has at the elements, counted from 1, to which not all give the same."""
    columns = enumerate(zip_longest(*(one if isinstance(one, list) else () for one in sequences)), start=1)
    apart = [(place, column) for place, column in columns if len(set(map(canonical_text, column))) > 1]
    return [", ".join(f"#{place} {column[row]}" for place, column in apart) for row in range(len(sequences))]
