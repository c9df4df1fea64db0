"""The rules on the guideline and what is made under it: `guideline`, `examples`, `approved` and `outdated`."""

from assay.gate.rules.target import TaskEvidence
from assay.gate.rules.wording import format_count, format_number, judged
from assay.model.gate_rules import ApprovedParameters, ExamplesParameters, GuidelineParameters, OutdatedParameters
from assay.model.quality import OutdatedReport
from assay.model.verdict import Outcome, RuleResult, RuleSpec


def judge_guideline(spec: RuleSpec[GuidelineParameters], evidence: TaskEvidence) -> RuleResult:
    """Passes where the guideline has no error, and no more warnings than `warnings_at_most` where that is said.

    `insufficient` where the report says nothing of the guideline.
    """
    report, warnings = evidence.quality.guideline, spec.parameters.warnings_at_most
    if report is None:
        message = "the guideline was not looked at; 0 errors may be in it; run the pipeline again"
        return judged(spec, Outcome.INSUFFICIENT, message, value=None, threshold=0)
    found = f"the guideline of {spec.task} has {format_count(report.errors, 'error')}"
    allowed = "none may be"
    if warnings is not None:
        found += f" and {format_count(report.warnings, 'warning')}"
        allowed = f"no error and at most {format_count(warnings, 'warning')} may be"
    passes = report.errors == 0 and (warnings is None or report.warnings <= warnings)
    outcome = Outcome.PASS if passes else Outcome.FAIL
    return judged(spec, outcome, f"{found}; {allowed}", value=report.errors, threshold=0)


def judge_examples(spec: RuleSpec[ExamplesParameters], evidence: TaskEvidence) -> RuleResult:
    """Holds what running the examples found against `errors_at_most` (none, where nothing is said).

    A guideline without an example is `insufficient`: where nothing ran, nothing was found to be right.
    """
    report, limit = evidence.quality.examples, spec.parameters.errors_at_most
    allowed = f"at most {format_count(limit, 'error')} may be"
    if report is None or report.run == 0:
        message = f"0 examples of the guideline of {spec.task} were run: there is nothing to judge yet; {allowed}"
        return judged(spec, Outcome.INSUFFICIENT, message, value=None, threshold=limit)
    outcome = Outcome.PASS if report.errors <= limit else Outcome.FAIL
    message = (
        f"{format_count(report.run, 'example')} ran, {report.wrong:,} of them wrong, with {format_count(report.errors, 'error')} "
        f"in all; {allowed}"
    )
    return judged(spec, outcome, message, value=report.errors, threshold=limit)


def judge_approved(spec: RuleSpec[ApprovedParameters], evidence: TaskEvidence) -> RuleResult:
    """Passes where no version is held, in the way that `checks/project.yaml` asks for.

    A signature counts everywhere, a record of the forge's review only where `approval: forge`. `insufficient` where no
    current label cites a version, or the report says nothing of approvals.
    """
    versions = evidence.quality.approved
    if not versions:
        message = f"0 guideline versions are cited by the labels of {spec.task}; every one cited must be approved"
        return judged(spec, Outcome.INSUFFICIENT, message, value=None, threshold=0)
    counted_as = {version: one.under(spec.parameters.way) for version, one in versions.items()}
    held = {version: one.reason or "held" for version, one in counted_as.items() if not one.approved}
    if held:
        said = "; ".join(f"{version}: {reason}" for version, reason in held.items())
        message = f"{format_count(len(held), 'guideline version')} of {len(versions)} not approved: {said}"
        return judged(spec, Outcome.FAIL, message, value=len(held), threshold=0)
    said = ", ".join(f"{version} by {' and '.join(one.by)} ({one.way})" for version, one in versions.items())
    message = f"{format_count(len(versions), 'guideline version')} cited, none held: {said}"
    return judged(spec, Outcome.PASS, message, value=0, threshold=0)


def judge_outdated(spec: RuleSpec[OutdatedParameters], evidence: TaskEvidence) -> RuleResult:
    """Holds the share of outdated labels among the current ones against `at_most`; `insufficient` where there is none."""
    report, most = evidence.quality.outdated, spec.parameters.at_most
    if report is None or report.value is None:
        message = f"0 labels are current; the share of outdated ones must be at most {most:g}"
        return judged(spec, Outcome.INSUFFICIENT, message, value=None, threshold=most)
    message = (
        f"{report.outdated:,} of {format_count(report.annotations, 'current label')} are outdated "
        f"({format_number(report.value, bound=most)}){_why_outdated(report)}; the share must be at most {most:g}"
    )
    outcome = Outcome.PASS if report.value <= most else Outcome.FAIL
    return judged(spec, outcome, message, value=report.value, threshold=most)


def _why_outdated(report: OutdatedReport) -> str:
    by = f", by version {' and '.join(report.changes)}" if report.changes else ""
    kept = sum(report.grandfathered.values())
    failed = [
        f"{version} ({format_number(one.agreement, bound=one.bound)} of what was labelled again is as it was, at least {one.bound:g} must be)"
        if one.agreement is not None
        else f"{version} (nobody answered what was to be labelled again)"
        for version, one in report.samples.items()
        if not one.kept
    ]
    by += f", the sample failed of version {' and '.join(failed)}" if failed else ""
    return f"{by}, {kept:,} more are grandfathered" if kept else by
