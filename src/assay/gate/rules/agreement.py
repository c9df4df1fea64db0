"""`agreement`: how well annotators must agree on a field or attribute, on one of its values, or in every slice."""

from dataclasses import dataclass

from assay.agreement import FEWEST_GROUPS
from assay.core import (
    COEFFICIENT_NAMES,
    AgreementParameters,
    BreakdownRow,
    Coefficient,
    FieldAgreement,
    Outcome,
    RuleResult,
    RuleSpec,
    Undefined,
)
from assay.gate.rules.slices import flat_keys, judge_slices, reaches_bound, would_decide
from assay.gate.target import (
    FEWEST_UNITS,
    NO_PAIRABLE_UNITS,
    NO_VARIATION,
    OVERALL,
    REASONS,
    SliceRows,
    Target,
    TaskEvidence,
    basis,
    compare_with_bound,
    defined,
    flat,
    format_count,
    format_interval,
    format_number,
    judged,
    key_among,
    misread,
    suggestion,
    target_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figure:
    """A coefficient and its rows, the units and groups it is based on, and whether all of them have the same value."""

    coefficient: Coefficient
    units: int
    flat: bool
    groups: int | None = None
    fix: str = ""
    rows: tuple[BreakdownRow, ...] = ()


def judge_agreement(spec: RuleSpec[AgreementParameters], evidence: TaskEvidence) -> RuleResult:
    """Compares the interval (`test: low`) or the coefficient itself (`test: value`) with the bound.

    `test: low`: `pass` where the interval is above the bound, `fail` where it is below. `insufficient` where it includes
    the bound, where the coefficient is undefined or based on fewer than `min_units` units (or three), where all values are
    the same, and where the test needs an interval and there is none. For slices see `assay.gate.rules.slices`.

    Raises:
        ConfigError: the task has no such field, the field no such coefficient, or there is no such breakdown.
    """
    measured = evidence.agreement.measured
    target = target_of(spec, measured)
    field = measured[target.field]
    slices = evidence.slices.get(spec.subject, SliceRows())
    name = spec.parameters.coefficient
    of_field = tuple(one for one in COEFFICIENT_NAMES if field.coefficient(one) is not None)
    known = of_field if target.breakdown == OVERALL else slices.coefficients
    if known and name not in known:
        where = f", whose scale is {field.scale}," if target.breakdown == OVERALL else f" by {target.breakdown}"
        raise misread(
            spec,
            f"{name} of {target.field}{where} is not measured",
            f"{suggestion(name, known)}measured are {', '.join(known)}",
        )
    if target.sliced:
        return judge_slices(spec, target, field, slices.rows)
    least = spec.parameters.at_least
    if least is None:
        raise misread(spec, "no bound is stated", "write at_least: and a number")
    whole = target.breakdown == OVERALL
    figure = _whole(spec, field, slices.rows) if whole else _one_value(spec, target, field, slices.rows)
    found, outcome = figure.coefficient, Outcome.INSUFFICIENT
    if found.value is not None and not figure.flat and figure.units >= max(spec.parameters.min_units, FEWEST_UNITS):
        outcome = compare_with_bound(found.value, (found.low, found.high), least, test=spec.parameters.test)
    return judged(
        spec,
        outcome,
        f"{_measured(spec, figure, least)}; {_asked(spec, figure, least, outcome)}",
        value=found.value,
        threshold=least,
        interval=(found.low, found.high),
    )


def _whole(spec: RuleSpec[AgreementParameters], field: FieldAgreement, rows: tuple[BreakdownRow, ...]) -> _Figure:
    name = spec.parameters.coefficient
    coefficient = field.coefficient(name)
    return _Figure(
        coefficient=coefficient or Coefficient(value=None, reason=Undefined.SCALE_NOT_MEASURED.value),
        units=field.units,
        flat=flat(field),
        groups=field.groups,
        rows=tuple(row for row in rows if row.coefficient == name),
    )


def _one_value(
    spec: RuleSpec[AgreementParameters], target: Target, field: FieldAgreement, rows: tuple[BreakdownRow, ...]
) -> _Figure:
    """The row of one value against the rest."""
    name, stated = spec.parameters.coefficient, str(target.key)
    key = key_among(stated, {row.key for row in rows})
    row = next((row for row in rows if row.key == key and row.coefficient == name), None)
    if row is None:
        fix = suggestion(stated, {row.key for row in rows}).strip()
        absent = Coefficient(value=None, reason=Undefined.NOT_GIVEN.value)
        return _Figure(coefficient=absent, units=field.units, flat=False, fix=fix)
    same = key in flat_keys(field, rows)
    reason = NO_VARIATION if same else None if row.units else NO_PAIRABLE_UNITS
    value = row.value if defined(row.value) else None
    found = Coefficient(value=value, low=row.low, high=row.high, reason=reason)
    return _Figure(coefficient=found, units=row.units, flat=same, groups=row.groups, rows=(row,))


def _measured(spec: RuleSpec[AgreementParameters], figure: _Figure, least: float) -> str:
    coefficient = figure.coefficient
    name, units = f"{spec.parameters.coefficient} of {spec.subject}", basis(figure.units, figure.groups)
    if coefficient.value is None:
        reason = coefficient.reason or "no reason was given"
        fix = f" ({figure.fix})" if figure.fix else ""
        return f"{name} is undefined on {units}: {REASONS.get(reason, reason)}{fix}"
    ends = format_interval(coefficient.low, coefficient.high, bound=least)
    return f"{name} is {format_number(coefficient.value, bound=least)}{ends} on {units}"


def _asked(spec: RuleSpec[AgreementParameters], figure: _Figure, least: float, outcome: Outcome) -> str:
    found, low = figure.coefficient, spec.parameters.test == "low"
    needed = max(spec.parameters.min_units, FEWEST_UNITS)
    asked = f"{'the lower end' if low else 'it'} must be at least {least:g}"
    missing = []
    if figure.units < needed:
        missing.append(f"{format_count(needed, 'unit')} are needed to decide")
    if found.value is not None and figure.flat:
        missing.append(f"{REASONS[NO_VARIATION]}, so nothing shows that annotators distinguish values")
    if found.value is not None and low and found.low is None:
        few = figure.groups is not None and figure.groups < FEWEST_GROUPS
        missing.append(f"there is no interval{f' of fewer than {FEWEST_GROUPS} groups' if few else ''}")
    if missing:
        return f"{asked}, and {' and '.join(missing)}"
    if found.value is not None and low and outcome is Outcome.INSUFFICIENT:
        more = would_decide(figure.rows, reaches_bound(found.value, least))
        return f"{asked}, and the interval includes the bound{more and f': {more}'}"
    return asked
