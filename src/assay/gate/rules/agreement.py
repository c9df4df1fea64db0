"""`agreement`: how well annotators must agree on a field."""

from assay.errors import ConfigError
from assay.gate.evidence import TaskEvidence
from assay.gate.rules.figures import counted, interval, shown
from assay.gate.rules.result import bound, judged
from assay.model.agreement import AgreementReport, Coefficient, FieldAgreement
from assay.model.verdict import Outcome, RuleResult, RuleSpec

REASONS = {
    "no-variation": "every value given is the same",
    "no-pairable-units": "no item has two counting values",
    "scale-not-measured": "agreement on this scale is not measured",
    "non-numeric-value": "a value is no number",
    "negative-ratio-value": "a value is below the zero at which a ratio scale starts",
    "too-many-values": "there are too many distinct values",
}


def judge(spec: RuleSpec, evidence: TaskEvidence) -> RuleResult:
    """Holds the lower end of the interval (`test: low`) or the coefficient itself (`test: value`) against the bound.

    `insufficient` where the coefficient is undefined, rests on fewer than `min_units` units, or has no interval and
    the lower end is asked for.

    Raises:
        ConfigError: the task has no such field.
    """
    field = _field(spec, evidence.agreement)
    coefficient = _coefficient(spec, field)
    message = f"{_measured(spec, field, coefficient)}; {_asked(spec, field, coefficient)}"
    return judged(
        spec,
        _outcome(spec, field, coefficient),
        message,
        value=coefficient.value,
        threshold=bound(spec, "at_least"),
        interval=(coefficient.low, coefficient.high),
    )


def _field(spec: RuleSpec, report: AgreementReport) -> FieldAgreement:
    if spec.subject not in report.fields:
        raise ConfigError(
            f"{spec.source.path}:{spec.source.line} task {spec.task} has no field {spec.subject!r}",
            hint=f"fields of {spec.task}: {', '.join(report.fields) or 'none'}",
        )
    return report.fields[spec.subject]


def _coefficient(spec: RuleSpec, field: FieldAgreement) -> Coefficient:
    return {"alpha": field.alpha, "ac1": field.ac1, "percent": field.percent}[str(spec.parameters["coefficient"])]


def _tested(spec: RuleSpec, coefficient: Coefficient) -> float | None:
    return coefficient.low if spec.parameters["test"] == "low" else coefficient.value


def _outcome(spec: RuleSpec, field: FieldAgreement, coefficient: Coefficient) -> Outcome:
    tested = _tested(spec, coefficient)
    if coefficient.value is None or tested is None or field.units < bound(spec, "min_units"):
        return Outcome.INSUFFICIENT
    return Outcome.PASS if tested >= bound(spec, "at_least") else Outcome.FAIL


def _measured(spec: RuleSpec, field: FieldAgreement, coefficient: Coefficient) -> str:
    name, units = f"{spec.parameters['coefficient']} of {spec.subject}", counted(field.units, "unit")
    if coefficient.value is None:
        reason = coefficient.reason or "no reason was given"
        return f"{name} is undefined on {units}: {REASONS.get(reason, reason)}"
    least = bound(spec, "at_least")
    ends = interval(coefficient.low, coefficient.high, bound=least)
    return f"{name} is {shown(coefficient.value, bound=least)}{ends} on {units}"


def _asked(spec: RuleSpec, field: FieldAgreement, coefficient: Coefficient) -> str:
    tested = "the lower end" if spec.parameters["test"] == "low" else "it"
    asked = f"{tested} must be at least {bound(spec, 'at_least'):g}"
    if field.units < bound(spec, "min_units"):
        return f"{asked}, and {counted(int(bound(spec, 'min_units')), 'unit')} are needed to say so"
    if coefficient.value is not None and _tested(spec, coefficient) is None:
        return f"{asked}, and there is no interval"
    return asked
