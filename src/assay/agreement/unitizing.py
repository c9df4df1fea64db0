"""Krippendorff's alpha for unitizing, on spans: do annotators mark the same stretches?

Krippendorff, K. (2004). Measuring the Reliability of Qualitative Text Analysis Data. Quality & Quantity 38, 787-800;
(2004) Content Analysis, 2nd ed., ch. 11.5. Of each kind of span, the observed disagreement sums over pairs of
annotators the squared differences of starts and ends of spans that intersect, and the squared length of a span that
lies in a gap of the other; the expected one is that of the same spans at every place they could stand. Over all kinds
alpha is 1 - (sum of Do) / (sum of De). The paper has one continuum that all m annotators divide; here every unit is a
continuum with annotators of its own. Disagreement within a unit is divided by its m - 1, a gap ends with its unit, and
the length of everything that anybody read takes the place of m L. With one unit all figures are those of the paper.

Spans of one kind that one annotator lets overlap count as one. Nobody's spans nowhere: undefined.

It says how far the ends of spans lie apart, and has no zero on short continua: the places that it expects a span at
are those of a continuum without ends, so that on texts a few times as long as their spans annotators who mark by chance
come to figures far from 0. The headline of a field is therefore `assay.agreement.spans`.
"""

from dataclasses import dataclass

import numpy as np

from assay.agreement.coefficient import Sums, Undefined, obstacle, ratios, sums
from assay.agreement.elements import MOST_KINDS, Elements, Placed, elements_of, placed
from assay.model.schema import Scale
from assay.table.columns import Floats, Ints
from assay.table.overlaps import overlapping
from assay.table.tally import Patterns, Tally


@dataclass(frozen=True, slots=True)
class _Lengths:
    """How often the units of each pattern have a stretch of each of D lengths, as sums over units drawn."""

    lengths: Floats
    sums: Sums

    def drawn(self, weights: Floats) -> Floats:
        """(R, P) to (R, D)."""
        return self.sums(weights)


@dataclass(frozen=True, slots=True)
class _Kind:
    """Of one kind: its disagreement in units of each pattern (P,), its spans and the gaps between them."""

    observed: Floats
    spans: _Lengths
    gaps: _Lengths

    def expected(self, weights: Floats, read: Floats) -> Floats:
        """De times half the length of the continuum, (R,); nan where nothing is marked."""
        many, length = self.spans.drawn(weights), self.spans.lengths
        number = many.sum(axis=1)
        # Of spans of length l against the N - 1 others, (N - 1) / 3 sum (2 l^3 - 3 l^2 + l); against gaps, sum l^2 times the
        # places in them; both over L (L - 1) - sum l (l - 1).
        own = many @ (2 * length**3 - 3 * length**2 + length)
        among = (number - 1) / 3 * own + ((many * length**2) * self._room(weights)).sum(axis=1)
        return ratios(among, read * (read - 1) - many @ (length * (length - 1)))

    def _room(self, weights: Floats) -> Floats:
        """In how many places of all gaps a span of each length could stand, (R, D)."""
        gaps = self.gaps.drawn(weights)
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
        return 1 - ratios(observed, expected)

    def parts(self, weights: Floats) -> tuple[Floats, Floats]:
        """The sums of Do and of De, both times half the length of the continuum, (R,)."""
        read = weights @ self.read
        observed = sum((weights @ kind.observed for kind in self.kinds), np.zeros(len(weights)))
        expected = sum((np.nan_to_num(kind.expected(weights, read)) for kind in self.kinds), np.zeros(len(weights)))
        return observed / np.maximum(2 * read, 1), np.asarray(expected)


def alpha_u(tally: Tally) -> AlphaU | Undefined:
    """Alpha for unitizing of a field of spans whose source is known."""
    if tally.field.scale is not Scale.SPANS:
        return Undefined.SCALE_NOT_MEASURED
    if reason := obstacle(tally):
        return reason
    if not tally.patterns.extent.any():
        return Undefined.NO_SOURCE
    spans = merged(elements_of(tally.values, Scale.SPANS))
    if not len(spans.kind):
        return Undefined.NO_VARIATION
    if len(spans.kinds) > MOST_KINDS:
        return Undefined.TOO_MANY_VALUES
    patterns = tally.patterns
    rows = _comparable(patterns, placed(patterns, spans))
    read = np.where(patterns.pairable, patterns.sizes * patterns.extent, 0).astype(np.float64)
    return AlphaU(read, tuple(_kind(patterns, spans, _of(rows, spans, kind)) for kind in range(len(spans.kinds))))


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


def _comparable(patterns: Patterns, rows: Placed) -> Placed:
    return _some(rows, patterns.pairable[rows.pattern])


def _of(rows: Placed, spans: Elements, kind: int) -> Placed:
    return _some(rows, spans.kind[rows.element] == kind)


def _some(rows: Placed, kept: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Placed:
    return Placed(
        entry=rows.entry[kept], pattern=rows.pattern[kept], element=rows.element[kept], counts=rows.counts[kept]
    )


def _kind(patterns: Patterns, spans: Elements, rows: Placed) -> _Kind:
    place = spans.place[rows.element]
    length = place[:, 1] - place[:, 0]
    return _Kind(
        observed=_observed(patterns, rows, place),
        spans=_lengths(rows.pattern, length, rows.counts),
        gaps=_gaps(patterns, rows, place),
    )


def _observed(patterns: Patterns, rows: Placed, place: Floats) -> Floats:
    """The disagreement in a unit of each pattern, every pair of annotators counted in both orders."""
    one, other = overlapping(rows.pattern, place)
    apart = rows.entry[one] != rows.entry[other]
    one, other = one[apart], other[apart]
    # Two spans that overlap: (difference of starts)^2 + (difference of ends)^2. A span in another's gap: l^2.
    differ = ((place[one] - place[other]) ** 2).sum(axis=1) * rows.counts[one] * rows.counts[other]
    alone = (patterns.sizes[rows.pattern] - rows.counts) - _met(rows, one, other)
    length = place[:, 1] - place[:, 0]
    missed = length**2 * rows.counts * alone
    pattern, sums_of = np.concatenate([rows.pattern[one], rows.pattern]), np.concatenate([differ, missed])
    summed = np.bincount(pattern, weights=sums_of, minlength=len(patterns))
    return np.asarray(2 * summed / np.maximum(patterns.sizes - 1, 1))


def _met(rows: Placed, one: Ints, other: Ints) -> Ints:
    """How many other annotators have a span that overlaps each span, (X,)."""
    span, entry = np.concatenate([one, other]), np.concatenate([rows.entry[other], rows.entry[one]])
    counts = np.concatenate([rows.counts[other], rows.counts[one]])
    width = np.int64(rows.entry.max(initial=0)) + 1
    _, first = np.unique(span * width + entry, return_index=True)
    return np.bincount(span[first], weights=counts[first], minlength=len(rows.entry)).astype(np.int64)


def _gaps(patterns: Patterns, rows: Placed, place: Floats) -> _Lengths:
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
    return _lengths(pattern[kept], length[kept], counts[kept])


def _lengths(pattern: Ints, length: Floats, counts: Floats | Ints) -> _Lengths:
    distinct, code = np.unique(length, return_inverse=True)
    return _Lengths(distinct, sums(pattern, code, counts.astype(np.float64), len(distinct)))
