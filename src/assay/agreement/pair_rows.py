"""The rows of `agreement.parquet` for each pair of annotators, on the units that both rated.

Their intervals come from the cells of all pairs at once. As in `assay.agreement.interval`: the influence of a unit is
that of its cell, and each end is that of the pair's units with those that it may lack by chance. Pairs
are independent of each other, so one cell of every pair is moved at a time.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from assay.agreement.alpha import Alpha
from assay.agreement.coefficient import DECIMALS, MEASURED
from assay.agreement.disagreement import Disagreement, Ordinal, midranks
from assay.agreement.interval import Ends, atanh
from assay.agreement.kappa import cohen
from assay.agreement.pairwise import Pairs, pairs
from assay.agreement.registry import coefficient_makers
from assay.agreement.sets import UNCERTAIN, members, membership_table
from assay.agreement.unseen import AGREEING, DISAGREEING, two_codes
from assay.agreement.weights import Weights, categories
from assay.core import SHARES, BreakdownRow, Floats, LeftOut, Ratings, Scale, Tally

_MOST_PAIR_CELLS = 64
_STEP = 1e-3


def pair_ends(rated: Ratings, tables: Pairs, figures: Callable[[Pairs], Mapping[str, Floats]]) -> Mapping[str, Ends]:
    """The ends of each coefficient, (K,) each; nan where a pair has none.

    Empty where items have groups, which the tables of pairs lack; where only one value was given; and where two
    annotators gave more than 64 different pairs of values.
    """
    values = np.bincount(rated.codes, minlength=len(rated.values)).astype(np.float64)
    found = two_codes(rated.values, rated.field, values)
    if found is None or not len(tables) or (rated.groups.codes >= 0).any():
        return {}
    common, rare = found
    lower = _with(tables, [(common, rare), (rare, common)], DISAGREEING / 2)
    upper = _with(tables, [(rare, rare)], AGREEING)
    if max(np.bincount(pairs.pair).max() for pairs in (lower, upper)) > _MOST_PAIR_CELLS:
        return {}
    low, high = (_places(pairs, figures) for pairs in (lower, upper))
    freedom = np.where(tables.units >= 2, tables.units - 1.0, np.nan)
    return {name: Ends(*low[name], *high[name], freedom, share=name in SHARES) for name in low}


def _with(tables: Pairs, cells: list[tuple[int, int]], many: float) -> Pairs:
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
    """Of each coefficient its place on the scale of atanh and its standard error there, (K,) each."""
    here = figures(tables)
    order = np.argsort(tables.pair, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - np.searchsorted(tables.pair[order], tables.pair[order])
    squares = {name: np.zeros(len(tables)) for name in here}
    # The influence of a cell's unit is the derivative by its count; the n-th cells of all pairs are moved together.
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
        # v = n / (n - 1) sum of squared influences, times the derivative of atanh.
        error = np.sqrt(squares[name] * tables.units / np.maximum(tables.units - 1, 1)) * stretch
        found[name] = (np.where(np.isnan(value), np.nan, place), error)
    return found


MOST_PAIRS = 20_000
BETWEEN = " \u00d7 "
"""Separates the two names in the key of a row."""

_MOST_CELLS = 2**22
_CELLS = 2**20
_EXACT = 6


def pair_rows(rated: Ratings) -> list[BreakdownRow] | LeftOut:
    """Alpha, AC1, percent and, except on numbers, Cohen's kappa of every two annotators who share a unit.

    Up to 20,000 pairs, and four million pairs and values in all. Kappa, AC1 and percent take two values as the same or
    not, whatever the scale. No rows on scales whose values are not compared as wholes.
    """
    if rated.field.scale not in MEASURED:
        return []
    limit = min(MOST_PAIRS, _MOST_CELLS // max(len(rated.values), 1))
    tables = pairs(rated)
    if tables is None or len(tables) > limit:
        people = len(rated.annotators)
        many = len(tables) if tables is not None else people * (people - 1) // 2
        return LeftOut(field=rated.field.name, breakdown="pair", keys=many, limit=limit)
    names = [
        f"{rated.annotators[first]}{BETWEEN}{rated.annotators[second]}"
        for first, second in zip(tables.first.tolist(), tables.second.tolist(), strict=True)
    ]
    figures = _figures(rated, tables)
    columns = {name: _rounded(values) for name, values in figures.items()}
    ends = pair_ends(rated, tables, partial(_figures, rated))
    bounds = {name: tuple(map(_rounded, ends[name].limits(figures[name]))) for name in ends}
    rows = []
    for place, (key, units) in enumerate(zip(names, tables.units.tolist(), strict=True)):
        for name, values in columns.items():
            bounded = name in bounds and None not in (bound[place] for bound in bounds[name])
            low, high = (bound[place] for bound in bounds[name]) if bounded else (None, None)
            stored = ends[name].some(np.array([place])).stored() if bounded else {}
            rows.append(BreakdownRow(
                field=rated.field.name, breakdown="pair", key=key, coefficient=name, value=values[place],
                low=low, high=high, units=units, groups=None, **stored,
            ))  # fmt: skip
    return rows


def _figures(rated: Ratings, tables: Pairs) -> dict[str, Floats]:
    observed, kappa = cohen(tables, Weights(None, tables.values, tables.values))
    first, second = tables.marginals()
    shares = (first + second) / 2
    estimator = coefficient_makers(rated.whole.field)["alpha"](rated.whole)
    alpha = np.full(len(tables), np.nan)
    if isinstance(estimator, Alpha):
        # Krippendorff's alpha of the two values of each shared unit: within a unit the sum is 2 d(c, k) / (2 - 1).
        totals = np.round(2 * shares * tables.units[:, np.newaxis], _EXACT)
        alpha = estimator.of_sums(tables.sums(2 * _distances(estimator.disagreement, tables, totals)), totals)
    return {
        "alpha": alpha,
        "ac1": _ac1(rated.whole, tables, observed, shares),
        "percent": observed,
        **({} if rated.whole.field.scale.numeric else {"kappa": kappa}),
    }


def _distances(disagreement: Disagreement, tables: Pairs, totals: Floats) -> Floats:
    """The distance of the two values of each cell, (C,): that of a pair of values is half the sum over their pairs."""
    if isinstance(disagreement, Ordinal):
        ranks = midranks(totals)
        return np.asarray((ranks[tables.pair, tables.a] - ranks[tables.pair, tables.b]) ** 2)
    kinds, place = np.unique(tables.a.astype(np.int64) * tables.values + tables.b, return_inverse=True)
    step = max(1, _CELLS // tables.values)
    parts = []
    for start in range(0, len(kinds), step):
        a, b = np.divmod(kinds[start : start + step], tables.values)
        two = np.zeros((len(a), tables.values))
        np.add.at(two, (np.arange(len(a)), a), 1.0)
        np.add.at(two, (np.arange(len(b)), b), 1.0)
        parts.append(disagreement.expected(two) / 2)
    return np.concatenate(parts)[place] if parts else np.zeros(0)


def _ac1(whole: Tally, tables: Pairs, observed: Floats, shares: Floats) -> Floats:
    """Gwet's (2008) AC1 of two raters, see `assay.agreement.chance_corrected`; of sets as in `assay.agreement.sets`."""
    if whole.field.scale is Scale.SET:
        names = sorted(set().union(*map(members, whole.values)))
        of_each = []
        # AC1 of each pair on whether a value has the member or not.
        for inside in membership_table(whole.values, names).T:
            observed = tables.sums((inside[tables.a] == inside[tables.b]).astype(np.float64)) / tables.units
            expected = UNCERTAIN.at(shares @ inside)
            of_each.append(np.asarray((observed - expected) / (1 - expected)))
        return np.asarray(np.mean(of_each, axis=0)) if of_each else np.full(len(observed), np.nan)
    choices = categories(whole)
    if choices < 2:
        return np.full(len(observed), np.nan)
    # p_e = sum over k of pi_k (1 - pi_k) / (q - 1).
    expected = (shares * (1 - shares)).sum(axis=1) / (choices - 1)
    return np.asarray((observed - expected) / (1 - expected))


def _rounded(values: Floats) -> list[float | None]:
    return [None if np.isnan(value) else round(value, DECIMALS) + 0.0 for value in values.tolist()]
