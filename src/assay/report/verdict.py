"""A verdict for a person to read, and as findings for a forge."""

from collections.abc import Iterator

from assay.model.catalogue import page_of
from assay.model.finding import Finding, Location, Severity
from assay.model.verdict import CheckResult, Outcome, RuleResult, Verdict
from assay.report.plain import count, visible

_CHECKS = "gate/checks"


def verdict_text(verdict: Verdict) -> str:
    """What may happen, then every rule and check that did not pass, in sentences."""
    judged = f"{count(len(verdict.rules), 'rule')}, {count(len(verdict.checks), 'check')}"
    until = f"; waivers hold until {verdict.valid_until}" if verdict.valid_until else ""
    lines = [f"{result.outcome:<12} {visible(result.id)}: {visible(result.message)}" for result in _left(verdict)]
    return "\n".join([f"{verdict_line(verdict)}  ({judged}{until})", *lines])


def verdict_line(verdict: Verdict) -> str:
    """What may happen."""
    heads = [f"merge: {verdict.merge}", *(f"release {name}: {outcome}" for name, outcome in verdict.release.items())]
    return " · ".join(heads)


def verdict_findings(verdict: Verdict) -> Iterator[Finding]:
    """Every rule and check that did not pass, at the file that states it; what blocks nothing is a warning."""
    for result in _left(verdict):
        rule = _CHECKS if isinstance(result, CheckResult) else result.id
        page = page_of(rule)
        yield Finding(
            rule=rule,
            severity=Severity.ERROR if result.outcome.blocks else Severity.WARNING,
            message=f"{result.outcome}: {result.message}",
            hint=page.remedy if page else "",
            at=Location(path=_stated_in(result)),
            task="" if isinstance(result, CheckResult) else result.task,
        )


def _left(verdict: Verdict) -> list[RuleResult | CheckResult]:
    judgements: list[RuleResult | CheckResult] = [*verdict.rules, *verdict.checks]
    return [result for result in judgements if result.outcome is not Outcome.PASS]


def _stated_in(result: RuleResult | CheckResult) -> str:
    if isinstance(result, CheckResult):
        return result.id.partition("::")[0]
    return f"checks/{result.task or 'project'}.yaml"
