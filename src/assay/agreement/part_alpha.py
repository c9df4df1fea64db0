"""Krippendorff's alpha over the parts of units, each marked by some of those who rated the unit.

A part is a stretch of a text or an object in a picture. Whoever rated the unit and left the part unmarked said
"nothing" of it, which is a value as any other. What is drawn are whole units, not parts.
"""

from dataclasses import dataclass

import numpy as np

from assay.agreement.alpha import Alpha
from assay.agreement.coefficient import Matrix, cells
from assay.agreement.disagreement import UNEQUAL, Between, Fixed
from assay.agreement.pairwise_similarity import couples
from assay.agreement.sets import Alike
from assay.table.columns import Floats, Ints
from assay.table.patterns import Patterns

_MOST_EXACT = 2**12


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """G parts with their pattern and their weight, and C cells: how many (`counts`) gave a part which `mark`.

    `alike` says of marks that are sets how much two of them are so; without it two marks are the same or not.
    """

    pattern: Ints
    weight: Floats
    part: Ints
    mark: Ints
    counts: Floats
    alike: Alike | None = None

    @property
    def marks(self) -> int:
        """How many different marks there are."""
        return int(self.mark.max(initial=-1)) + 1


def alpha_over(patterns: Patterns, marked: Marked, weight: Floats) -> Alpha:
    """Alpha over the parts; `weight` (P,) is that of all parts of a unit, marked by somebody or not."""
    parts, totals = _rated(patterns, marked), _totals(patterns, marked, weight)
    same = np.add.reduceat(parts.counts**2, parts.starts[:-1]) + _partly(parts, marked.alike)
    differ = (parts.sizes**2 - same) / np.maximum(parts.sizes - 1, 1) * marked.weight
    within = np.where(patterns.pairable, np.bincount(marked.pattern, weights=differ, minlength=len(patterns)), 0.0)
    around = totals.value_sums(patterns.units[np.newaxis].astype(np.float64))
    return Alpha(patterns, totals, Fixed(within, _between(marked, around)))


def _partly(parts: Patterns, alike: Alike | None) -> Floats:
    """How much the different marks of each part are alike, over all pairs of annotators in both orders, (G,)."""
    if alike is None:
        return np.zeros(len(parts))
    one, other, pairs = couples(parts)
    wide = np.int64(parts.codes.max()) + 1
    known, asked = alike.one * wide + alike.other, parts.codes[one] * wide + parts.codes[other]
    at = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    share = np.where(known[at] == asked, alike.share[at], 0.0)
    return np.bincount(parts.rows[one], weights=2 * pairs * share, minlength=len(parts)).astype(np.float64)


def _between(marked: Marked, around: Floats) -> Between:
    """The sum of distances over all pairs of marks, by how much has each, (R, marks + 1).

    Of more than 4,096 sets it is exact for all units, `around` (1, marks + 1), and linearised there for samples of them.
    """
    if marked.alike is None:
        return UNEQUAL
    alike, nothing = marked.alike, marked.marks
    one, other = np.append(alike.one, nothing), np.append(alike.other, nothing)
    likeness = cells(one, other, np.append(alike.share, 1.0), (nothing + 1, nothing + 1))
    if nothing < _MOST_EXACT:
        return Between(
            lambda totals: totals.sum(axis=1) ** 2 - (likeness.value_sums(totals) * totals).sum(axis=1),
            lambda totals: 2 * (totals.sum() - likeness.value_sums(totals[np.newaxis])[0]),
        )
    slope = likeness.value_sums(around)[0]
    return Between(
        lambda totals: totals.sum(axis=1) ** 2 - (2 * totals - around) @ slope,
        lambda totals: 2 * (totals.sum() - slope),
    )


def _rated(patterns: Patterns, marked: Marked) -> Patterns:
    """The parts as patterns of marks, (G,); the last mark is "nothing"."""
    width, parts = marked.marks + 1, len(marked.pattern)
    left = patterns.sizes[marked.pattern] - np.bincount(marked.part, weights=marked.counts, minlength=parts)
    cell = np.concatenate([marked.part * width + marked.mark, np.arange(parts) * width + marked.marks])
    given, position = np.unique(cell, return_inverse=True)
    counts = np.bincount(position, weights=np.concatenate([marked.counts, left])).astype(np.int64)
    given, counts = given[counts > 0], counts[counts > 0]
    return Patterns(
        starts=np.searchsorted(given, np.arange(parts + 1) * width),
        codes=(given % width).astype(np.int32),
        counts=counts,
        units=np.ones(parts, dtype=np.int64),
        cluster=np.full(parts, -1, dtype=np.int32),
        extent=np.zeros(parts, dtype=np.int64),
    )


def _totals(patterns: Patterns, marked: Marked, weight: Floats) -> Matrix:
    """How much of a unit of each pattern has each mark, (P, marks + 1); the last one is "nothing"."""
    pattern = marked.pattern[marked.part]
    given = marked.counts * marked.weight[marked.part]
    left = patterns.sizes * weight - np.bincount(pattern, weights=given, minlength=len(patterns))
    source = np.concatenate([pattern, np.arange(len(patterns))])
    mark = np.concatenate([marked.mark, np.full(len(patterns), marked.marks)])
    kept = patterns.pairable[source]
    return cells(source[kept], mark[kept], np.concatenate([given, left])[kept], (len(patterns), marked.marks + 1))
