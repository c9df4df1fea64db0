"""Spans: alpha over the elements of their text, with and without kinds; F1 between annotators; and alpha for unitizing.

Elements are tokens where the source is a list of them, else characters (code points). All who rated the unit rated each
element: with the kind of the span that covers it, or with "nothing". Where spans of several kinds overlap the value is
the set of their kinds, and sets are compared by MASI; "nothing", the empty set, is at distance 1 from any other. The
place of an element in its span (BIO) does not matter. Annotators who mark by chance come to 0 where every element is as
likely to be marked as any other; marks that cannot cross the ends of a text cover its middle more often, and alpha
counts that shared habit.

F1, exact and by overlap: Hripcsak, G. & Rothschild, A. S. (2005). Agreement, the F-measure, and reliability in
information retrieval. JAMIA 12, 296-298. Over all pairs of annotators of all units (micro), twice the spans that match by
all spans of both. A pair that marked nothing adds nothing; where nobody marked anything it is undefined.

Unitizing: Krippendorff, K. (2004). Measuring the Reliability of Qualitative Text Analysis Data. Quality & Quantity 38,
787-800; (2004) Content Analysis, 2nd ed., ch. 11.5. Of each kind, the observed disagreement sums over pairs of annotators
the squared differences of starts and ends of spans that intersect, and the squared length of a span in a gap of the
other; the expected one is that of the same spans at every place they could be. Alpha is 1 - (sum of Do) / (sum of De)
over kinds. The paper has one continuum that m annotators divide; here every unit is a continuum with its own annotators.
Disagreement within a unit is divided by its m - 1, a gap ends with its unit, and the length of all that was read replaces
m L. With one unit all figures are those of the paper. Spans of one kind and annotator that overlap count as one. It has
no zero on short continua, for the expected places are those of a continuum without ends: the headline is over elements.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.agreement.alpha import Alpha
from assay.agreement.coefficient import Sums, ratios, runs, sums, unmeasured
from assay.agreement.pairwise import Likeness
from assay.agreement.part_alpha import MOST_KINDS, Elements, Marked, Placed, alpha_over, elements_of, placed
from assay.agreement.sets import masi_alike
from assay.core import Floats, Ints, Patterns, Scale, Tally, Undefined, overlapping_pairs


@dataclass(frozen=True, slots=True)
class _Lengths:
    """How often the units of each pattern have a stretch of each of D lengths, as sums over units drawn: (R, P) to (R, D)."""

    lengths: Floats
    sums: Sums

    @classmethod
    def of(cls, pattern: Ints, length: Floats, counts: Floats | Ints) -> "_Lengths":
        distinct, code = np.unique(length, return_inverse=True)
        return cls(distinct, sums(pattern, code, counts.astype(np.float64), len(distinct)))

    @classmethod
    def of_gaps(cls, patterns: Patterns, rows: Placed, place: Floats) -> "_Lengths":
        """The stretches between an annotator's spans, those at both ends, and whole units without a span."""
        opens = np.concatenate([[True], rows.entry[1:] != rows.entry[:-1]])[: len(rows.entry)]
        closes = np.concatenate([rows.entry[1:] != rows.entry[:-1], [True]])[: len(rows.entry)]
        before = place[:, 0] - np.where(opens, 0.0, np.concatenate([[0.0], place[:-1, 1]])[: len(rows.entry)])
        after = (patterns.extent[rows.pattern] - place[:, 1])[closes]
        marked = np.bincount(rows.pattern[closes], weights=rows.counts[closes], minlength=len(patterns))
        empty = np.where(patterns.pairable, patterns.sizes - marked, 0)
        pattern = np.concatenate([rows.pattern, rows.pattern[closes], np.arange(len(patterns))])
        length = np.concatenate([before, after, patterns.extent])
        counts = np.concatenate([rows.counts, rows.counts[closes], empty])
        kept = (length > 0) & (counts > 0)
        return cls.of(pattern[kept], length[kept], counts[kept])


@dataclass(frozen=True, slots=True)
class _Kind:
    """Of one kind: its disagreement in units of each pattern (P,), its spans and the gaps between them."""

    observed: Floats
    spans: _Lengths
    gaps: _Lengths

    def expected(self, weights: Floats, read: Floats) -> Floats:
        """De times half the length of the continuum, (R,); nan where nothing is marked."""
        many, length = self.spans.sums(weights), self.spans.lengths
        number = many.sum(axis=1)
        # Of spans of length l against the N - 1 others, (N - 1) / 3 sum (2 l^3 - 3 l^2 + l); against gaps, sum l^2 times the
        # places in them; both over L (L - 1) - sum l (l - 1).
        own = many @ (2 * length**3 - 3 * length**2 + length)
        among = (number - 1) / 3 * own + ((many * length**2) * self._room(weights)).sum(axis=1)
        return ratios(among, read * (read - 1) - many @ (length * (length - 1)))

    def _room(self, weights: Floats) -> Floats:
        """In how many places of all gaps a span of each length could stand, (R, D)."""
        # A gap of length g has g - l + 1 places for a span of length l <= g: sums of g + 1 and of 1 over the longer gaps.
        gaps = self.gaps.sums(weights)
        places = np.cumsum((gaps * (self.gaps.lengths + 1))[:, ::-1], axis=1)[:, ::-1]
        number = np.cumsum(gaps[:, ::-1], axis=1)[:, ::-1]
        nothing = np.zeros((len(weights), 1))
        places, number = np.hstack([places, nothing]), np.hstack([number, nothing])
        at = np.searchsorted(self.gaps.lengths, self.spans.lengths)
        return np.asarray(places[:, at] - self.spans.lengths * number[:, at])


@dataclass(frozen=True, slots=True)
class AlphaU:
    """An estimator of alpha for unitizing over all kinds."""

    read: Floats
    kinds: tuple[_Kind, ...]

    def __call__(self, weights: Floats) -> Floats:
        """Alpha of units drawn, (R, P) to (R,)."""
        observed, expected = self.parts(weights)
        # 1 - the sum over kinds of Do over the sum over kinds of De.
        return 1 - ratios(observed, expected)

    def parts(self, weights: Floats) -> tuple[Floats, Floats]:
        """The sums of Do and of De, both times half the length of the continuum, (R,)."""
        read = weights @ self.read
        observed = sum((weights @ kind.observed for kind in self.kinds), np.zeros(len(weights)))
        expected = sum((np.nan_to_num(kind.expected(weights, read)) for kind in self.kinds), np.zeros(len(weights)))
        return observed / np.maximum(2 * read, 1), np.asarray(expected)


def alpha_u(tally: Tally) -> AlphaU | Undefined:
    """Alpha for unitizing of a field of spans whose source is known."""
    if reason := unmeasured(tally, Scale.SPANS):
        return reason
    if not tally.patterns.extent.any():
        return Undefined.NO_SOURCE
    spans = merged(elements_of(tally.values, Scale.SPANS))
    if not len(spans.kind):
        return Undefined.NO_VARIATION
    if len(spans.kinds) > MOST_KINDS:
        return Undefined.TOO_MANY_VALUES
    patterns = tally.patterns
    every = placed(patterns, spans)
    comparable = _some(every, patterns.pairable[every.pattern])
    read = np.where(patterns.pairable, patterns.sizes * patterns.extent, 0).astype(np.float64)
    kinds = []
    for kind in range(len(spans.kinds)):
        rows = _some(comparable, spans.kind[comparable.element] == kind)
        place = spans.place[rows.element]
        lengths = _Lengths.of(rows.pattern, place[:, 1] - place[:, 0], rows.counts)
        kinds.append(_Kind(_observed(patterns, rows, place), lengths, _Lengths.of_gaps(patterns, rows, place)))
    return AlphaU(read, tuple(kinds))


def merged(spans: Elements) -> Elements:
    """The spans with those of one value and kind that overlap made one; those that only touch stay two."""
    value = np.repeat(np.arange(len(spans.first) - 1), spans.numbers)
    if not len(value):
        return spans
    group = value * len(spans.kinds) + spans.kind
    start, end = spans.place[:, 0], spans.place[:, 1]
    far = group * (end.max() + 1)
    reach = np.concatenate([[-1.0], np.maximum.accumulate(end + far)[:-1]])
    opens = start + far >= reach
    opens[1:] |= group[1:] != group[:-1]
    at = np.flatnonzero(opens)
    place = np.column_stack([start[at], np.maximum.reduceat(end, at)])
    first = np.searchsorted(value[at], np.arange(len(spans.first)))
    return Elements(first=first, kind=spans.kind[at], kinds=spans.kinds, place=place)


def _some(rows: Placed, kept: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Placed:
    return Placed(
        entry=rows.entry[kept], pattern=rows.pattern[kept], element=rows.element[kept], counts=rows.counts[kept]
    )


def _observed(patterns: Patterns, rows: Placed, place: Floats) -> Floats:
    """The disagreement in a unit of each pattern, every pair of annotators counted in both orders."""
    one, other = overlapping_pairs(rows.pattern, place)
    apart = rows.entry[one] != rows.entry[other]
    one, other = one[apart], other[apart]
    # Two spans that overlap: (difference of starts)^2 + (difference of ends)^2. A span in another's gap: l^2.
    differ = ((place[one] - place[other]) ** 2).sum(axis=1) * rows.counts[one] * rows.counts[other]
    # How many other annotators have a span that overlaps each span, (X,).
    span, entry = np.concatenate([one, other]), np.concatenate([rows.entry[other], rows.entry[one]])
    counts = np.concatenate([rows.counts[other], rows.counts[one]])
    width = np.int64(rows.entry.max(initial=0)) + 1
    _, first = np.unique(span * width + entry, return_index=True)
    met = np.bincount(span[first], weights=counts[first], minlength=len(rows.entry)).astype(np.int64)
    alone = (patterns.sizes[rows.pattern] - rows.counts) - met
    length = place[:, 1] - place[:, 0]
    missed = length**2 * rows.counts * alone
    pattern, sums_of = np.concatenate([rows.pattern[one], rows.pattern]), np.concatenate([differ, missed])
    summed = np.bincount(pattern, weights=sums_of, minlength=len(patterns))
    # Both orders of each pair; over m - 1.
    return np.asarray(2 * summed / np.maximum(patterns.sizes - 1, 1))


def alpha_spans(tally: Tally) -> Alpha | Undefined:
    """Alpha over elements of a field of spans whose source is known."""
    return _over_elements(tally, lambda spans: spans)


def alpha_any(tally: Tally) -> Alpha | Undefined:
    """The same where an element is marked or not, whatever the kind."""
    return _over_elements(tally, lambda spans: replace(spans, kind=np.zeros_like(spans.kind), kinds=("",)))


def _over_elements(tally: Tally, kinds_of: Callable[[Elements], Elements]) -> Alpha | Undefined:
    if reason := unmeasured(tally, Scale.SPANS):
        return reason
    patterns = tally.patterns
    if not patterns.extent.any():
        return Undefined.NO_SOURCE
    spans = kinds_of(elements_of(tally.values, Scale.SPANS))
    marked = _marked(spans, placed(patterns, spans))
    return alpha_over(patterns, marked, patterns.extent.astype(np.float64)) if marked else Undefined.TOO_MANY_VALUES


def _marked(spans: Elements, rows: Placed) -> Marked | None:
    """Every stretch between two neighbouring ends of spans of a unit, and what covers it; None of too many sets."""
    place = spans.place[rows.element].astype(np.int64)
    width = np.int64(place.max(initial=0)) + 1
    # Stretches lie between two neighbouring ends of any span of the unit.
    edges, position = np.unique(rows.pattern[:, np.newaxis] * width + place, return_inverse=True)
    low, high = position.reshape(place.shape).T
    covered, inside = runs(high - low)
    stretch = low[covered] + inside
    wide, kinds = max(len(edges), 1), max(len(spans.kinds), 1)
    covers = np.unique((rows.entry[covered] * wide + stretch) * kinds + spans.kind[rows.element][covered])
    cell, kind = np.divmod(covers, kinds)
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
    """A code for each set of kinds; a set is a run of `kind`, ascending, from its `first` on, `many` long."""
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
    (spans, rows), patterns = found, tally.patterns
    _, same = np.unique(np.column_stack([spans.kind, spans.place]), axis=0, return_inverse=True)
    width = np.int64(same.max(initial=0)) + 1
    cells, position = np.unique(rows.pattern * width + same.ravel()[rows.element], return_inverse=True)
    holders = np.bincount(position, weights=rows.counts, minlength=len(cells))
    # In a unit of each pattern, the matching spans of all pairs of annotators, (P,).
    pairs = holders * (holders - 1) / 2
    matches = np.bincount(cells // width, weights=pairs, minlength=len(patterns)).astype(np.float64)
    return _f1(patterns, rows, matches)


def f1_overlap(tally: Tally) -> Likeness | Undefined:
    """Spans match that are of one kind and overlap, each with at most one other, as many as possible."""
    found = _read(tally)
    if isinstance(found, Undefined):
        return found
    (spans, rows), patterns = found, tally.patterns
    # Entries with equal values match whole; of the others, each pair is matched at its best.
    marked = np.bincount(rows.entry, minlength=len(patterns.codes)).astype(np.float64)
    matches = np.add.reduceat(patterns.counts * (patterns.counts - 1) / 2 * marked, patterns.starts[:-1])
    kind = rows.pattern * max(len(spans.kinds), 1) + spans.kind[rows.element]
    one, other = overlapping_pairs(kind, spans.place[rows.element])
    apart = rows.entry[one] != rows.entry[other]
    one, other = np.sort(np.column_stack([one[apart], other[apart]]), axis=1).T
    couples = rows.entry[one] * len(patterns.codes) + rows.entry[other]
    order = np.argsort(couples, kind="stable")
    bounds = np.flatnonzero(np.diff(couples[order], prepend=-1))
    for links in np.split(order, bounds[1:]) if len(order) else ():
        first, second = rows.entry[one[links[0]]], rows.entry[other[links[0]]]
        pairs = patterns.counts[first] * patterns.counts[second]
        matches[rows.pattern[one[links[0]]]] += pairs * _most(one[links], other[links])
    return _f1(patterns, rows, matches)


def _read(tally: Tally) -> tuple[Elements, Placed] | Undefined:
    if reason := unmeasured(tally, Scale.SPANS):
        return reason
    spans = elements_of(tally.values, Scale.SPANS)
    return spans, placed(tally.patterns, spans)


def _f1(patterns: Patterns, rows: Placed, matches: Floats) -> Likeness:
    """Twice the matches of all pairs of annotators, over the spans of both."""
    marked = np.bincount(rows.pattern, weights=rows.counts, minlength=len(patterns))
    both = np.where(patterns.pairable, marked * (patterns.sizes - 1), 0.0)
    twice = np.where(patterns.pairable, 2 * matches, 0.0)
    return Likeness(twice, both)


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
