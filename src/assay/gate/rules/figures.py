"""Numbers in the sentences of a verdict."""

from math import ceil

DIGITS = 12
_MOST_TIMES = 30


def shown(number: float, *, bound: float) -> str:
    """The number with two digits, or with as many as it takes to stand on its own side of the bound."""
    side = _side(number, bound)
    texts = (f"{number:z.{digits}f}" for digits in range(2, DIGITS))
    return next((text for text in texts if _side(float(text), bound) == side), repr(number))


def counted(number: int, noun: str) -> str:
    """A count with its noun: `1 unit`, `72 units`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def interval(low: float | None, high: float | None, *, bound: float) -> str:
    """` (95% interval 0.75 to 0.90)`, or nothing where there is no interval."""
    if low is None or high is None:
        return ""
    return f" (95% interval {shown(low, bound=bound)} to {shown(high, bound=bound)})"


def deciding(number: int, noun: str, ends: tuple[float | None, float | None, float | None], *, bound: float) -> str:
    """How many of what a figure rests on would decide, for the width of an interval falls with the root of their number.

    `ends` are the value, and the lower and the upper end, between which the bound is.
    """
    value, low, high = (end or 0.0 for end in ends)
    away, width = abs(value - bound), (value - low) if value > bound else (high - value)
    if width > _MOST_TIMES * away:
        return f"it is too close to the bound for more {noun}s to decide"
    many = ceil(number * (width / away) ** 2)
    digits = 10 ** max(len(str(many)) - 2, 0)
    return f"about {ceil(many / digits) * digits:,} {noun}s like these would decide"


def _side(number: float, bound: float) -> int:
    return (number > bound) - (number < bound)
