"""`agreement`: how well annotators must agree on a field or attribute, on one of its values, or in every slice."""

from dataclasses import dataclass

from assay.agreement.interval import FEWEST_GROUPS
from assay.gate.evidence import Slices, TaskEvidence
from assay.gate.rules import slices
from assay.gate.rules.answers import (
    NO_PAIRABLE_UNITS,
    NO_VARIATION,
    REASONS,
    defined,
    flat,
    needed,
    reaching,
    would_decide,
)
from assay.gate.rules.figures import basis, counted, interval, shown
from assay.gate.rules.result import bound, held, judged
from assay.gate.rules.subject import OVERALL, Subject, key_among, misread, near, subject_of
from assay.model.agreement import COEFFICIENT_NAMES, BreakdownRow, Coefficient, FieldAgreement
from assay.model.verdict import Outcome, RuleResult, RuleSpec

_NOBODY = "not-given"
_REASONS = {**REASONS, _NOBODY: "it is not among the values that were measured"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """A coefficient and its row, the units and groups it rests on, and whether all of them show one and the same value."""

    coefficient: Coefficient
    units: int
    flat: bool
    groups: int | None = None
    hint: str = ""
    rows: tuple[BreakdownRow, ...] = ()


def judge(spec: RuleSpec, evidence: TaskEvidence) -> RuleResult:
    """Holds the interval (`test: low`) or the coefficient itself (`test: value`) against the bound.

    `test: low`: `pass` where the interval lies above the bound, `fail` where it lies below. `insufficient` where it holds the
    bound, where the coefficient is undefined, rests on fewer than `min_units` units (or three), where every value given
    is the same, and where there is no interval and one is asked for. Of slices see `assay.gate.rules.slices`.

    Raises:
        ConfigError: the task has no such field, the field no such coefficient, or there is no such breakdown.
    """
    measured = evidence.agreement.measured
    subject = subject_of(spec, measured)
    field = measured[subject.field]
    found = evidence.slices.get(spec.subject, Slices())
    _check_coefficient(spec, subject, field, found)
    if subject.sliced:
        return slices.judge(spec, subject, field, found.rows)
    answer = (
        _whole(spec, field, found.rows)
        if subject.breakdown == OVERALL
        else _one_value(spec, subject, field, found.rows)
    )
    return judged(
        spec,
        _outcome(spec, answer),
        f"{_measured(spec, answer)}; {_asked(spec, answer)}",
        value=answer.coefficient.value,
        threshold=bound(spec, "at_least"),
        interval=(answer.coefficient.low, answer.coefficient.high),
    )


def _check_coefficient(spec: RuleSpec, subject: Subject, field: FieldAgreement, found: Slices) -> None:
    name = str(spec.parameters["coefficient"])
    whole = tuple(one for one in COEFFICIENT_NAMES if field.coefficient(one) is not None)
    known = whole if subject.breakdown == OVERALL else found.coefficients
    if known and name not in known:
        where = f", whose scale is {field.scale}," if subject.breakdown == OVERALL else f" by {subject.breakdown}"
        raise misread(
            spec,
            f"{name} of {subject.field}{where} is not measured",
            f"{near(name, known)}measured are {', '.join(known)}",
        )


def _whole(spec: RuleSpec, field: FieldAgreement, rows: tuple[BreakdownRow, ...]) -> _Answer:
    name = str(spec.parameters["coefficient"])
    coefficient = field.coefficient(name)
    return _Answer(
        coefficient=coefficient or Coefficient(value=None, reason="scale-not-measured"),
        units=field.units,
        flat=flat(field),
        groups=field.groups,
        rows=tuple(row for row in rows if row.coefficient == name),
    )


def _one_value(spec: RuleSpec, subject: Subject, field: FieldAgreement, rows: tuple[BreakdownRow, ...]) -> _Answer:
    """The row of one value against the rest."""
    name = spec.parameters["coefficient"]
    key = key_among(str(subject.key), {row.key for row in rows})
    row = next((row for row in rows if row.key == key and row.coefficient == name), None)
    if row is None:
        hint = near(str(subject.key), {row.key for row in rows}).strip()
        return _Answer(coefficient=Coefficient(value=None, reason=_NOBODY), units=field.units, flat=False, hint=hint)
    same = key in slices.flat_keys(field, rows)
    reason = NO_VARIATION if same else None if row.units else NO_PAIRABLE_UNITS
    value = row.value if defined(row.value) else None
    found = Coefficient(value=value, low=row.low, high=row.high, reason=reason)
    return _Answer(coefficient=found, units=row.units, flat=same, groups=row.groups, rows=(row,))


def _outcome(spec: RuleSpec, answer: _Answer) -> Outcome:
    found, least = answer.coefficient, bound(spec, "at_least")
    if found.value is None or answer.flat or answer.units < needed(spec):
        return Outcome.INSUFFICIENT
    return held(found.value, (found.low, found.high), least, test=spec.parameters["test"])


def _measured(spec: RuleSpec, answer: _Answer) -> str:
    coefficient = answer.coefficient
    name, units = f"{spec.parameters['coefficient']} of {spec.subject}", basis(answer.units, answer.groups)
    if coefficient.value is None:
        reason = coefficient.reason or "no reason was given"
        hint = f" ({answer.hint})" if answer.hint else ""
        return f"{name} is undefined on {units}: {_REASONS.get(reason, reason)}{hint}"
    least = bound(spec, "at_least")
    ends = interval(coefficient.low, coefficient.high, bound=least)
    return f"{name} is {shown(coefficient.value, bound=least)}{ends} on {units}"


def _asked(spec: RuleSpec, answer: _Answer) -> str:
    found, least, low = answer.coefficient, bound(spec, "at_least"), spec.parameters["test"] == "low"
    asked = f"{'the lower end' if low else 'it'} must be at least {least:g}"
    missing = []
    if answer.units < needed(spec):
        missing.append(f"{counted(needed(spec), 'unit')} are needed to say so")
    if found.value is not None and answer.flat:
        missing.append(f"{REASONS[NO_VARIATION]}, so nothing shows that values are told apart")
    if found.value is not None and low and found.low is None:
        few = answer.groups is not None and answer.groups < FEWEST_GROUPS
        missing.append(f"there is no interval{f' of fewer than {FEWEST_GROUPS} groups' if few else ''}")
    if missing:
        return f"{asked}, and {' and '.join(missing)}"
    if found.value is not None and low and _outcome(spec, answer) is Outcome.INSUFFICIENT:
        more = would_decide(answer.rows, reaching(found.value, least))
        return (
            f"{asked}, and the labels show neither that the field reaches it nor that it is below{more and f': {more}'}"
        )
    return asked
