"""`agreement` by slices: a bound that every slice must reach, and a bound on the gap between any two.

A slice of fewer than `min_units` units cannot be judged, nor one whose coefficient is undefined or in which every value
is the same: they are named, and with one of them the rule is `insufficient` at best, for a slice of which nothing is
known does not reach a bound. Each of the others claims to reach the bound (see `assay.gate.rules.multiple_testing`): the
upper end of its interval refutes the claim at the level at which it comes down to the bound, the lower end carries it,
and where there is no interval nothing does either.
"""

from collections.abc import Sequence

import numpy as np

from assay.gate.rules.multiple_testing import (
    HOW,
    BoundResult,
    Claims,
    reaching,
    slice_columns,
    slice_ends,
    weighed,
    would_decide,
)
from assay.gate.rules.slice_gap import gap
from assay.gate.rules.target import Target
from assay.gate.rules.wording import (
    FEWEST_UNITS,
    NO_VARIATION,
    basis,
    defined,
    format_count,
    format_list,
    format_measured,
    format_slice,
    judged,
)
from assay.model.agreement import BreakdownRow, FieldAgreement
from assay.model.gate_rules import AgreementParameters
from assay.model.verdict import Outcome, RuleResult, RuleSpec

_WORSE = (Outcome.PASS, Outcome.INSUFFICIENT, Outcome.FAIL)
_OPEN = "not shown to reach it, nor to be below it"


def judge_slices(
    spec: RuleSpec[AgreementParameters], target: Target, field: FieldAgreement, rows: Sequence[BreakdownRow]
) -> RuleResult:
    """Holds every slice against the bounds of the rule, of which the worst counts.

    `rows` are those of the rule's coefficient and of alpha. `value` is the slice, or the gap, that decides.
    """
    stated, needed = spec.parameters, max(spec.parameters.min_units, FEWEST_UNITS)
    own = [row for row in rows if row.coefficient == stated.coefficient]
    small = [row for row in own if row.units < needed]
    large = [row for row in own if row.units >= needed]
    flat = flat_keys(field, rows)
    fit = [row for row in large if defined(row.value) and row.key not in flat]
    undefined = [row for row in large if not defined(row.value) or row.key in flat]
    parts = [] if stated.at_least is None else [at_least(fit, stated.at_least, stated.test)]
    parts += [] if stated.gap_at_most is None else [gap(fit, stated.gap_at_most, stated.test)]
    decisive = max(parts, key=lambda part: _WORSE.index(part.outcome))
    outcome = (
        max((decisive.outcome, Outcome.INSUFFICIENT), key=_WORSE.index) if small or undefined else decisive.outcome
    )
    said = [*(part.said for part in parts), *_left_out(small, undefined, needed)]
    if not own:
        said.append(f"0 slices of {target.field} were measured by {target.breakdown}")
    return judged(
        spec,
        outcome,
        f"{stated.coefficient} of {spec.subject}: {'; '.join(said)}",
        value=decisive.value,
        threshold=decisive.threshold,
        interval=decisive.interval,
    )


def flat_keys(field: FieldAgreement, rows: Sequence[BreakdownRow]) -> frozenset[str]:
    """The slices in which every value is the same: alpha, which the field's scale has, is undefined on their units."""
    if field.alpha.value is None and field.alpha.reason != NO_VARIATION:
        return frozenset()
    return frozenset(row.key for row in rows if row.coefficient == "alpha" and row.units and not defined(row.value))


def _left_out(small: Sequence[BreakdownRow], undefined: Sequence[BreakdownRow], units: int) -> list[str]:
    said = []
    if small:
        how = f"too small to judge (fewer than {units:,} units)"
        said.append(format_list("slice", how, list(map(format_slice, small)), known=0))
    if undefined:
        said.append(
            format_list("slice", "undefined, or of one value only", list(map(format_slice, undefined)), known=0)
        )
    return said


def at_least(rows: Sequence[BreakdownRow], least: float, test: str) -> BoundResult:
    """Holds slices that can be judged against the bound; `value` is the worst of those that decide."""
    asked = f"{'the lower end' if test == 'low' else 'it'} must be at least {least:g} in every slice"
    if not rows:
        return BoundResult(outcome=Outcome.INSUFFICIENT, threshold=least, said=f"0 slices can be judged; {asked}")
    value, low, _ = slice_columns(rows)
    claims = Claims(margin=value - least, p_value=slice_ends(rows).below(least), carried=low >= least)
    outcome, mask = weighed(claims, test=test)
    tested = low if test == "low" and outcome is not Outcome.FAIL else value
    deciding = [rows[place] for place in np.lexsort((value, tested)) if mask[place]]
    worst = deciding[0]
    head = f"{format_measured(worst, bound=least)} on {basis(worst.units, worst.groups)} is the worst of {format_count(len(rows), 'slice')}"
    return BoundResult(
        outcome=outcome,
        threshold=least,
        said="; ".join([head, asked, *_why(outcome, test, deciding, least)]),
        value=worst.value,
        interval=(worst.low, worst.high),
    )


def _why(outcome: Outcome, test: str, deciding: Sequence[BreakdownRow], least: float) -> list[str]:
    names = [format_measured(row, bound=least) for row in deciding]
    if outcome is Outcome.FAIL:
        return [format_list("slice", f"{HOW[test]}below it", names)]
    if outcome is not Outcome.INSUFFICIENT:
        return []
    worst = deciding[0]
    more = would_decide([worst], reaching(worst.value or 0.0, least), f" in {format_slice(worst)}")
    return [format_list("slice", _OPEN, names) + (f"; {more}" if more else "")]
