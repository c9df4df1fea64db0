"""`agreement` by slices: a bound that every slice must reach, and a bound on the gap between any two.

A slice of fewer than `min_units` units cannot be judged, nor one whose coefficient is undefined or in which every value
is the same: they are named, and with one of them the rule is `insufficient` at best, for a slice of which nothing is
known does not reach a bound. The others are held against the bounds by `assay.gate.rules.every` and
`assay.gate.rules.gap`.
"""

from collections.abc import Sequence

from assay.gate.rules.answers import NO_VARIATION, defined, named, needed, told
from assay.gate.rules.every import at_least
from assay.gate.rules.gap import gap
from assay.gate.rules.result import bound, judged
from assay.gate.rules.subject import Subject
from assay.model.agreement import BreakdownRow, FieldAgreement
from assay.model.verdict import Outcome, RuleResult, RuleSpec

_BOUNDS = {"at_least": at_least, "gap_at_most": gap}
_WORSE = (Outcome.PASS, Outcome.INSUFFICIENT, Outcome.FAIL)


def judge(spec: RuleSpec, subject: Subject, field: FieldAgreement, rows: Sequence[BreakdownRow]) -> RuleResult:
    """Holds every slice against the bounds of the rule, of which the worst counts.

    `rows` are those of the rule's coefficient and of alpha. `value` is the slice, or the gap, that decides.
    """
    own = [row for row in rows if row.coefficient == spec.parameters["coefficient"]]
    small = [row for row in own if row.units < needed(spec)]
    large = [row for row in own if row.units >= needed(spec)]
    flat = flat_keys(field, rows)
    fit = [row for row in large if defined(row.value) and row.key not in flat]
    mute = [row for row in large if not defined(row.value) or row.key in flat]
    test = str(spec.parameters["test"])
    parts = [part(fit, bound(spec, key), test) for key, part in _BOUNDS.items() if key in spec.parameters]
    decisive = max(parts, key=lambda part: _WORSE.index(part.outcome))
    outcome = max((decisive.outcome, Outcome.INSUFFICIENT), key=_WORSE.index) if small or mute else decisive.outcome
    said = [*(part.said for part in parts), *_left_out(small, mute, needed(spec))]
    if not own:
        said.append(f"0 slices of {subject.field} were measured by {subject.breakdown}")
    return judged(
        spec,
        outcome,
        f"{spec.parameters['coefficient']} of {spec.subject}: {'; '.join(said)}",
        value=decisive.value,
        threshold=decisive.threshold,
        interval=decisive.interval,
    )


def flat_keys(field: FieldAgreement, rows: Sequence[BreakdownRow]) -> frozenset[str]:
    """The slices in which every value is the same: alpha, which the field's scale has, is undefined on their units."""
    if field.alpha.value is None and field.alpha.reason != NO_VARIATION:
        return frozenset()
    return frozenset(row.key for row in rows if row.coefficient == "alpha" and row.units and not defined(row.value))


def _left_out(small: Sequence[BreakdownRow], mute: Sequence[BreakdownRow], units: int) -> list[str]:
    said = []
    if small:
        how = f"too small to judge (fewer than {units:,} units)"
        said.append(told("slice", how, list(map(named, small)), known=0))
    if mute:
        said.append(told("slice", "undefined, or of one value only", list(map(named, mute)), known=0))
    return said
