"""Where an alpha comes from: Krippendorff's (2011) coincidence matrix, Do, De, and the units that cost the most.

In a unit with m values, o(c, k) counts each pair of a c and a k as 1 / (m - 1); n_c is a row's sum, n that of all.
"""

from collections.abc import Sequence
from itertools import zip_longest
from math import frexp

import numpy as np

from assay.agreement.alpha import Alpha
from assay.agreement.coefficient import DECIMALS, MEASURED
from assay.agreement.estimate import estimates
from assay.agreement.influence import costliest
from assay.agreement.kinds import makers
from assay.agreement.sequences import of_elements
from assay.agreement.weights import categories
from assay.model.explained import Coincidences, CostlyUnit, Explanation, Said
from assay.model.json import Json
from assay.model.schema import Scale
from assay.model.values import canonical_text, value_text
from assay.table.counted import Counted
from assay.table.tally import Tally

MOST_VALUES = 12
"""A coincidence matrix shows the values given most often, up to this many."""


def explain(given: Counted) -> Explanation:
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


def _said(given: Counted, item: str) -> tuple[Said, ...]:
    rated = given.rated
    rows = np.flatnonzero(rated.unit == rated.units.index(item))
    codes = rated.codes[rows].tolist()
    texts = [value_text(rated.values[code], rated.field) for code in codes]
    if rated.field.scale is Scale.SEQUENCE:
        texts = _where_they_differ([rated.values[code] for code in codes])
    return tuple(
        Said(annotator=rated.annotators[who], value=text)
        for who, text in zip(rated.annotator[rows].tolist(), texts, strict=True)
    )


def _where_they_differ(sequences: Sequence[Json]) -> list[str]:
    """What each sequence has at the elements, counted from 1, to which not all give the same."""
    columns = enumerate(zip_longest(*(one if isinstance(one, list) else () for one in sequences)), start=1)
    apart = [(place, column) for place, column in columns if len(set(map(canonical_text, column))) > 1]
    return [", ".join(f"#{place} {column[row]}" for place, column in apart) for row in range(len(sequences))]
