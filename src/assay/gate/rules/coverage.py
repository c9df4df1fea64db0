"""`coverage`: how many of the answers asked for must have been given."""

from assay.gate.evidence import TaskEvidence
from assay.gate.rules.figures import counted, shown
from assay.gate.rules.result import bound, judged
from assay.model.verdict import Outcome, RuleResult, RuleSpec


def judge(spec: RuleSpec, evidence: TaskEvidence) -> RuleResult:
    """Holds the share of answered assignments against `of_assigned`.

    `insufficient` where nothing was assigned, as in a task of imported labels alone: a share of nothing says nothing,
    and whoever lists the rule asked for it to be known.
    """
    report, least = evidence.quality.coverage, bound(spec, "of_assigned")
    if report.value is None:
        message = (
            f"nothing was assigned in a closed batch; the share of answers must be at least {least:g}, "
            f"so assign items or leave the rule out of {spec.source.path}"
        )
        return judged(spec, Outcome.INSUFFICIENT, message, value=None, threshold=least)
    message = (
        f"{report.answered:,} of {counted(report.assigned, 'assigned answer')} are given "
        f"({shown(report.value, bound=least)}); the share must be at least {least:g}"
    )
    outcome = Outcome.PASS if report.value >= least else Outcome.FAIL
    return judged(spec, outcome, message, value=report.value, threshold=least)
