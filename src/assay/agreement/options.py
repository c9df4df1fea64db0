"""What else a notebook may say to the functions of `assay.agreement`: numbers that mean something, or an error."""

from collections.abc import Iterable
from math import isfinite
from typing import Any

import numpy as np

from assay.agreement.cells import short
from assay.errors import UsageError

MOST = 2**53
"""Beyond it a number cannot be told from the next one."""


def whole_option(name: str, value: Any, least: int) -> int:
    """A whole number from `least` on.

    Raises:
        UsageError: it is another thing.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise UsageError(f"{name}={short(value)} cannot be used", hint=f"{name} is a whole number, {least} or more")
    return int(value)


def number_option(name: str, value: Any, *, above: bool = False) -> float:
    """A finite number from 0 on that floats tell from its neighbours; with `above`, one that is not 0.

    Raises:
        UsageError: it is another thing.
    """
    plain = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not plain or not isfinite(value) or not 0 <= value <= MOST or (above and value == 0):
        hint = f"{name} is a number, {'above 0' if above else '0 or more'}, and at most {MOST:,}"
        raise UsageError(f"{name}={short(value)} cannot be used", hint=hint)
    return float(value)


def hold_apart(columns: Iterable[tuple[str, str | None]]) -> None:
    """Refuses one column in two roles, given as the name of the role and of the column (None: none).

    Raises:
        UsageError: a column has two of these roles.
    """
    known: dict[str, str] = {}
    for role, column in columns:
        if column is not None and known.setdefault(column, role) != role:
            raise UsageError(
                f"{known[column]}= and {role}= both name the column {column!r}", hint="each names a column of its own"
            )
