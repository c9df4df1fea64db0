"""Krippendorff's nominal alpha over the tokens (or characters) of a text that spans are marked in.

Each token of each unit is rated by everybody who rated the unit: with the kinds of the spans that cover it, as a set
where spans overlap, and with "nothing" where none does. Where a token stands in its span (BIO) makes no difference.
Stretches that are marked alike are summed as one.
"""

import numpy as np

from assay.agreement.alpha import Alpha
from assay.agreement.coefficient import Undefined, obstacle
from assay.agreement.elements import SPAN, Elements, Placed, elements_of, placed
from assay.agreement.marks import Marked, alpha_over
from assay.model.schema import Scale
from assay.table.columns import Ints
from assay.table.tally import Tally


def alpha_token(tally: Tally) -> Alpha | Undefined:
    """Alpha over tokens of a field of spans whose source is known."""
    if tally.field.scale is not Scale.SPANS:
        return Undefined.SCALE_NOT_MEASURED
    if reason := obstacle(tally):
        return reason
    patterns = tally.patterns
    if not patterns.extent.any():
        return Undefined.NO_SOURCE
    spans = elements_of(tally.values, SPAN)
    return alpha_over(patterns, _marked(spans, placed(patterns, spans)), patterns.extent.astype(np.float64))


def _marked(spans: Elements, rows: Placed) -> Marked:
    """Every stretch between two neighbouring ends of spans of a unit, and what covers it."""
    place = spans.place[rows.element].astype(np.int64)
    width = np.int64(place.max(initial=0)) + 1
    edges, position = np.unique(rows.pattern[:, np.newaxis] * width + place, return_inverse=True)
    low, high = position.reshape(place.shape).T
    steps = high - low
    covered = np.repeat(np.arange(len(low)), steps)
    stretch = low[covered] + np.arange(len(covered)) - (np.cumsum(steps) - steps)[covered]
    entry, part, mark = _sets(rows.entry[covered], stretch, spans.kind[rows.element][covered], len(spans.kinds))
    counts = np.zeros(int(rows.entry.max(initial=-1)) + 1)
    counts[rows.entry] = rows.counts
    pattern, at = np.divmod(edges, width)
    return Marked(
        pattern=pattern,
        weight=np.diff(at, append=0).astype(np.float64),
        part=part,
        mark=mark,
        counts=counts[entry],
    )


def _sets(entry: Ints, stretch: Ints, kind: Ints, kinds: int) -> tuple[Ints, Ints, Ints]:
    """Of every entry and stretch, a code for the set of kinds that cover it."""
    cells, position = np.unique(np.column_stack([entry, stretch]), axis=0, return_inverse=True)
    bits = np.zeros((len(cells), max(1, -(-kinds // 64))), dtype=np.uint64)
    np.bitwise_or.at(bits, (position.ravel(), kind // 64), np.uint64(1) << (kind % 64).astype(np.uint64))
    _, mark = np.unique(bits, axis=0, return_inverse=True)
    return cells[:, 0], cells[:, 1], mark.ravel()
