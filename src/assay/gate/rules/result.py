"""A rule's result from its parts."""

from assay.gate.rules.subject import misread
from assay.model.json import Json
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


def held(value: float, interval: tuple[float | None, float | None], least: float, *, test: Json) -> Outcome:
    """What comes of a figure that must be at least `least`: of its interval, or (`test: value`) of itself.

    Of the interval: `pass` where it lies above, `fail` where below, else, or without one, `insufficient`.
    """
    if test == "value":
        return Outcome.PASS if value >= least else Outcome.FAIL
    low, high = interval
    if low is None or high is None or low < least <= high:
        return Outcome.INSUFFICIENT
    return Outcome.PASS if low >= least else Outcome.FAIL


def bound(spec: RuleSpec, parameter: str, default: float | None = None) -> float:
    """A numeric parameter of the rule.

    Raises:
        ConfigError: the rule states none.
    """
    value = spec.parameters.get(parameter, default)
    if not isinstance(value, int | float):
        raise misread(spec, f"{parameter} is no number", f"write {parameter}: and a number")
    return value
