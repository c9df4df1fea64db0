"""Intervals of coefficients of two annotators, from the cells of all pairs at once.

As in `assay.agreement.interval`: the influence of a unit is that of the cell it stands in, and each end is that of the
pair's units with those that it may lack by chance. Pairs do not touch each other, so one cell of every pair is moved at a time.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from assay.agreement.interval import Ends, atanh
from assay.agreement.pairs import Pairs
from assay.agreement.unseen import AGREEING, DISAGREEING, two_codes
from assay.model.agreement import SHARES
from assay.table.columns import Floats
from assay.table.counted import Counted

_MOST_CELLS = 64
_STEP = 1e-3


def pair_ends(given: Counted, tables: Pairs, figures: Callable[[Pairs], Mapping[str, Floats]]) -> Mapping[str, Ends]:
    """By coefficient where the ends come from, (K,) each; nan where a pair has none.

    None at all where items have groups, for a pair's table does not know them; where one value was given; and where two
    annotators gave more than 64 different pairs of values.
    """
    rated = given.rated
    values = np.bincount(rated.codes, minlength=len(rated.values)).astype(np.float64)
    found = two_codes(rated.values, rated.field, values)
    if found is None or not len(tables) or (given.groups.codes >= 0).any():
        return {}
    common, rare = found
    lower = _with(tables, [(common, rare), (rare, common)], DISAGREEING / 2)
    upper = _with(tables, [(rare, rare)], AGREEING)
    if max(np.bincount(one.pair).max() for one in (lower, upper)) > _MOST_CELLS:
        return {}
    low, high = (_places(one, figures) for one in (lower, upper))
    freedom = np.where(tables.units >= 2, tables.units - 1.0, np.nan)
    return {name: Ends(*low[name], *high[name], freedom, share=name in SHARES) for name in low}


def _with(tables: Pairs, cells: list[tuple[int, int]], many: float) -> Pairs:
    """The tables with these cells more in each."""
    every = np.arange(len(tables))
    return replace(
        tables,
        units=np.asarray(tables.units + many * len(cells), dtype=np.float64),
        pair=np.concatenate([tables.pair, *[every] * len(cells)]),
        a=np.concatenate([tables.a, *(np.full(len(tables), a, dtype=np.int32) for a, _ in cells)]),
        b=np.concatenate([tables.b, *(np.full(len(tables), b, dtype=np.int32) for _, b in cells)]),
        counts=np.concatenate([tables.counts, np.full(len(tables) * len(cells), many)]),
    )


def _places(tables: Pairs, figures: Callable[[Pairs], Mapping[str, Floats]]) -> Mapping[str, tuple[Floats, Floats]]:
    """Of each coefficient where it stands on the scale of atanh and its standard error there, (K,) each."""
    here = figures(tables)
    order = np.argsort(tables.pair, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - np.searchsorted(tables.pair[order], tables.pair[order])
    squares = {name: np.zeros(len(tables)) for name in here}
    for turn in range(int(rank.max()) + 1):
        moved = rank == turn
        step = np.bincount(tables.pair[moved], minlength=len(tables)) * _STEP
        above, below = (
            figures(replace(tables, counts=tables.counts + sign * _STEP * moved, units=tables.units + sign * step))
            for sign in (1, -1)
        )
        many = np.bincount(tables.pair[moved], weights=tables.counts[moved], minlength=len(tables))
        for name in squares:
            squares[name] += many * ((above[name] - below[name]) / (2 * _STEP)) ** 2
    found: dict[str, tuple[Floats, Floats]] = {}
    for name, value in here.items():
        place = atanh(value, share=name in SHARES)
        stretch = np.cosh(place) ** 2 * (2 if name in SHARES else 1)
        error = np.sqrt(squares[name] * tables.units / np.maximum(tables.units - 1, 1)) * stretch
        found[name] = (np.where(np.isnan(value), np.nan, place), error)
    return found
