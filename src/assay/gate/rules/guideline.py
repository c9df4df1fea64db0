"""`guideline`: a guideline without a fault."""

from assay.gate.evidence import TaskEvidence
from assay.gate.rules.figures import counted
from assay.gate.rules.result import bound, judged
from assay.model.verdict import Outcome, RuleResult, RuleSpec


def judge(spec: RuleSpec, evidence: TaskEvidence) -> RuleResult:
    """Passes where the guideline has no error, and no more warnings than `warnings_at_most` where that is said.

    `insufficient` where the report says nothing of the guideline.
    """
    report = evidence.quality.guideline
    if report is None:
        message = "the guideline was not looked at; 0 errors may be in it; run the pipeline again"
        return judged(spec, Outcome.INSUFFICIENT, message, value=None, threshold=0)
    most = bound(spec, "warnings_at_most", report.warnings)
    found = f"the guideline of {spec.task} has {counted(report.errors, 'error')}"
    allowed = "none may be"
    if "warnings_at_most" in spec.parameters:
        found += f" and {counted(report.warnings, 'warning')}"
        allowed = f"no error and at most {counted(int(most), 'warning')} may be"
    outcome = Outcome.PASS if report.errors == 0 and report.warnings <= most else Outcome.FAIL
    return judged(spec, outcome, f"{found}; {allowed}", value=report.errors, threshold=0)
