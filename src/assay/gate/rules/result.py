"""A rule's result from its parts."""

from assay.gate.rules.subject import misread
from assay.model.verdict import Outcome, RuleResult, RuleSpec


def judged(
    spec: RuleSpec,
    outcome: Outcome,
    message: str,
    *,
    value: float | None,
    threshold: float,
    interval: tuple[float | None, float | None] = (None, None),
) -> RuleResult:
    """The result of `spec`: what was measured, the bound it was held against, and what came of it."""
    low, high = interval
    return RuleResult(
        id=spec.id,
        task=spec.task,
        at=spec.at,
        outcome=outcome,
        value=value,
        low=low,
        high=high,
        threshold=threshold,
        message=message,
    )


def bound(spec: RuleSpec, parameter: str, default: float | None = None) -> float:
    """A numeric parameter of the rule.

    Raises:
        ConfigError: the rule states none.
    """
    value = spec.parameters.get(parameter, default)
    if not isinstance(value, int | float):
        raise misread(spec, f"{parameter} is no number", f"write {parameter}: and a number")
    return value
