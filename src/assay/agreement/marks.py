"""Krippendorff's nominal alpha over the parts of units, each marked by some of those who rated the unit.

A part is a stretch of a text or an object in a picture. Whoever rated the unit and left the part unmarked said
"nothing" of it, which is a value as any other. The bootstrap draws whole units, not parts.
"""

from dataclasses import dataclass

import numpy as np

from assay.agreement.alpha import Alpha
from assay.agreement.disagreement import Fixed
from assay.agreement.sums import Sums, sums
from assay.table.columns import Floats, Ints
from assay.table.tally import Patterns


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """G parts with their pattern and their weight, and C cells: how many (`counts`) gave a part which `mark`."""

    pattern: Ints
    weight: Floats
    part: Ints
    mark: Ints
    counts: Floats

    @property
    def marks(self) -> int:
        """How many different marks there are."""
        return int(self.mark.max(initial=-1)) + 1


@dataclass(frozen=True, slots=True)
class _Totals:
    """How much of units drawn has each mark; the last one is "nothing"."""

    sums: Sums

    def value_sums(self, weights: Floats) -> Floats:
        """(R, P) to (R, marks + 1)."""
        return self.sums(weights)

    def pattern_sums(self, scores: Floats) -> Floats:
        """Not asked of parts, whose alpha has no linearised standard error."""
        raise NotImplementedError


def alpha_over(patterns: Patterns, marked: Marked, weight: Floats) -> Alpha:
    """Alpha over the parts; `weight` (P,) is that of all parts of a unit, marked by somebody or not."""
    return Alpha(patterns, _Totals(_totals(patterns, marked, weight)), Fixed(_within(patterns, marked), _between))


def _within(patterns: Patterns, marked: Marked) -> Floats:
    """The disagreement of the parts of a unit of each pattern, (P,)."""
    width, parts = max(marked.marks, 1), len(marked.pattern)
    cells, position = np.unique(marked.part * width + marked.mark, return_inverse=True)
    rated = np.bincount(position, weights=marked.counts, minlength=len(cells))
    sizes = patterns.sizes.astype(np.float64)
    every = sizes[marked.pattern]
    nothing = every - np.bincount(cells // width, weights=rated, minlength=parts)
    same = np.bincount(cells // width, weights=rated**2, minlength=parts) + nothing**2
    differ = np.where(nothing < every, (every**2 - same) * marked.weight, 0)
    summed = np.bincount(marked.pattern, weights=differ, minlength=len(patterns))
    return np.asarray(np.where(patterns.pairable, summed / np.maximum(sizes - 1, 1), 0.0))


def _totals(patterns: Patterns, marked: Marked, weight: Floats) -> Sums:
    pattern = marked.pattern[marked.part]
    given = marked.counts * marked.weight[marked.part]
    left = patterns.sizes * weight - np.bincount(pattern, weights=given, minlength=len(patterns))
    source = np.concatenate([pattern, np.arange(len(patterns))])
    mark = np.concatenate([marked.mark, np.full(len(patterns), marked.marks)])
    kept = patterns.pairable[source]
    return sums(source[kept], mark[kept], np.concatenate([given, left])[kept], marked.marks + 1)


def _between(totals: Floats) -> Floats:
    return np.asarray(totals.sum(axis=1) ** 2 - (totals**2).sum(axis=1))
