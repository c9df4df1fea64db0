"""F1 of spans between annotators, pairwise: exact, and by overlap.

Hripcsak, G. & Rothschild, A. S. (2005). Agreement, the F-measure, and reliability in information retrieval. JAMIA 12,
296-298: where what nobody marked cannot be counted, positive specific agreement is the F-measure. Over all pairs of
annotators of all units (micro), twice the spans that match by all spans of both. A pair that marked nothing adds
nothing; where nobody marked anything it is undefined.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from assay.agreement.coefficient import Undefined, obstacle
from assay.agreement.elements import Elements, Placed, elements_of, placed
from assay.agreement.likeness import Likeness
from assay.model.schema import Scale
from assay.table.columns import Floats, Ints
from assay.table.overlaps import overlapping
from assay.table.tally import Patterns, Tally


def f1_strict(tally: Tally) -> Likeness | Undefined:
    """Spans match that have the same start, end and kind."""
    found = _read(tally)
    if isinstance(found, Undefined):
        return found
    spans, rows = found
    return _estimator(tally.patterns, rows, exact_matches(tally.patterns, spans, rows))


def f1_overlap(tally: Tally) -> Likeness | Undefined:
    """Spans match that are of one kind and overlap, each with one other at most, as many as can be."""
    found = _read(tally)
    if isinstance(found, Undefined):
        return found
    spans, rows = found
    return _estimator(tally.patterns, rows, _overlap_matches(tally.patterns, spans, rows))


def exact_matches(patterns: Patterns, spans: Elements, rows: Placed) -> Floats:
    """In a unit of each pattern, the matching spans of all pairs of annotators, (P,)."""
    _, same = np.unique(np.column_stack([spans.kind, spans.place]), axis=0, return_inverse=True)
    width = np.int64(same.max(initial=0)) + 1
    cells, position = np.unique(rows.pattern * width + same.ravel()[rows.element], return_inverse=True)
    holders = np.bincount(position, weights=rows.counts, minlength=len(cells))
    pairs = holders * (holders - 1) / 2
    return np.bincount(cells // width, weights=pairs, minlength=len(patterns)).astype(np.float64)


def _read(tally: Tally) -> tuple[Elements, Placed] | Undefined:
    if tally.field.scale is not Scale.SPANS:
        return Undefined.SCALE_NOT_MEASURED
    if reason := obstacle(tally):
        return reason
    spans = elements_of(tally.values, Scale.SPANS)
    return spans, placed(tally.patterns, spans)


def _estimator(patterns: Patterns, rows: Placed, matches: Floats) -> Likeness:
    marked = np.bincount(rows.pattern, weights=rows.counts, minlength=len(patterns))
    both = np.where(patterns.pairable, marked * (patterns.sizes - 1), 0.0)
    twice = np.where(patterns.pairable, 2 * matches, 0.0)
    return Likeness(twice, both)


def _overlap_matches(patterns: Patterns, spans: Elements, rows: Placed) -> Floats:
    """The same by overlap: entries with equal values match whole; of the others, each pair is matched at its best."""
    marked = np.bincount(rows.entry, minlength=len(patterns.codes)).astype(np.float64)
    own = patterns.counts * (patterns.counts - 1) / 2 * marked
    found = np.add.reduceat(own, patterns.starts[:-1])
    one, other = overlapping(
        rows.pattern * max(len(spans.kinds), 1) + spans.kind[rows.element], spans.place[rows.element]
    )
    apart = rows.entry[one] != rows.entry[other]
    one, other = np.sort(np.column_stack([one[apart], other[apart]]), axis=1).T
    couples = rows.entry[one] * len(patterns.codes) + rows.entry[other]
    order = np.argsort(couples, kind="stable")
    bounds = np.flatnonzero(np.diff(couples[order], prepend=-1))
    for links in np.split(order, bounds[1:]) if len(order) else ():
        first, second = rows.entry[one[links[0]]], rows.entry[other[links[0]]]
        pairs = patterns.counts[first] * patterns.counts[second]
        found[rows.pattern[one[links[0]]]] += pairs * _most(one[links], other[links])
    return np.asarray(found)


def _most(one: Ints, other: Ints) -> int:
    """How many links can be chosen so that none share an end: augmenting paths (Kuhn 1955)."""
    if len(one) == 1:
        return 1
    links: dict[int, list[int]] = {}
    for left, right in zip(one.tolist(), other.tolist(), strict=True):
        links.setdefault(left, []).append(right)
    taken: dict[int, int] = {}
    return sum(_augment(left, links, taken, set()) for left in links)


def _augment(left: int, links: Mapping[int, Sequence[int]], taken: dict[int, int], seen: set[int]) -> bool:
    for right in links[left]:
        if right in seen:
            continue
        seen.add(right)
        if right not in taken or _augment(taken[right], links, taken, seen):
            taken[right] = left
            return True
    return False
