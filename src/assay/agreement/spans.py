"""Spans: Krippendorff's alpha over the elements of their text, with and without kinds, and F1 between annotators.

Elements are tokens where the source is a list of them, else characters (code points). Each element of each unit is
rated by everybody who rated the unit: with the kind of the span that covers it, and with "nothing" where none does.
Where spans of several kinds overlap the value is the set of their kinds, and sets are compared by MASI: single kinds
are the same or not, and "nothing", the empty set, is as far from any other as can be. Where an element stands in its
span (BIO) makes no difference. Stretches that are marked alike are summed as one.

Annotators who mark by chance come to 0 where every element is as likely to be marked as any other. Marks that cannot
cross the ends of a text cover its middle more often than its ends: annotators share that habit, and alpha counts it.

F1, exact and by overlap: Hripcsak, G. & Rothschild, A. S. (2005). Agreement, the F-measure, and reliability in
information retrieval. JAMIA 12, 296-298: where what nobody marked cannot be counted, positive specific agreement is
the F-measure. Over all pairs of annotators of all units (micro), twice the spans that match by all spans of both. A
pair that marked nothing adds nothing; where nobody marked anything it is undefined.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from assay.agreement.alpha import Alpha
from assay.agreement.coefficient import Undefined, obstacle
from assay.agreement.elements import Elements, Placed, elements_of, placed
from assay.agreement.pairwise_similarity import Likeness
from assay.agreement.part_alpha import Marked, alpha_over
from assay.agreement.sets import masi_alike
from assay.model.schema import Scale
from assay.table.columns import Floats, Ints
from assay.table.overlaps import overlapping
from assay.table.tally import Patterns, Tally


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
