"""Krippendorff's alpha over the elements of a text that spans are marked in, and whether anything is marked at all.

Elements are tokens where the source is a list of them, else characters (code points). Each element of each unit is
rated by everybody who rated the unit: with the kind of the span that covers it, and with "nothing" where none does.
Where spans of several kinds overlap the value is the set of their kinds, and sets are compared by MASI: single kinds
are the same or not, and "nothing", the empty set, is as far from any other as can be. Where an element stands in its
span (BIO) makes no difference. Stretches that are marked alike are summed as one.

Annotators who mark by chance come to 0 where every element is as likely to be marked as any other. Marks that cannot
cross the ends of a text cover its middle more often than its ends: annotators share that habit, and alpha counts it.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from assay.agreement.alpha import Alpha
from assay.agreement.coefficient import Undefined, obstacle
from assay.agreement.elements import Elements, Placed, elements_of, placed
from assay.agreement.marks import Marked, alpha_over
from assay.agreement.masi import masi_alike
from assay.model.schema import Scale
from assay.table.columns import Ints
from assay.table.tally import Tally


def alpha_spans(tally: Tally) -> Alpha | Undefined:
    """Alpha over elements of a field of spans whose source is known."""
    return _over_elements(tally, lambda spans: spans)


def alpha_any(tally: Tally) -> Alpha | Undefined:
    """The same where an element is marked or not, whatever the kind."""
    return _over_elements(tally, lambda spans: replace(spans, kind=np.zeros_like(spans.kind), kinds=("",)))


def _over_elements(tally: Tally, told: Callable[[Elements], Elements]) -> Alpha | Undefined:
    if tally.field.scale is not Scale.SPANS:
        return Undefined.SCALE_NOT_MEASURED
    if reason := obstacle(tally):
        return reason
    patterns = tally.patterns
    if not patterns.extent.any():
        return Undefined.NO_SOURCE
    spans = told(elements_of(tally.values, Scale.SPANS))
    marked = _marked(spans, placed(patterns, spans))
    return alpha_over(patterns, marked, patterns.extent.astype(np.float64)) if marked else Undefined.TOO_MANY_VALUES


def _marked(spans: Elements, rows: Placed) -> Marked | None:
    """Every stretch between two neighbouring ends of spans of a unit, and what covers it; None of too many sets."""
    place = spans.place[rows.element].astype(np.int64)
    width = np.int64(place.max(initial=0)) + 1
    edges, position = np.unique(rows.pattern[:, np.newaxis] * width + place, return_inverse=True)
    low, high = position.reshape(place.shape).T
    steps = high - low
    covered = np.repeat(np.arange(len(low)), steps)
    stretch = low[covered] + np.arange(len(covered)) - (np.cumsum(steps) - steps)[covered]
    wide, kinds = max(len(edges), 1), max(len(spans.kinds), 1)
    told = np.unique((rows.entry[covered] * wide + stretch) * kinds + spans.kind[rows.element][covered])
    cell, kind = np.divmod(told, kinds)
    first = np.flatnonzero(np.diff(cell, prepend=-1))
    many = np.diff(np.append(first, len(cell)))
    mark, alike = _sets(kind, first, many), None
    if (many > 1).any():
        own = np.unique(np.column_stack([kind, np.repeat(mark, many)]), axis=0)
        alike = masi_alike(own[:, 1], own[:, 0])
        if alike is None:
            return None
    entry, part = np.divmod(cell[first], wide)
    counts = np.zeros(int(rows.entry.max(initial=-1)) + 1)
    counts[rows.entry] = rows.counts
    pattern, at = np.divmod(edges, width)
    return Marked(
        pattern=pattern,
        weight=np.diff(at, append=0).astype(np.float64),
        part=part,
        mark=mark,
        counts=counts[entry],
        alike=alike,
    )


def _sets(kind: Ints, first: Ints, many: Ints) -> Ints:
    """A code for each set of kinds; a set stands as a row of `kind`, ascending, from its `first` on, `many` long."""
    _, code = np.unique(kind[first], return_inverse=True)
    for place in range(1, int(many.max(initial=0))):
        longer = np.flatnonzero(many > place)
        _, joined = np.unique(
            code[longer] * (np.int64(kind.max()) + 1) + kind[first[longer] + place], return_inverse=True
        )
        code[longer] = joined + int(code.max()) + 1
    return np.unique(code, return_inverse=True)[1]
