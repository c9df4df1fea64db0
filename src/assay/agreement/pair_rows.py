"""The rows of `agreement.parquet` about two annotators, on the units that both rated."""

from functools import partial

import numpy as np

from assay.agreement.alpha import Alpha
from assay.agreement.coefficient import DECIMALS, MEASURED
from assay.agreement.cohen import cohen
from assay.agreement.disagreement import Disagreement, Ordinal, midranks
from assay.agreement.interval import Ends
from assay.agreement.kinds import makers
from assay.agreement.masi import members
from assay.agreement.pair_ends import pair_ends
from assay.agreement.pairs import Pairs, pairs
from assay.agreement.per_member import UNCERTAIN, holding
from assay.agreement.weights import Weights, categories
from assay.model.agreement import BreakdownRow, LeftOut
from assay.model.schema import Scale
from assay.table.columns import Floats, Mask
from assay.table.counted import Counted
from assay.table.tally import Tally

MOST_PAIRS = 20_000
BETWEEN = " \u00d7 "
"""Stands between the two names in the key of a row."""

_MOST_CELLS = 2**22
_CELLS = 2**20
_EXACT = 6


def pair_rows(given: Counted) -> list[BreakdownRow] | LeftOut:
    """Alpha, AC1, percent and, but of numbers, Cohen's kappa of every two annotators who share a unit.

    Up to 20,000 pairs, and four million pairs and values in all. Kappa, AC1 and percent take two values as the same or
    not, whatever the scale. No rows on scales whose values are no wholes.
    """
    rated = given.rated
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
    figures = _figures(given, tables)
    columns = {name: _settled(values) for name, values in figures.items()}
    ends = pair_ends(given, tables, partial(_figures, given))
    bounds = {name: tuple(map(_settled, ends[name].limits(figures[name]))) for name in ends}
    return [
        BreakdownRow(
            field=rated.field.name, breakdown="pair", key=key, coefficient=name, value=values[row], units=units, groups=None,
            **_interval(row, bounds.get(name), ends.get(name)),
        )
        for row, (key, units) in enumerate(zip(names, tables.units.tolist(), strict=True))
        for name, values in columns.items()
    ]  # fmt: skip


def _interval(row: int, bounds: tuple[list[float | None], ...] | None, ends: Ends | None) -> dict[str, float | None]:
    """What a row holds of its interval; nothing where a pair has none."""
    if bounds is None or ends is None or bounds[0][row] is None or bounds[1][row] is None:
        return {"low": None, "high": None}
    return {"low": bounds[0][row], "high": bounds[1][row], **ends.some(np.array([row])).stored()}


def _figures(given: Counted, tables: Pairs) -> dict[str, Floats]:
    """The coefficients by name, (K,) each."""
    found = cohen(tables, Weights(None, tables.values, tables.values))
    first, second = tables.marginals()
    shares = (first + second) / 2
    estimator = makers(given.whole.field)["alpha"](given.whole)
    nothing = np.full(len(tables), np.nan)
    return {
        "alpha": _alpha(estimator, tables, shares) if isinstance(estimator, Alpha) else nothing,
        "ac1": _ac1(given.whole, tables, found.observed, shares),
        "percent": found.observed,
        **({} if given.whole.field.scale.numeric else {"kappa": found.kappa}),
    }


def _alpha(estimator: Alpha, tables: Pairs, shares: Floats) -> Floats:
    """Krippendorff's alpha of the two values of each shared unit, with the distance of the scale."""
    totals = np.round(2 * shares * tables.units[:, np.newaxis], _EXACT)
    return estimator.of_sums(tables.sums(2 * _distances(estimator.disagreement, tables, totals)), totals)


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
    """Gwet's (2008) AC1 of two raters, see `assay.agreement.ac`; of sets as in `assay.agreement.per_member`."""
    if whole.field.scale is Scale.SET:
        names = sorted(set().union(*map(members, whole.values)))
        of_each = [_two(tables, shares, inside) for inside in holding(whole.values, names).T]
        return np.asarray(np.mean(of_each, axis=0)) if of_each else np.full(len(observed), np.nan)
    choices = categories(whole)
    if choices < 2:
        return np.full(len(observed), np.nan)
    expected = (shares * (1 - shares)).sum(axis=1) / (choices - 1)
    return np.asarray((observed - expected) / (1 - expected))


def _two(tables: Pairs, shares: Floats, inside: Mask) -> Floats:
    """AC1 of each pair on whether a value is `inside`, (V,), or not."""
    observed = tables.sums((inside[tables.a] == inside[tables.b]).astype(np.float64)) / tables.units
    expected = UNCERTAIN.expected(shares @ inside)
    return np.asarray((observed - expected) / (1 - expected))


def _settled(values: Floats) -> list[float | None]:
    return [None if np.isnan(value) else round(value, DECIMALS) + 0.0 for value in values.tolist()]
