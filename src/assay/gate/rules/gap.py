"""No two slices may be further apart than a bound.

Each ordered pair of slices claims that the first is not further than the bound above the second (see
`assay.gate.rules.claims`), with the error sqrt(se1^2 + se2^2), se being the width of a bootstrap interval over 2 * 1.96.
All pairs are tested and not only the best slice against the others: the best was chosen for being high, and of many
equal slices it would seem to be ahead. Slices that share units or annotators (values, pairs, groups, `without` an
annotator) mostly vary together, so that the error is rather too large for them: fewer rules fail, and fewer pass.
"""

from collections.abc import Sequence
from math import isnan

import numpy as np

from assay.agreement.coefficient import DECIMALS
from assay.gate.rules.answers import HOW, Part, bounded, columns, measured, named, told
from assay.gate.rules.claims import Claims, standard_error, weighed
from assay.gate.rules.figures import counted, interval, shown
from assay.model.agreement import BreakdownRow
from assay.model.verdict import Outcome
from assay.quality.wilson import Z95

_OPEN = "not shown to be within it, nor beyond it"


def gap(rows: Sequence[BreakdownRow], most: float, test: str) -> Part:
    """Holds the pairs of slices that can be judged against the bound; `value` is the widest gap of those that decide."""
    asked = f"{'the upper end' if test == 'low' else 'it'} must be at most {most:g} between any two slices"
    if len(rows) < 2:
        said = f"{counted(len(rows), 'slice')} can be judged, and a gap is between 2; {asked}"
        return Part(outcome=Outcome.INSUFFICIENT, threshold=most, said=said)
    compared = _compared(rows, test)
    value, low, high = columns(compared)
    first, second = np.nonzero(~np.eye(len(compared), dtype=np.bool_))
    apart = np.round(value[first] - value[second], DECIMALS)
    errors = standard_error(low, high)
    error = np.hypot(errors[first], errors[second])
    claims = Claims(margin=most - apart, error=error, carried=apart + Z95 * error <= most)
    outcome, mask = weighed(claims, test=test)
    upward = (apart > 0) | ((apart == 0) & (first < second))
    order = [place for place in np.argsort(-apart, kind="stable") if mask[place] and upward[place]]
    pairs = [(compared[first[place]], compared[second[place]]) for place in order]
    widest, margin = float(apart[order[0]]), float(Z95 * error[order[0]])
    ends = (None, None) if isnan(margin) else (widest - margin, widest + margin)
    better, worse = (measured(row, bound=most) for row in pairs[0])
    figure = f"{shown(widest, bound=most)}{interval(*ends, bound=most)}"
    head = f"{better} and {worse} are {figure} apart, of {counted(len(rows), 'slice')}"
    said = "; ".join([head, asked, *_why(outcome, test, pairs)])
    return Part(outcome=outcome, threshold=most, said=said, value=widest, interval=ends)


def _compared(rows: Sequence[BreakdownRow], test: str) -> list[BreakdownRow]:
    """The slices to compare: those with an interval where one is asked for, and of the others the best and the worst."""
    sure = [row for row in rows if test == "low" and bounded(row)]
    others = sorted((row for row in rows if test != "low" or not bounded(row)), key=lambda row: row.value or 0)
    return [*sure, *(others if len(others) < 2 else (others[0], others[-1]))]


def _why(outcome: Outcome, test: str, pairs: Sequence[tuple[BreakdownRow, BreakdownRow]]) -> list[str]:
    names = [f"{named(better)} and {named(worse)}" for better, worse in pairs]
    if outcome is Outcome.FAIL:
        return [told("pair", f"{HOW[test]}further apart", names)]
    return [told("pair", _OPEN, names)] if outcome is Outcome.INSUFFICIENT else []
