"""A rule's result: what comes of a figure, and the numbers and names in its sentence."""

from collections.abc import Sequence
from math import ceil, isnan
from typing import Any

from assay.gate.rules.target import ANNOTATOR
from assay.model.agreement import BreakdownRow, FieldAgreement, Undefined
from assay.model.names import clip
from assay.model.verdict import Outcome, RuleResult, RuleSpec

DIGITS = 12
FEWEST_UNITS = 3
"""What a rule needs at least, whatever it says of `min_units`: one or two units have no spread that could be drawn."""

REASONS = {reason.value: reason.said for reason in Undefined}
NO_VARIATION, NO_PAIRABLE_UNITS = Undefined.NO_VARIATION.value, Undefined.NO_PAIRABLE_UNITS.value

_NAMED = 5
_WIDTH = 40


def judged(
    spec: RuleSpec[Any],
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


def held(value: float, interval: tuple[float | None, float | None], least: float, *, test: str) -> Outcome:
    """What comes of a figure that must be at least `least`: of its interval, or (`test: value`) of itself.

    Of the interval: `pass` where it lies above, `fail` where below, else, or without one, `insufficient`.
    """
    if test == "value":
        return Outcome.PASS if value >= least else Outcome.FAIL
    low, high = interval
    if low is None or high is None or low < least <= high:
        return Outcome.INSUFFICIENT
    return Outcome.PASS if low >= least else Outcome.FAIL


def format_number(number: float, *, bound: float) -> str:
    """The number with two digits, or with as many as it takes to stand on its own side of the bound."""
    side = _side(number, bound)
    texts = (f"{number:z.{digits}f}" for digits in range(2, DIGITS))
    return next((text for text in texts if _side(float(text), bound) == side), repr(number))


def format_count(number: int, noun: str) -> str:
    """A count with its noun: `1 unit`, `72 units`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def basis(units: int, groups: int | None) -> str:
    """What a figure rests on: `72 units`, or `12 groups (72 units)` where the units are in groups."""
    return (
        format_count(units, "unit")
        if groups is None
        else f"{format_count(groups, 'group')} ({format_count(units, 'unit')})"
    )


def format_interval(low: float | None, high: float | None, *, bound: float) -> str:
    """` (95% interval 0.75 to 0.90)`, or nothing where there is no interval."""
    if low is None or high is None:
        return ""
    return f" (95% interval {format_number(low, bound=bound)} to {format_number(high, bound=bound)})"


def deciding(number: int, noun: str, times: float | None, *, where: str = "") -> str:
    """About how many of what a figure rests on would decide: so many times their number; None where no number of them would.

    `where` says in what they would be.
    """
    if times is None:
        return f"it is too close to the bound for more {noun}s{where} to decide"
    many = ceil(number * times)
    digits = 10 ** max(len(str(many)) - 2, 0)
    return f"about {ceil(many / digits) * digits:,} {noun}s like these{where} would decide"


def _side(number: float, bound: float) -> int:
    return (number > bound) - (number < bound)


def defined(number: float | None) -> bool:
    """Whether there is a number."""
    return number is not None and not isnan(number)


def bounded(row: BreakdownRow) -> bool:
    """Whether there is an interval."""
    return defined(row.low) and defined(row.high)


def flat(field: FieldAgreement) -> bool:
    """Whether every value given to the field is the same, so that no coefficient shows that values were told apart."""
    return field.alpha.value is None and field.alpha.reason == NO_VARIATION


def format_slice(row: BreakdownRow) -> str:
    """A slice's name, which anybody may have written: quoted, clipped, every character that could act spelled out."""
    key = repr(clip(row.key, _WIDTH))
    return f"without {key}" if row.breakdown == ANNOTATOR else key


def format_measured(row: BreakdownRow, *, bound: float) -> str:
    """`'de' 0.55 (95% interval 0.41 to 0.66)`."""
    ends = format_interval(row.low, row.high, bound=bound) if bounded(row) else " (no interval)"
    value = "no value" if row.value is None else format_number(row.value, bound=bound)
    return f"{format_slice(row)} {value}{ends}"


def format_list(noun: str, how: str, names: Sequence[str], *, known: int = 1) -> str:
    """`3 slices are thin: 'a', 'b', 'c'`: the first names, and how many more; none where no more than `known`."""
    head = f"{format_count(len(names), noun)} {'is' if len(names) == 1 else 'are'} {how}"
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return head if len(names) <= known else f"{head}: {', '.join(names[:_NAMED])}{more}"
