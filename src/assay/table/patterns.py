"""Patterns: the multisets of values that units show."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from assay.table.columns import Codes, Ints, Mask


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patterns:
    """P patterns of value counts, E entries in all, sorted by length, cluster, extent, codes, counts; no pattern twice.

    Entries `starts[p]:starts[p + 1]` are pattern p: how often (`counts`, >= 1) its units were given each value
    (`codes`, ascending). `units` (P,) is how many units show it, all of them in `cluster` (P,): the code of the group
    they belong to, or -1 where each is a cluster of its own. `extent` (P,) is how long the source is that their spans
    refer to, in characters or elements; 0 for fields whose values refer to none. `sizes` (P,) is how many values a unit
    of each pattern has.
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
        """How many patterns."""
        return len(self.units)

    @property
    def lengths(self) -> Ints:
        """Distinct values of each pattern, (P,)."""
        return np.diff(self.starts)

    @property
    def rows(self) -> Ints:
        """The pattern of each entry, (E,)."""
        return np.repeat(np.arange(len(self), dtype=np.int64), self.lengths)

    @property
    def pairable(self) -> Mask:
        """Whether a unit of the pattern has two values to compare, (P,)."""
        return np.asarray(self.sizes >= 2, dtype=np.bool_)


def collapsed(patterns: Patterns) -> tuple[Patterns, Ints]:
    """Canonical: equal patterns of a cluster become one, and their order is that of their content.

    Beside them what each pattern given became, (P,). Every pattern has an entry.
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
    """Patterns of the same vocabularies one after the other, at least one part."""
    return Patterns(
        starts=np.concatenate([[0], np.cumsum(np.concatenate([part.lengths for part in parts]))]),
        codes=np.concatenate([part.codes for part in parts]),
        counts=np.concatenate([part.counts for part in parts]),
        units=np.concatenate([part.units for part in parts]),
        cluster=np.concatenate([part.cluster for part in parts]),
        extent=np.concatenate([part.extent for part in parts]),
    )


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


def sorted_entries(patterns: Patterns) -> Patterns:
    """The same patterns, the codes of each ascending."""
    order = np.lexsort((patterns.codes, patterns.rows))
    return replace(patterns, codes=patterns.codes[order], counts=patterns.counts[order])


def _collapse_equal_lengths(patterns: Patterns, chosen: Ints) -> tuple[Patterns, Ints]:
    length = int(patterns.lengths[chosen[0]])
    entries = patterns.starts[chosen, np.newaxis] + np.arange(length)
    alone = np.column_stack([patterns.cluster[chosen], patterns.extent[chosen]])
    keys = np.hstack([alone, patterns.codes[entries], patterns.counts[entries]])
    order = np.lexsort(keys.T[::-1])
    keys = keys[order]
    is_new = np.concatenate([[True], (keys[1:] != keys[:-1]).any(axis=1)])
    distinct = keys[is_new]
    became = np.empty(len(chosen), dtype=np.int64)
    became[order] = np.cumsum(is_new) - 1
    found = Patterns(
        starts=np.arange(len(distinct) + 1, dtype=np.int64) * length,
        codes=distinct[:, 2 : length + 2].astype(np.int32).ravel(),
        counts=distinct[:, length + 2 :].astype(np.int64).ravel(),
        units=np.add.reduceat(patterns.units[chosen][order], np.flatnonzero(is_new)),
        cluster=distinct[:, 0].astype(np.int32),
        extent=distinct[:, 1].astype(np.int64),
    )
    return found, became
