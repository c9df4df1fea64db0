"""Which units were given the same values, found by counting where sorting would take ten times as long."""

from math import log2

import numpy as np

from assay.table.columns import Codes, Ints

_MOST_KEYS = 2**22
_KEYS_A_VALUE = 4


def grouped(item: Codes, items: int) -> tuple[Ints, Ints, Ints]:
    """The units among so many items: those with a row in `item` (N,), ascending, and how many rows each has, (U,).

    Last the position of each row's unit among them, (N,).
    """
    positions = item.astype(np.int64)
    sizes = np.bincount(positions, minlength=items)
    units = np.flatnonzero(sizes)
    if len(units) == items:
        return units, sizes, positions
    return units, sizes[units], (np.cumsum(sizes > 0) - 1)[positions]


def alike(unit: Ints, codes: Codes, sizes: Ints) -> tuple[Ints, Ints] | None:
    """The K distinct counts of values that units show, (K, V), and how many units show each, (K,).

    `unit` and `codes` (N,) have a row for each value, `sizes` (U,) how many values each unit has. A unit's counts are
    the digits of one number, in a base that no count reaches. None where such numbers are too many to be counted.
    """
    width, base = int(codes.max(initial=-1)) + 1, int(sizes.max(initial=0)) + 1
    if width * log2(base) > log2(min(_MOST_KEYS, _KEYS_A_VALUE * len(codes) + 1)):
        return None
    powers = base ** np.arange(width)
    if sizes.all() and bool((unit[1:] >= unit[:-1]).all()):
        numbers = np.add.reduceat(powers.astype(np.int32)[codes], np.cumsum(sizes) - sizes)
    else:
        numbers = np.bincount(unit, weights=powers.astype(np.float64)[codes], minlength=len(sizes)).astype(np.int64)
    shown = np.bincount(numbers)
    distinct = np.flatnonzero(shown)
    return distinct[:, np.newaxis] // powers % base, shown[distinct]
