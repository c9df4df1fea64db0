"""`examples`: the guideline's examples are right."""

from assay.gate.evidence import TaskEvidence
from assay.gate.rules.figures import counted
from assay.gate.rules.result import bound, judged
from assay.model.verdict import Outcome, RuleResult, RuleSpec


def judge(spec: RuleSpec, evidence: TaskEvidence) -> RuleResult:
    """Holds what running the examples found against `errors_at_most` (none, where nothing is said).

    A guideline without an example is `insufficient`: where nothing ran, nothing was found to be right.
    """
    report, limit = evidence.quality.examples, bound(spec, "errors_at_most", 0)
    allowed = f"at most {counted(int(limit), 'error')} may be"
    if report is None or report.run == 0:
        message = f"0 examples of the guideline of {spec.task} were run: there is nothing to judge yet; {allowed}"
        return judged(spec, Outcome.INSUFFICIENT, message, value=None, threshold=limit)
    outcome = Outcome.PASS if report.errors <= limit else Outcome.FAIL
    message = (
        f"{counted(report.run, 'example')} ran, {report.wrong:,} of them wrong, with {counted(report.errors, 'error')} "
        f"in all; {allowed}"
    )
    return judged(spec, outcome, message, value=report.errors, threshold=limit)
