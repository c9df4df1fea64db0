"""A rule's result from its parts."""

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
    """A numeric parameter of the rule."""
    value = spec.parameters.get(parameter, default)
    assert isinstance(value, int | float), f"{spec.id} has no number {parameter}"
    return value
