"""`schema`: how many findings a task's label files may have."""

from assay.gate.evidence import TaskEvidence
from assay.gate.rules.figures import counted
from assay.gate.rules.result import bound, judged
from assay.model.quality import SchemaReport
from assay.model.verdict import Outcome, RuleResult, RuleSpec


def judge(spec: RuleSpec, evidence: TaskEvidence) -> RuleResult:
    """Holds errors (none, where nothing is said) and warnings (any number) against their bounds.

    A task without a record is `insufficient`: where nothing was checked, nothing was found to be right.
    """
    report = evidence.schema
    limit = bound(spec, "errors_at_most", 0)
    return judged(
        spec, _outcome(spec, report, limit), _message(spec, report, limit), value=report.errors, threshold=limit
    )


def _outcome(spec: RuleSpec, report: SchemaReport, limit: float) -> Outcome:
    if report.records == 0:
        return Outcome.INSUFFICIENT
    warnings = bound(spec, "warnings_at_most", report.warnings)
    return Outcome.PASS if report.errors <= limit and report.warnings <= warnings else Outcome.FAIL


def _message(spec: RuleSpec, report: SchemaReport, limit: float) -> str:
    found = f"{counted(report.records, 'record')} with {counted(report.errors, 'error')}"
    allowed = f"at most {counted(int(limit), 'error')} may be"
    if "warnings_at_most" in spec.parameters:
        warnings = int(bound(spec, "warnings_at_most"))
        found += f" and {counted(report.warnings, 'warning')}"
        allowed = f"at most {counted(int(limit), 'error')} and {counted(warnings, 'warning')} may be"
    if report.records == 0:
        return f"{spec.task} has {found}: there is nothing to judge yet; {allowed}"
    return f"{spec.task} has {found}; {allowed}"
