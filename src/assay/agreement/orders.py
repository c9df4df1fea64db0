"""Rankings (Kendall) and sequences, compared element by element.

Kendall, M. G. (1945). The treatment of ties in ranking problems. Biometrika 33: tau-b of two rankings is the number of
pairs of options in the same order less that in opposite order, over the root of the pairs that the one and the other do
not tie. The mean is over all pairs of annotators of all units, each on the options that both rank; it is undefined where
a ranking ties everything. Chance alone gives 0.

Kendall, M. G. & Babington Smith, B. (1939). The problem of m rankings: W is the variance of the sums of ranks over the
largest that m rankings could have, with ties 12 S / (m^2 (n^3 - n) - m sum T), T being the sum of t^3 - t over the
groups of t tied options. The mean is over units. Chance alone gives 1 / m; undefined where a rank is missing.

A sequence has a value for each element of its source, such as a tag for each token. All who rated the unit rated each
element, and two values of it are the same or not: Krippendorff's nominal alpha, with elements as the units of his paper.
The elements of one unit are not independent, so intervals are over whole units.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assay import core
from assay.agreement.alpha import Alpha
from assay.agreement.coefficient import runs, unmeasured
from assay.agreement.pairwise import Likeness, couples
from assay.agreement.part_alpha import Marked, alpha_over, with_values
from assay.core import Field, Floats, Ints, Json, Mask, Patterns, Scale, Tally, Undefined

_CELLS = 2**22
_MOST_CELLS = 2**26


@dataclass(frozen=True, slots=True)
class _Ranks:
    """The rank of each of N options in each of V values, (V, N); 0 where the value does not rank it."""

    ranks: Floats

    @property
    def named(self) -> Mask:
        """Which options a value ranks, (V, N)."""
        return np.asarray(self.ranks > 0)

    @property
    def ties(self) -> Floats:
        """The sum over a value's groups of t tied options of t^3 - t, (V,)."""
        # t of each option: how many options share its rank; the sum of t^2 - 1 over options is that of t^3 - t over groups.
        at_one = (self.ranks[:, :, np.newaxis] == self.ranks[:, np.newaxis]) & self.named[:, np.newaxis]
        size = at_one.sum(axis=2, dtype=np.float64)
        return np.asarray(((size**2 - 1) * self.named).sum(axis=1))

    def pairs(self) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        """Of every two options how each value orders them (1, -1; 0 tied), and whether it ranks both, (V, N(N-1)/2)."""
        one, other = np.triu_indices(self.ranks.shape[1], k=1)
        both = (self.named[:, one] & self.named[:, other]).astype(np.int8)
        return np.sign(self.ranks[:, other] - self.ranks[:, one]).astype(np.int8) * both, both

    def tau(self, codes: Ints) -> Iterator[Floats]:
        """Tau-b of values given by two codes, (K, 2); nan where it is undefined; some at a time."""
        orders, both = self.pairs()
        step = max(1, _CELLS // max(orders.shape[1], 1))
        for start in range(0, len(codes), step):
            one, other = codes[start : start + step].T
            agree = (orders[one] * orders[other]).sum(axis=1, dtype=np.int64)
            first = (np.abs(orders[one]) * both[other]).sum(axis=1, dtype=np.int64)
            second = (np.abs(orders[other]) * both[one]).sum(axis=1, dtype=np.int64)
            # tau_b = (concordant - discordant) / sqrt(pairs not tied in the one times those not tied in the other).
            scale = np.sqrt(first * second)
            yield np.divide(agree, scale, out=np.full(len(one), np.nan), where=scale > 0)


def tau_b(tally: Tally) -> Likeness | Undefined:
    """The mean tau-b of all pairs of annotators."""
    found = _read(tally)
    if isinstance(found, Undefined):
        return found
    patterns = tally.patterns
    one, other, many = couples(patterns)
    same = np.arange(len(patterns.codes))
    left, right = np.concatenate([one, same]), np.concatenate([other, same])
    pairs = np.concatenate([many, patterns.counts * (patterns.counts - 1) // 2])
    codes = np.column_stack([patterns.codes[left], patterns.codes[right]])
    distinct, place = np.unique(codes, axis=0, return_inverse=True)
    tau = np.concatenate([np.zeros(0), *found.tau(distinct)])[place.ravel()]
    # Each pair of values weighs as many pairs of annotators as gave it; of equal values r (r - 1) / 2.
    compared = np.where(np.isnan(tau), 0, pairs)
    rows = patterns.rows[left]
    alike = np.bincount(rows, weights=compared * np.nan_to_num(tau), minlength=len(patterns))
    number = np.bincount(rows, weights=compared, minlength=len(patterns))
    return Likeness(alike.astype(np.float64), number.astype(np.float64))


def kendall_w(tally: Tally) -> Likeness | Undefined:
    """The mean W of the units with two rankings or more."""
    found = _read(tally)
    if isinstance(found, Undefined):
        return found
    patterns = tally.patterns
    counts = patterns.counts[:, np.newaxis]
    named = np.add.reduceat(counts * found.named[patterns.codes], patterns.starts[:-1])
    sums = np.add.reduceat(counts * found.ranks[patterns.codes], patterns.starts[:-1])
    raters = patterns.sizes[:, np.newaxis]
    if ((named > 0) & (named < raters) & patterns.pairable[:, np.newaxis]).any():
        return Undefined.MISSING_RANKS
    options = (named > 0).sum(axis=1)
    mean = patterns.sizes * (options + 1) / 2
    spread = (np.where(named > 0, sums - mean[:, np.newaxis], 0.0) ** 2).sum(axis=1)
    ties = np.add.reduceat(patterns.counts * found.ties[patterns.codes], patterns.starts[:-1])
    # W = 12 S / (m^2 (n^3 - n) - m sum of T), with S the squared distances of the sums of ranks from their mean.
    largest = patterns.sizes**2 * (options**3 - options) - patterns.sizes * ties
    defined = patterns.pairable & (largest > 0)
    w = np.divide(12 * spread, largest, out=np.zeros(len(patterns)), where=defined)
    return Likeness(w, defined.astype(np.float64))


def _read(tally: Tally) -> _Ranks | Undefined:
    if reason := unmeasured(tally, Scale.RANKING):
        return reason
    rankings = [core.ranks_of(value) for value in tally.values]
    place = {text: code for code, text in enumerate(sorted({text for ranking in rankings for text in ranking}))}
    if len(rankings) * len(place) ** 2 > _MOST_CELLS:
        return Undefined.TOO_MANY_VALUES
    ranks = np.zeros((len(rankings), len(place)))
    for row, ranking in enumerate(rankings):
        for text, (_, rank) in ranking.items():
            ranks[row, place[text]] = rank
    return _Ranks(ranks)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tags:
    """The elements of V sequences one after the other: `first` (V + 1,) bounds those of each, `tag` are codes into `tags`."""

    first: Ints
    tag: Ints
    tags: tuple[Json, ...]

    @property
    def lengths(self) -> Ints:
        """How many elements each sequence has, (V,)."""
        return np.diff(self.first)


def alpha_sequence(tally: Tally) -> Alpha | Undefined:
    """Nominal alpha over the elements of all units."""
    if reason := unmeasured(tally, Scale.SEQUENCE):
        return reason
    tags = tags_of(tally.values, tally.field)
    marked = _marked(tally.patterns, tags)
    if not len(marked.pattern):
        return Undefined.NO_VARIATION
    return alpha_over(
        tally.patterns, marked, np.bincount(marked.pattern, minlength=len(tally.patterns)).astype(np.float64)
    )


def percent_sequence(tally: Tally) -> Likeness | Undefined:
    """Observed agreement over the elements of all units: of each the share of equal pairs, every element counted once."""
    if reason := unmeasured(tally, Scale.SEQUENCE):
        return reason
    patterns = tally.patterns
    elements = _elements(patterns, tags_of(tally.values, tally.field))
    if not len(elements):
        return Undefined.NO_VARIATION
    # The sum over k of r_k (r_k - 1) / (r (r - 1)) of each element.
    pairs = np.add.reduceat(elements.counts * (elements.counts - 1), elements.starts[:-1])
    share = pairs / np.maximum(elements.sizes * (elements.sizes - 1), 1)
    whole, kept = len(patterns), patterns.pairable
    return Likeness(
        alike=np.where(kept, np.bincount(elements.extent, weights=share, minlength=whole), 0.0),
        compared=np.where(kept, np.bincount(elements.extent, minlength=whole), 0.0),
    )


def of_elements(whole: Tally) -> Tally:
    """The elements of all units as units of their own, on a nominal scale; units that are drawn together are not known there."""
    tags = tags_of(whole.values, whole.field)
    found = _elements(whole.patterns, tags)
    alone = replace(found, extent=np.zeros(len(found), dtype=np.int64))
    textual = all(isinstance(tag, str) for tag in (*tags.tags, *(whole.field.values or ())))
    return replace(
        whole,
        field=replace(whole.field, scale=Scale.NOMINAL, textual=textual),
        values=tags.tags,
        patterns=core.collapsed(alone)[0],
        clusters=(),
        known=(),
    )


def by_tag(whole: Tally) -> Iterator[tuple[str, Tally]]:
    """The same units with two tags left, for each tag that was given: it, or any other."""
    tags = tags_of(whole.values, whole.field)
    field = replace(whole.field, values=None)
    for key, code in sorted((_tag_text(tag), code) for code, tag in enumerate(tags.tags)):
        chosen = (tags.tag == code).tolist()
        kept: list[Json] = [chosen[start:end] for start, end in zip(tags.first[:-1], tags.first[1:], strict=True)]
        yield key, replace(with_values(whole, kept), field=field, known=())


def tags_in(whole: Tally) -> tuple[str, ...]:
    """The texts of the tags that were given, sorted."""
    return tuple(sorted(map(_tag_text, tags_of(whole.values, whole.field).tags)))


def tags_of(values: Sequence[Json], field: Field) -> Tags:
    """The elements of sequences, their tags in canonical order."""
    lists = [value if isinstance(value, list) else [] for value in values]
    known = {core.canonical_text(tag): tag for value in lists for tag in value}
    tags = core.ordered_values(known.values(), field)
    place = {core.canonical_text(tag): code for code, tag in enumerate(tags)}
    return Tags(
        first=np.cumsum([0, *map(len, lists)], dtype=np.int64),
        tag=np.array([place[core.canonical_text(tag)] for value in lists for tag in value], dtype=np.int64),
        tags=tags,
    )


def _tag_text(tag: Json) -> str:
    return tag if isinstance(tag, str) else core.canonical_text(tag)


def _marked(patterns: Patterns, tags: Tags) -> Marked:
    """Every element of every pattern, and how many gave it which tag."""
    lengths = tags.lengths[patterns.codes]
    longest = np.maximum.reduceat(lengths, patterns.starts[:-1])
    entry, inside = runs(lengths)
    pattern = np.repeat(np.arange(len(patterns)), longest)
    return Marked(
        pattern=pattern,
        weight=np.ones(len(pattern)),
        part=(np.cumsum(longest) - longest)[patterns.rows[entry]] + inside,
        mark=tags.tag[tags.first[patterns.codes[entry]] + inside],
        counts=patterns.counts[entry].astype(np.float64),
    )


def _elements(patterns: Patterns, tags: Tags) -> Patterns:
    """The elements as patterns of tags, (G,), each with the pattern that it is of as its `extent`, and its units."""
    marked = _marked(patterns, tags)
    wide = max(len(tags.tags), 1)
    # r_k of each element: how many gave it tag k.
    cell, position = np.unique(marked.part * wide + marked.mark, return_inverse=True)
    part, mark = np.divmod(cell, wide)
    counts = np.bincount(position, weights=marked.counts, minlength=len(cell)).astype(np.int64)
    return Patterns(
        starts=np.searchsorted(part, np.arange(len(marked.pattern) + 1)),
        codes=mark.astype(np.int32),
        counts=counts,
        units=patterns.units[marked.pattern],
        cluster=np.full(len(marked.pattern), -1, dtype=np.int32),
        extent=marked.pattern,
    )
