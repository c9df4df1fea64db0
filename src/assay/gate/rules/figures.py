"""Numbers in the sentences of a verdict."""

DIGITS = 12


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


def _side(number: float, bound: float) -> int:
    return (number > bound) - (number < bound)
