"""`unresolved`: of how many items something may be left undecided."""

from collections.abc import Mapping

from assay.gate.evidence import TaskEvidence
from assay.gate.rules.figures import counted, shown
from assay.gate.rules.result import bound, judged
from assay.gate.rules.subject import misread, near
from assay.model.schema import Scale
from assay.model.verdict import Outcome, RuleResult, RuleSpec

_WHY = {
    "waiting": "wait for a person after a migration",
    "tie": "tie",
    "apart": "have votes too far apart",
    "skipped": "have no answer",
    "required": "lack a required field",
    "refused": "have a label that the schema refuses",
}


def judge(spec: RuleSpec, evidence: TaskEvidence) -> RuleResult:
    """Holds the share of undecided items against `at_most`; `insufficient` where there is none to be decided.

    Raises:
        ConfigError: `spread` names what is no field of numbers.
    """
    require_numbers(spec, {name: field.scale for name, field in evidence.agreement.measured.items()})
    report, most = evidence.quality.unresolved, bound(spec, "at_most")
    if report.value is None:
        message = f"no item was asked of anybody or decided yet; the share of unresolved items must be at most {most:g}"
        return judged(spec, Outcome.INSUFFICIENT, message, value=None, threshold=most)
    why = ", ".join(f"{count:,} {_WHY.get(reason, reason)}" for reason, count in report.reasons.items())
    message = (
        f"{report.unresolved:,} of {counted(report.items, 'item')} are unresolved "
        f"({shown(report.value, bound=most)}){f': {why}' if why else ''}; the share must be at most {most:g}"
    )
    outcome = Outcome.PASS if report.value <= most else Outcome.FAIL
    return judged(spec, outcome, message, value=report.value, threshold=most)


def require_numbers(spec: RuleSpec, scales: Mapping[str, str]) -> None:
    """Refuses a `spread` of anything but a field or attribute, by its scale, of numbers.

    Raises:
        ConfigError: that is asked.
    """
    spread = spec.parameters.get("spread")
    for name in spread if isinstance(spread, dict) else ():
        if name not in scales:
            known = f"{near(name, scales)}fields of {spec.task}: {', '.join(scales) or 'none'}"
            raise misread(spec, f"task {spec.task} has no field {name!r}", known)
        if not Scale(scales[name]).numeric:
            raise misread(
                spec,
                f"{name} holds no numbers that could be far apart (its scale is {scales[name]})",
                "`spread` is of interval and ratio fields; on other scales nothing needs to be said",
            )
