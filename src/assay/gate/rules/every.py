"""Every slice must reach a bound.

Each slice claims to (see `assay.gate.rules.claims`). The upper end of its interval refutes the claim at the level at
which it comes down to the bound, the lower end carries it, and where there is no interval nothing does either.
"""

from collections.abc import Sequence

import numpy as np

from assay.gate.rules.answers import HOW, Part, columns, ends_of, measured, named, reaching, told, would_decide
from assay.gate.rules.claims import Claims, weighed
from assay.gate.rules.figures import basis, counted
from assay.model.agreement import BreakdownRow
from assay.model.verdict import Outcome

_OPEN = "not shown to reach it, nor to be below it"


def at_least(rows: Sequence[BreakdownRow], least: float, test: str) -> Part:
    """Holds slices that can be judged against the bound; `value` is the worst of those that decide."""
    asked = f"{'the lower end' if test == 'low' else 'it'} must be at least {least:g} in every slice"
    if not rows:
        return Part(outcome=Outcome.INSUFFICIENT, threshold=least, said=f"0 slices can be judged; {asked}")
    value, low, _ = columns(rows)
    claims = Claims(margin=value - least, p_value=ends_of(rows).below(least), carried=low >= least)
    outcome, mask = weighed(claims, test=test)
    tested = low if test == "low" and outcome is not Outcome.FAIL else value
    deciding = [rows[place] for place in np.lexsort((value, tested)) if mask[place]]
    worst = deciding[0]
    head = f"{measured(worst, bound=least)} on {basis(worst.units, worst.groups)} is the worst of {counted(len(rows), 'slice')}"
    return Part(
        outcome=outcome,
        threshold=least,
        said="; ".join([head, asked, *_why(outcome, test, deciding, least)]),
        value=worst.value,
        interval=(worst.low, worst.high),
    )


def _why(outcome: Outcome, test: str, deciding: Sequence[BreakdownRow], least: float) -> list[str]:
    names = [measured(row, bound=least) for row in deciding]
    if outcome is Outcome.FAIL:
        return [told("slice", f"{HOW[test]}below it", names)]
    if outcome is not Outcome.INSUFFICIENT:
        return []
    return [told("slice", _OPEN, names) + _more(deciding[0], least)]


def _more(worst: BreakdownRow, least: float) -> str:
    more = would_decide([worst], reaching(worst.value or 0.0, least), f" in {named(worst)}")
    return f"; {more}" if more else ""
