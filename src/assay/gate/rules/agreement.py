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
from assay.gate import target
from assay.gate.rules.slices import flat_keys, judge_slices, reaches_bound, would_decide


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figure:
    """A coefficient and its rows, the units and groups it is based on, and whether all of them have the same value."""

    coefficient: Coefficient
    units: int
    same: bool
    groups: int | None = None
    fix: str = ""
    rows: tuple[BreakdownRow, ...] = ()


def judge_agreement(spec: RuleSpec[AgreementParameters], evidence: target.TaskEvidence) -> RuleResult:
    """Compares the interval (`test: low`) or the coefficient itself (`test: value`) with the bound.

    `test: low`: `pass` where the interval is above the bound, `fail` where it is below. `insufficient` where it includes
    the bound, where the coefficient is undefined or based on fewer than `min_units` units (or three), where all values are
    the same, and where the test needs an interval and there is none. For slices see `assay.gate.rules.slices`.

    Raises:
        ConfigError: the task has no such field, the field no such coefficient, or there is no such breakdown.
    """
    measured = evidence.agreement.measured
    about = target.target_of(spec, measured)
    field = measured[about.field]
    slices = evidence.slices.get(spec.subject, target.SliceRows())
    name = spec.parameters.coefficient
    of_field = tuple(one for one in COEFFICIENT_NAMES if field.coefficient(one) is not None)
    known = of_field if about.breakdown == target.OVERALL else slices.coefficients
    if known and name not in known:
        where = f", whose scale is {field.scale}," if about.breakdown == target.OVERALL else f" by {about.breakdown}"
        raise target.misread(
            spec,
            f"{name} of {about.field}{where} is not measured",
            f"{target.suggestion(name, known)}measured are {', '.join(known)}",
        )
    if about.sliced:
        return judge_slices(spec, about, field, slices.rows)
    least = spec.parameters.at_least
    if least is None:
        raise target.misread(spec, "no bound is stated", "write at_least: and a number")
    whole = about.breakdown == target.OVERALL
    figure = _whole(spec, field, slices.rows) if whole else _one_value(spec, about, field, slices.rows)
    found, outcome = figure.coefficient, Outcome.INSUFFICIENT
    if (
        found.value is not None
        and not figure.same
        and figure.units >= max(spec.parameters.min_units, target.FEWEST_UNITS)
    ):
        outcome = target.compare_with_bound(found.value, (found.low, found.high), least, test=spec.parameters.test)
    return target.judged(
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
        same=target.flat(field),
        groups=field.groups,
        rows=tuple(row for row in rows if row.coefficient == name),
    )


def _one_value(
    spec: RuleSpec[AgreementParameters], about: target.Target, field: FieldAgreement, rows: tuple[BreakdownRow, ...]
) -> _Figure:
    name, stated = spec.parameters.coefficient, str(about.key)
    key = target.key_among(stated, {row.key for row in rows})
    row = next((row for row in rows if row.key == key and row.coefficient == name), None)
    if row is None:
        fix = target.suggestion(stated, {row.key for row in rows}).strip()
        absent = Coefficient(value=None, reason=Undefined.NOT_GIVEN.value)
        return _Figure(coefficient=absent, units=field.units, same=False, fix=fix)
    same = key in flat_keys(field, rows)
    reason = target.NO_VARIATION if same else None if row.units else target.NO_PAIRABLE_UNITS
    value = row.value if target.defined(row.value) else None
    found = Coefficient(value=value, low=row.low, high=row.high, reason=reason)
    return _Figure(coefficient=found, units=row.units, same=same, groups=row.groups, rows=(row,))


def _measured(spec: RuleSpec[AgreementParameters], figure: _Figure, least: float) -> str:
    coefficient = figure.coefficient
    name, units = f"{spec.parameters.coefficient} of {spec.subject}", target.basis(figure.units, figure.groups)
    if coefficient.value is None:
        reason = coefficient.reason or "no reason was given"
        fix = f" ({figure.fix})" if figure.fix else ""
        return f"{name} is undefined on {units}: {target.REASONS.get(reason, reason)}{fix}"
    ends = target.format_interval(coefficient.low, coefficient.high, bound=least)
    return f"{name} is {target.format_number(coefficient.value, bound=least)}{ends} on {units}"


def _asked(spec: RuleSpec[AgreementParameters], figure: _Figure, least: float, outcome: Outcome) -> str:
    found, low = figure.coefficient, spec.parameters.test == "low"
    needed = max(spec.parameters.min_units, target.FEWEST_UNITS)
    asked = f"{'the lower end' if low else 'it'} must be at least {least:g}"
    missing = []
    if figure.units < needed:
        missing.append(f"{target.format_count(needed, 'unit')} are needed to decide")
    if found.value is not None and figure.same:
        missing.append(f"{target.REASONS[target.NO_VARIATION]}, so nothing shows that annotators distinguish values")
    if found.value is not None and low and found.low is None:
        few = figure.groups is not None and figure.groups < FEWEST_GROUPS
        missing.append(f"there is no interval{f' of fewer than {FEWEST_GROUPS} groups' if few else ''}")
    if missing:
        return f"{asked}, and {' and '.join(missing)}"
    if found.value is not None and outcome is Outcome.INSUFFICIENT:
        more = would_decide(figure.rows, reaches_bound(found.value, least))
        return f"{asked}, and the interval includes the bound{more and f': {more}'}"
    return asked
