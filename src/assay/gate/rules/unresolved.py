"""`unresolved`: how many tied votes may be left without a decision."""

from assay.gate.evidence import TaskEvidence
from assay.gate.rules.figures import counted, shown
from assay.gate.rules.result import bound, judged
from assay.model.verdict import Outcome, RuleResult, RuleSpec


def judge(spec: RuleSpec, evidence: TaskEvidence) -> RuleResult:
    """Holds the share of tied, undecided values against `at_most`; `insufficient` where nothing was voted on."""
    report, most = evidence.quality.unresolved, bound(spec, "at_most")
    if report.value is None:
        message = f"nothing was voted on or decided yet; the share of unresolved values must be at most {most:g}"
        return judged(spec, Outcome.INSUFFICIENT, message, value=None, threshold=most)
    message = (
        f"{report.unresolved:,} of {counted(report.cells, 'value')} are unresolved "
        f"({shown(report.value, bound=most)}); the share must be at most {most:g}"
    )
    outcome = Outcome.PASS if report.value <= most else Outcome.FAIL
    return judged(spec, outcome, message, value=report.value, threshold=most)
