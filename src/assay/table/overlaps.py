"""Which of many stretches overlap."""

import numpy as np

from assay.table.columns import Floats, Ints


def overlapping(group: Ints, place: Floats) -> tuple[Ints, Ints]:
    """All pairs of rows of one group whose stretches `place` (X, 2) share a point, each once, as positions of rows.

    Sorted by their starts, a row overlaps the one `lag` behind only if it overlaps one nearer: the search ends with
    the first lag at which nothing does.
    """
    order = np.lexsort((place[:, 0], group))
    groups, starts, ends = group[order], place[order, 0], place[order, 1]
    reach = _reach(groups, ends)
    first: list[Ints] = []
    second: list[Ints] = []
    for lag in range(1, len(order)):
        near = np.flatnonzero((groups[lag:] == groups[:-lag]) & (starts[lag:] < reach[:-lag]))
        if not len(near):
            break
        met = near[starts[near + lag] < ends[near]]
        first.append(order[met])
        second.append(order[met + lag])
    nothing = np.zeros(0, dtype=np.int64)
    return np.concatenate([nothing, *first]), np.concatenate([nothing, *second])


def _reach(groups: Ints, ends: Floats) -> Floats:
    """How far any stretch up to each row of a group reaches."""
    if not len(ends):
        return ends
    far = (groups - groups[0]) * (float(ends.max()) + 1)
    return np.asarray(np.maximum.accumulate(ends + far) - far)
