"""Numbers in the sentences of a verdict."""

from math import ceil

DIGITS = 12


def shown(number: float, *, bound: float) -> str:
    """The number with two digits, or with as many as it takes to stand on its own side of the bound."""
    side = _side(number, bound)
    texts = (f"{number:z.{digits}f}" for digits in range(2, DIGITS))
    return next((text for text in texts if _side(float(text), bound) == side), repr(number))


def counted(number: int, noun: str) -> str:
    """A count with its noun: `1 unit`, `72 units`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def basis(units: int, groups: int | None) -> str:
    """What a figure rests on: `72 units`, or `12 groups (72 units)` where the units are in groups."""
    return counted(units, "unit") if groups is None else f"{counted(groups, 'group')} ({counted(units, 'unit')})"


def interval(low: float | None, high: float | None, *, bound: float) -> str:
    """` (95% interval 0.75 to 0.90)`, or nothing where there is no interval."""
    if low is None or high is None:
        return ""
    return f" (95% interval {shown(low, bound=bound)} to {shown(high, bound=bound)})"


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
