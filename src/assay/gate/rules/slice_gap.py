"""No two slices may be further apart than a bound.

Each ordered pair of slices claims that the first is not further than the bound above the second (see
`assay.gate.rules.multiple_testing`). The limits of a difference are those of the two, squared and added (MOVER; Zou, G. Y. & Donner,
A. 2008, Statistics in Medicine 27, 1693-1702): the lower one lies sqrt((a - low of a)^2 + (high of b - b)^2) below
a - b. All pairs are tested and not only the best slice against the others: the best was chosen for being high, and of many
equal slices it would seem to be ahead. Slices that share units or annotators (values, pairs, groups, `without` an
annotator) mostly vary together, so that the error is rather too large for them: fewer rules fail, and fewer pass.
"""

from collections.abc import Sequence
from math import isnan

import numpy as np

from assay.agreement.coefficient import DECIMALS
from assay.agreement.interval import Ends
from assay.gate.rules.multiple_testing import (
    HOW,
    BoundResult,
    Claims,
    Limits,
    slice_columns,
    slice_ends,
    weighed,
    would_decide,
)
from assay.gate.rules.wording import (
    bounded,
    format_count,
    format_interval,
    format_list,
    format_measured,
    format_number,
    format_slice,
)
from assay.model.agreement import BreakdownRow
from assay.model.verdict import Outcome
from assay.table.columns import Floats, Ints, Mask

_MOST_COMPARED = 100
_HALVINGS = 40
_OPEN = "not shown to be within it, nor beyond it"


def gap(rows: Sequence[BreakdownRow], most: float, test: str) -> BoundResult:
    """Holds the pairs of slices that can be judged against the bound; `value` is the widest gap of those that decide."""
    asked = f"{'the upper end' if test == 'low' else 'it'} must be at most {most:g} between any two slices"
    if len(rows) < 2:
        said = f"{format_count(len(rows), 'slice')} can be judged, and a gap is between 2; {asked}"
        return BoundResult(outcome=Outcome.INSUFFICIENT, threshold=most, said=said)
    compared = _compared(rows, test)
    value, low, high = slice_columns(compared)
    first, second = np.nonzero(~np.eye(len(compared), dtype=np.bool_))
    apart = np.round(value[first] - value[second], DECIMALS)
    least = apart - np.hypot(value[first] - low[first], high[second] - value[second])
    greatest = apart + np.hypot(high[first] - value[first], value[second] - low[second])
    claims = Claims(
        margin=most - apart,
        p_value=p_values(value, slice_ends(compared), (first, second), most)
        if test == "low"
        else np.full_like(apart, np.nan),
        carried=greatest <= most,
        more=len(rows) * (len(rows) - 1) - len(first),
    )
    outcome, mask = weighed(claims, test=test)
    upward = (apart > 0) | ((apart == 0) & (first < second))
    order = [place for place in np.argsort(-apart, kind="stable") if mask[place] and upward[place]]
    pairs = [(compared[first[place]], compared[second[place]]) for place in order]
    widest, *limits = (float(side[order[0]]) for side in (apart, least, greatest))
    ends = (None, None) if any(map(isnan, limits)) else (limits[0], limits[1])
    upper, lower = (format_measured(row, bound=most) for row in pairs[0])
    figure = f"{format_number(widest, bound=most)}{format_interval(*ends, bound=most)}"
    head = f"{upper} and {lower} are {figure} apart, of {format_count(len(rows), 'slice')}"
    names, parts = [f"{format_slice(better)} and {format_slice(worse)}" for better, worse in pairs], [head, asked]
    if outcome is Outcome.FAIL:
        parts.append(format_list("pair", f"{HOW[test]}further apart", names))
    if outcome is Outcome.INSUFFICIENT:
        parts += [format_list("pair", _OPEN, names), _more(pairs[0], widest, most)]
    return BoundResult(
        outcome=outcome, threshold=most, said="; ".join(filter(None, parts)), value=widest, interval=ends
    )


def _compared(rows: Sequence[BreakdownRow], test: str) -> list[BreakdownRow]:
    """The slices to compare: the highest and the lowest of those with an interval where one is asked for, and of the others."""
    ordered = sorted(rows, key=lambda row: row.value or 0)
    sure = [row for row in ordered if test == "low" and bounded(row)]
    others = [row for row in ordered if test != "low" or not bounded(row)]
    return [
        *(sure if len(sure) <= _MOST_COMPARED else (*sure[: _MOST_COMPARED // 2], *sure[-_MOST_COMPARED // 2 :])),
        *(others if len(others) < 2 else (others[0], others[-1])),
    ]


def p_values(value: Floats, ends: Ends, pairs: tuple[Ints, Ints], most: float) -> Floats:
    """Of each pair the level at which the lower limit of its difference comes down to the bound, by bisection."""
    first, second = pairs
    inside, outside = np.zeros(len(first)), np.ones(len(first))
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        low = ends.some(first).limits(value[first], middle)[0]
        high = ends.some(second).limits(value[second], middle)[1]
        beyond = value[first] - value[second] - np.hypot(value[first] - low, high - value[second]) > most
        inside, outside = np.where(beyond, middle, inside), np.where(beyond, outside, middle)
    p_value = np.where(value[first] - value[second] > most, (1 - inside) / 2, 1.0)
    unknown = np.isnan(np.asarray(ends.low)[first] + np.asarray(ends.low)[second])
    return np.where(unknown, np.nan, p_value)


def _more(pair: tuple[BreakdownRow, BreakdownRow], apart: float, most: float) -> str:
    """About how many units of two slices together would show that their gap is within the bound, or beyond it."""
    better, worse = (float(row.value or 0.0) for row in pair)

    def decided(limits: Sequence[Limits]) -> Mask:
        (low, high), (below, above) = limits
        within = apart + np.hypot(high - better, worse - below) <= most
        beyond = apart - np.hypot(better - low, above - worse) > most
        return np.asarray(within if apart <= most else beyond)

    return would_decide(pair, decided, f" in {format_slice(pair[0])} and {format_slice(pair[1])} together")
