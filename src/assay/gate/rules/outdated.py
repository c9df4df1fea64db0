"""`outdated`: how many labels may have been made under a guideline that has changed for them since."""

from assay.gate.evidence import TaskEvidence
from assay.gate.rules.figures import counted, shown
from assay.gate.rules.result import bound, judged
from assay.model.quality import OutdatedReport
from assay.model.verdict import Outcome, RuleResult, RuleSpec


def judge(spec: RuleSpec, evidence: TaskEvidence) -> RuleResult:
    """Holds the share of outdated labels among the current ones against `at_most`; `insufficient` where there is none."""
    report, most = evidence.quality.outdated, bound(spec, "at_most")
    if report is None or report.value is None:
        message = f"0 labels are current; the share of outdated ones must be at most {most:g}"
        return judged(spec, Outcome.INSUFFICIENT, message, value=None, threshold=most)
    message = (
        f"{report.outdated:,} of {counted(report.annotations, 'current label')} are outdated "
        f"({shown(report.value, bound=most)}){_why(report)}; the share must be at most {most:g}"
    )
    outcome = Outcome.PASS if report.value <= most else Outcome.FAIL
    return judged(spec, outcome, message, value=report.value, threshold=most)


def _why(report: OutdatedReport) -> str:
    by = f", by version {' and '.join(report.changes)}" if report.changes else ""
    kept = sum(report.grandfathered.values())
    failed = [
        f"{version} ({shown(one.agreement, bound=one.bound)} of what was labelled again is as it was, at least {one.bound:g} must be)"
        if one.agreement is not None
        else f"{version} (nobody answered what was to be labelled again)"
        for version, one in report.samples.items()
        if not one.kept
    ]
    by += f", the sample failed of version {' and '.join(failed)}" if failed else ""
    return f"{by}, {kept:,} more are grandfathered" if kept else by
