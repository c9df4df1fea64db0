"""`project`: nothing is wrong with the project itself, whatever the rules of a task tolerate."""

from collections.abc import Sequence

from assay.gate.rules.figures import counted
from assay.model.finding import Finding, Severity
from assay.model.verdict import At, Outcome, RuleResult

KIND = "project"


def judge(findings: Sequence[Finding]) -> list[RuleResult]:
    """`project`, and `<task>/project` for what concerns one task, at merge; none of either where nothing is wrong.

    An error fails, a warning warns.
    """
    by_task: dict[str, list[Finding]] = {}
    for one in findings:
        by_task.setdefault(one.task, []).append(one)
    return [_judged(task, found) for task, found in sorted(by_task.items())]


def _judged(task: str, found: Sequence[Finding]) -> RuleResult:
    errors = [one for one in found if one.severity is Severity.ERROR]
    told = [f"{one.at}: {one.message}" for one in (errors or found)[:1]]
    rest = [f"{counted(len(found) - 1, 'more finding')}"] if len(found) > 1 else []
    return RuleResult(
        id=f"{task}/{KIND}" if task else KIND,
        task=task,
        at=At.MERGE,
        outcome=Outcome.FAIL if errors else Outcome.WARN,
        value=len(errors),
        low=None,
        high=None,
        threshold=0,
        message=f"{'; and '.join([*told, *rest])}; no error may be",
    )
