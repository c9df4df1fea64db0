"""The rows of `agreement.parquet` about two annotators: how often they agree, and Cohen's kappa, where both rated."""

import numpy as np

from assay.agreement.coefficient import DECIMALS, MEASURED
from assay.agreement.cohen import cohen
from assay.agreement.pairs import pairs
from assay.agreement.weights import Weights
from assay.model.agreement import BreakdownRow, LeftOut
from assay.table.columns import Floats
from assay.table.ratings import Ratings

MOST_PAIRS = 20_000
BETWEEN = " \u00d7 "
"""Stands between the two names in the key of a row."""


def pair_rows(rated: Ratings) -> list[BreakdownRow] | LeftOut:
    """`percent` and `kappa` of every two annotators who share a unit, up to 20,000 pairs.

    Both take two values as the same or not, whatever the scale. No rows on scales whose values are no wholes.
    """
    if rated.field.scale not in MEASURED:
        return []
    name = rated.field.name
    tables = pairs(rated)
    if tables is None or len(tables) > MOST_PAIRS:
        people = len(rated.annotators)
        many = len(tables) if tables is not None else people * (people - 1) // 2
        return LeftOut(field=name, breakdown="pair", keys=many, limit=MOST_PAIRS)
    found = cohen(tables, Weights(None, tables.values, tables.values))
    columns = {"percent": _settled(found.observed), "kappa": _settled(found.kappa)}
    names = [
        f"{rated.annotators[first]}{BETWEEN}{rated.annotators[second]}"
        for first, second in zip(tables.first.tolist(), tables.second.tolist(), strict=True)
    ]
    return [
        BreakdownRow(
            field=name, breakdown="pair", key=key, coefficient=column, value=values[row], low=None, high=None, units=units
        )
        for row, (key, units) in enumerate(zip(names, tables.units.tolist(), strict=True))
        for column, values in columns.items()
    ]  # fmt: skip


def _settled(values: Floats) -> list[float | None]:
    return [None if np.isnan(value) else round(value, DECIMALS) + 0.0 for value in values.tolist()]
