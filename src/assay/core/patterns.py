"""Patterns, the multisets of values of units: how they are counted, merged, put together and chosen."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from assay.core.table import Codes, Ints, Mask

_MAX_WORD = 2**62
_KEYS_PER_ROW = 4
_MOST_SORTED = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patterns:
    """P patterns of value counts, E entries in all, sorted by length, cluster, extent, codes, counts; no pattern twice.

    Entries `starts[p]:starts[p + 1]` are pattern p: how often (`counts`, >= 1) its units have each value (`codes`,
    ascending). `units` (P,) is the number of its units, all of them in `cluster` (P,): the code of their group, or -1 if
    each unit is a cluster of its own. `extent` (P,) is the length of the source of their spans, in characters or elements;
    0 for fields without a source. `sizes` (P,) is the number of values of a unit of each pattern.
    """

    starts: Ints
    codes: Codes
    counts: Ints
    units: Ints
    cluster: Codes
    extent: Ints
    sizes: Ints = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", np.add.reduceat(self.counts, self.starts[:-1]))

    def __len__(self) -> int:
        """The number of patterns."""
        return len(self.units)

    @property
    def lengths(self) -> Ints:
        """The number of distinct values of each pattern, (P,)."""
        return np.diff(self.starts)

    @property
    def rows(self) -> Ints:
        """The pattern of each entry, (E,)."""
        return np.repeat(np.arange(len(self), dtype=np.int64), self.lengths)

    @property
    def pairable(self) -> Mask:
        """Whether units of the pattern have two or more values, (P,)."""
        return np.asarray(self.sizes >= 2, dtype=np.bool_)


def collapsed(patterns: Patterns) -> tuple[Patterns, Ints]:
    """The canonical patterns (equal ones of a cluster merged, sorted by content), and the new position of each old one, (P,).

    Every pattern has an entry.
    """
    lengths, place = patterns.lengths, np.zeros(len(patterns), dtype=np.int64)
    parts: list[Patterns] = []
    known = 0
    for length in np.flatnonzero(np.bincount(lengths)):
        chosen = np.flatnonzero(lengths == length)
        part, became = _collapse_equal_lengths(patterns, chosen)
        place[chosen] = became + known
        known += len(part)
        parts.append(part)
    return (joined(parts) if parts else patterns), place


def joined(parts: Sequence[Patterns]) -> Patterns:
    """The concatenation of one or more patterns with the same vocabularies."""
    lengths = np.concatenate([part.lengths for part in parts])
    names = ("codes", "counts", "units", "cluster", "extent")
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return Patterns(starts=np.concatenate([[0], np.cumsum(lengths)]), **columns)


def selected(patterns: Patterns, chosen: Mask) -> Patterns:
    """Some of the patterns, (P,), in their order."""
    inside = np.repeat(chosen, patterns.lengths)
    return Patterns(
        starts=np.concatenate([[0], np.cumsum(patterns.lengths[chosen])]),
        codes=patterns.codes[inside],
        counts=patterns.counts[inside],
        units=patterns.units[chosen],
        cluster=patterns.cluster[chosen],
        extent=patterns.extent[chosen],
    )


def _collapse_equal_lengths(patterns: Patterns, chosen: Ints) -> tuple[Patterns, Ints]:
    length = int(patterns.lengths[chosen[0]])
    entries = patterns.starts[chosen, np.newaxis] + np.arange(length)
    codes, counts = patterns.codes[entries], patterns.counts[entries]
    distinct, became = _distinct([patterns.cluster[chosen], patterns.extent[chosen], *codes.T, *counts.T])
    units = np.bincount(became, weights=patterns.units[chosen], minlength=len(distinct))
    found = Patterns(
        starts=np.arange(len(distinct) + 1, dtype=np.int64) * length,
        codes=codes[distinct].ravel(),
        counts=counts[distinct].ravel(),
        units=units.astype(np.int64),
        cluster=patterns.cluster[chosen][distinct],
        extent=patterns.extent[chosen][distinct],
    )
    return found, became


def _distinct(columns: Sequence[Codes | Ints]) -> tuple[Ints, Ints]:
    """A row of each kind of equal rows, in the order of the columns, and the kind of each row."""
    words = _packed(columns)
    kind = np.empty(len(words[0]), dtype=np.int64)
    if len(words) == 1 and int(words[0].max()) < _KEYS_PER_ROW * len(kind):
        there = np.bincount(words[0]) > 0
        kind[:] = (np.cumsum(there) - 1)[words[0]]
        row = np.empty(int(there.sum()), dtype=np.int64)
        row[kind] = np.arange(len(kind))
        return row, kind
    order = np.argsort(words[0]) if len(words) == 1 else np.lexsort(words[::-1])
    is_new = np.zeros(len(kind), dtype=np.bool_)
    is_new[0] = True
    for word in words:
        is_new[1:] |= word[order[1:]] != word[order[:-1]]
    kind[order] = np.cumsum(is_new) - 1
    return order[is_new], kind


def _packed(columns: Sequence[Codes | Ints]) -> list[Ints]:
    """Columns of whole numbers as few columns that sort alike: the digits of one number while it has room for them."""
    words: list[Ints] = []
    room = 0
    for column in columns:
        least = int(column.min())
        base = int(column.max()) - least + 1
        if base > room:
            words.append(column.astype(np.int64) - least)
            room = _MAX_WORD // base
        else:
            words[-1] = words[-1] * base + (column - least)
            room //= base
    return words


def patterns_of_units(unit: Ints, codes: Codes, cluster: Codes, extent: Ints) -> Patterns:
    """One pattern for each unit."""
    width = np.int64(codes.max(initial=0)) + 1
    cells, counts = np.unique(unit * width + codes, return_counts=True)
    return Patterns(
        starts=np.searchsorted(cells, np.arange(len(cluster) + 1) * width),
        codes=(cells % width).astype(np.int32),
        counts=counts,
        units=np.ones(len(cluster), dtype=np.int64),
        cluster=cluster,
        extent=extent,
    )


def shown_patterns(unit: Ints, codes: Codes, cluster: Codes, extent: Ints) -> tuple[Patterns, Ints]:
    """The patterns of units with values, and the pattern of each unit, (U,); the units of the values (N,) ascend."""
    sizes = np.bincount(unit, minlength=len(cluster))
    if not len(unit) or sizes.max() > _MOST_SORTED:
        return collapsed(patterns_of_units(unit, codes, cluster, extent))
    starts = np.cumsum(sizes) - sizes
    kind = np.empty(len(sizes), dtype=np.int64)
    of_kinds: list[Ints] = []
    kinds = 0
    # Units of one size are the same if their sorted values are; what is left is done for one unit of each kind.
    for size in np.flatnonzero(np.bincount(sizes)):
        units = np.flatnonzero(sizes == size)
        values = np.sort(codes[starts[units, np.newaxis] + np.arange(size)], axis=1)
        one, own = _distinct([cluster[units], extent[units], *values.T])
        kind[units] = own + kinds
        kinds += len(one)
        of_kinds.append(units[one])
    some = np.concatenate(of_kinds)
    place = np.repeat(np.arange(kinds), sizes[some])
    rows = np.arange(len(place)) + (starts[some] - np.cumsum(sizes[some]) + sizes[some])[place]
    each = patterns_of_units(place, codes[rows], cluster[some], extent[some])
    patterns, became = collapsed(replace(each, units=np.bincount(kind)))
    return patterns, became[kind]
