"""How many units an interval of a wanted width takes."""

from math import ceil

from assay.model.agreement import Coefficient

WIDTH = 0.1
"""What is wanted unless something else is."""


def units_needed(found: Coefficient, units: int, wanted: float = WIDTH) -> dict[str, int] | None:
    """By wanted width, units * (width / wanted)², for units like those measured; None without an interval of a width.

    Efron, B. & Tibshirani, R. (1993). An Introduction to the Bootstrap, ch. 5-6: the standard error of a mean of n
    units falls with the root of n, and the width of an interval with it.
    """
    if found.low is None or found.high is None or found.high <= found.low:
        return None
    width = found.high - found.low
    return {f"{wanted:g}": ceil(round(units * (width / wanted) ** 2, 6))}
