"""How much alpha a unit costs: alpha of all the other units, less alpha of all."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from assay.agreement.alpha import Alpha
from assay.agreement.coefficient import DECIMALS, MEASURED, Estimator, Smooth, Undefined
from assay.agreement.kinds import makers
from assay.model.agreement import Cost
from assay.model.schema import Scale
from assay.model.values import value_text
from assay.table.columns import Floats, Ints
from assay.table.counted import Counted
from assay.table.patterns import collapsed
from assay.table.tally import Tally

MOST_COSTLY = 10

_CELLS = 2**20
_MOST_CELLS = 2**27
_MOST_PRODUCTS = 2**33
_MOST_PATTERNS = 2**12
_MOST_CHOSEN = 2**6


def costliest(given: Counted) -> tuple[Cost, ...]:
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


def _cost(given: Counted, unit: int, influence: float) -> Cost:
    patterns, whole = given.whole.patterns, given.whole
    shown = given.shown[unit]
    inside = slice(patterns.starts[shown], patterns.starts[shown + 1])
    counts = zip(patterns.codes[inside].tolist(), patterns.counts[inside].tolist(), strict=True)
    return Cost(
        item=given.rated.units[unit],
        influence=influence,
        values={value_text(whole.values[code], whole.field): count for code, count in counts},
    )
