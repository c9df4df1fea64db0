"""A verdict for a person to read."""

from assay.model.verdict import CheckResult, Outcome, RuleResult, Verdict
from assay.report.plain import count, visible


def verdict_text(verdict: Verdict) -> str:
    """What may happen, then every rule and check that did not pass, in sentences."""
    heads = [f"merge: {verdict.merge}", *(f"release {name}: {outcome}" for name, outcome in verdict.release.items())]
    judged = f"{count(len(verdict.rules), 'rule')}, {count(len(verdict.checks), 'check')}"
    until = f"; waivers hold until {verdict.valid_until}" if verdict.valid_until else ""
    judgements: list[RuleResult | CheckResult] = [*verdict.rules, *verdict.checks]
    left = [result for result in judgements if result.outcome is not Outcome.PASS]
    lines = [f"{result.outcome:<12} {visible(result.id)}: {visible(result.message)}" for result in left]
    return "\n".join([f"{' · '.join(heads)}  ({judged}{until})", *lines])
