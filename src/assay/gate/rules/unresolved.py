"""`unresolved`: of how many items something may be left undecided."""

from assay.gate.evidence import TaskEvidence
from assay.gate.rules.figures import counted, shown
from assay.gate.rules.result import bound, judged
from assay.model.verdict import Outcome, RuleResult, RuleSpec

_WHY = {
    "waiting": "wait for a person after a migration",
    "tie": "tie",
    "skipped": "have no answer",
    "required": "lack a required field",
    "refused": "have a label that the schema refuses",
}


def judge(spec: RuleSpec, evidence: TaskEvidence) -> RuleResult:
    """Holds the share of undecided items against `at_most`; `insufficient` where there is none to be decided."""
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
