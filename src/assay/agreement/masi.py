"""MASI and Jaccard's, two distances of sets.

Passonneau, R. (2006). Measuring Agreement on Set-valued Items (MASI) for Semantic and Pragmatic Annotation. LREC.
The distance is 1 - J * M: J is Jaccard's |A & B| / |A | B|, and M is 1 for equal sets, 2/3 where one holds the other,
1/3 where they only overlap, 0 where they are disjoint. Two empty sets are equal: distance 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from assay.model.json import Json
from assay.model.values import canonical_text
from assay.table.columns import Floats, Ints

Bits: TypeAlias = NDArray[np.uint64]

_WORD = 64
_MOST_PAIRS = 2**24


@dataclass(frozen=True, slots=True)
class Alike:
    """The K pairs of sets, by code, that share a member, in both orders and each with itself: 1 less their distance."""

    one: Ints
    other: Ints
    share: Floats


def masi(a: Bits, b: Bits) -> Floats:
    """The distance of sets written as bits, `(..., words)` and `(..., words)`, broadcast against each other."""
    both = _size(a & b)
    either = _size(a | b)
    smaller = np.minimum(_size(a), _size(b))
    monotonicity = np.select([both == smaller, both > 0], [2 / 3, 1 / 3], default=0.0)
    jaccard = both / np.maximum(either, 1)
    return np.where(both == either, 0.0, 1 - jaccard * monotonicity)


def masi_alike(code: Ints, member: Ints) -> Alike | None:
    """MASI of sets given as the members of each, sorted by member, none twice; None where too many pairs share one.

    All other pairs are at distance 1, so that many sets of few members take little.
    """
    holders = np.split(code, np.flatnonzero(np.diff(member)) + 1)
    if sum(len(some) ** 2 for some in holders) > _MOST_PAIRS:
        return None
    size = np.bincount(code)
    keys = [(some[:, np.newaxis] * np.int64(len(size)) + some).ravel() for some in holders]
    pairs, both = np.unique(np.concatenate(keys), return_counts=True)
    left, right = np.divmod(pairs, np.int64(len(size)))
    smaller, either = np.minimum(size[left], size[right]), size[left] + size[right] - both
    monotonicity = np.select([both == either, both == smaller], [1.0, 2 / 3], default=1 / 3)
    return Alike(left, right, both / either * monotonicity)


def jaccard(a: Bits, b: Bits) -> Floats:
    """Jaccard's distance 1 - |A & B| / |A | B| of sets written the same way; 0 of two empty ones."""
    either = _size(a | b)
    return np.asarray(np.where(either > 0, 1 - _size(a & b) / np.maximum(either, 1), 0.0))


def as_bits(values: Sequence[Json]) -> Bits:
    """Sets as rows of bits, a bit for each member that occurs, (V, words)."""
    sets = [members(value) for value in values]
    position = {text: index for index, text in enumerate(sorted(set().union(*sets)))}
    bits = np.zeros((len(sets), max(1, -(-len(position) // _WORD))), dtype=np.uint64)
    for row, texts in enumerate(sets):
        for word, bit in (divmod(position[text], _WORD) for text in texts):
            bits[row, word] |= np.uint64(1 << bit)
    return bits


def members(value: Json) -> frozenset[str]:
    """The members of a set as canonical JSON."""
    return frozenset(canonical_text(member) for member in value) if isinstance(value, list) else frozenset()


def _size(bits: Bits) -> NDArray[np.int64]:
    return np.asarray(np.bitwise_count(bits).sum(axis=-1, dtype=np.int64))
