"""Distances of sets, of paths in a tree such as a taxonomy, and of sets of such paths; agreement on each member of sets.

Of two nodes of a tree: Wu, Z. & Palmer, M. (1994). Verb semantics and lexical selection. ACL. The distance is 1 - 2
d(lca) / (d(a) + d(b)): the depth of the deepest node above both, by the depths of the two. The root has depth 0, and two
roots are equal.

Of two sets MASI and Jaccard's: Passonneau, R. (2006). Measuring Agreement on Set-valued Items (MASI) for Semantic and
Pragmatic Annotation. LREC. The distance is 1 - J * M: J is Jaccard's |A & B| / |A | B|, and M is 1 for equal sets, 2/3
where one contains the other, 1/3 where they only overlap, 0 where they are disjoint. Two empty sets are equal: distance 0.

Of two sets of paths: Wang, J. Z., Du, Z., Payattakool, R., Yu, P. S. & Chen, C.-F. (2007). A new method to measure the
semantic similarity of GO terms. Bioinformatics 23: the best-match average. Each path is as far from the other set as
from its nearest path there, and the distance of the sets is the mean of these over all paths of both. Equal sets are at
0, two empty ones too, and an empty set is at 1 from any other. In a tree of one level it is Dice's distance.

AC1 and Brennan and Prediger's coefficient of sets are means over members, in the set or not, each with q = 2. Whole sets
as categories would make q 2 to the power of the members, and both coefficients next to percent agreement. Members that
nobody gave in the whole field do not count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from assay.agreement.coefficient import Curve, obstacle
from assay.core import Floats, Ints, Json, Mask, Tally, Undefined, canonical_text

_NOTHING = -1


def path_distance(a: Ints, b: Ints) -> Floats:
    """The distance of paths written as codes, (…, depth) and (…, depth), broadcast against each other."""
    # 1 - 2 |common path| / (|path a| + |path b|); two roots are the same.
    common = np.logical_and.accumulate((a == b) & (a != _NOTHING), axis=-1).sum(axis=-1)
    depths = (a != _NOTHING).sum(axis=-1) + (b != _NOTHING).sum(axis=-1)
    return np.asarray(1 - 2 * np.where(depths > 0, common, 0.5) / np.maximum(depths, 1))


def as_paths(values: Sequence[Json]) -> Ints:
    """Nodes as the codes of the steps that lead to them, (V, depth), filled up with -1.

    A node is written as a text with a slash between its levels, or as an array from the root down.
    """
    paths = [path_of(value) for value in values]
    steps = {step: code for code, step in enumerate(sorted({step for path in paths for step in path}))}
    found = np.full((len(paths), max(map(len, paths), default=0) or 1), _NOTHING, dtype=np.int64)
    for row, path in zip(found, paths, strict=True):
        row[: len(path)] = [steps[step] for step in path]
    return found


def path_of(value: Json) -> tuple[str, ...]:
    """The steps from the root to a node."""
    if isinstance(value, list):
        return tuple(step if isinstance(step, str) else canonical_text(step) for step in value)
    text = value if isinstance(value, str) else canonical_text(value)
    return tuple(step for step in text.split("/") if step)


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
    # M: 1 of equal sets (below), 2/3 where one holds the other, 1/3 where they overlap, else 0; J = |A & B| / |A | B|.
    monotonicity = np.select([both == smaller, both > 0], [2 / 3, 1 / 3], default=0.0)
    # 1 - J * M; two empty sets are equal.
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
    # |A & B| of each pair: how many members both hold; |A | B| = |A| + |B| - |A & B|.
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


_MOST_CELLS = 2**24
_CELLS = 2**22


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PathSets:
    """V sets of D paths: whether each holds each path, (V, D), and how far each path is from each set, (V, D)."""

    holds: Floats
    away: Floats

    @classmethod
    def of(cls, values: Sequence[Json]) -> "PathSets":
        """Sets as labels have them."""
        lists = [value if isinstance(value, list) else [] for value in values]
        known = {canonical_text(path): path for value in lists for path in value}
        place = {text: code for code, text in enumerate(known)}
        paths = as_paths(list(known.values()))
        holds, away = np.zeros((len(lists), len(known))), np.ones((len(lists), len(known)))
        for row, value in enumerate(lists):
            own = sorted({place[canonical_text(path)] for path in value})
            holds[row, own] = 1
            if own:
                away[row] = path_distance(paths[:, np.newaxis], paths[np.newaxis, own]).min(axis=1)
        return cls(holds=holds, away=away)

    def distance(self, a: Ints, b: Ints) -> Floats:
        """The distances of sets given by their codes, broadcast against each other."""
        if a.ndim == b.ndim == 2 and a.shape[1] == b.shape[0] == 1:
            left, right = a[:, 0], b[0]
            apart = self.holds[left] @ self.away[right].T + self.away[left] @ self.holds[right].T
        else:
            one, other = np.broadcast_arrays(a, b)
            pairs = np.stack([one.ravel(), other.ravel()])
            parts = np.array_split(pairs, max(1, -(-pairs.size * self.holds.shape[1] // _CELLS)), axis=1)
            holds, away = self.holds, self.away
            sums = ((holds[here] * away[there] + away[here] * holds[there]).sum(axis=1) for here, there in parts)
            apart = np.concatenate(list(sums)).reshape(one.shape)
        # The sum over the paths of both of the distance to the other set, over |A| + |B|.
        paths = self.holds.sum(axis=1)
        return np.asarray(apart / np.maximum(paths[a] + paths[b], 1))


def too_many_paths(values: Sequence[Json]) -> bool:
    """Whether the sets and their paths are more than tables are made for."""
    return len(values) * len(frozenset().union(*map(members, values))) > _MOST_CELLS


UNCERTAIN = Curve(lambda share: 2 * share * (1 - share), lambda share: 2 - 4 * share)
"""Agreement by chance on a yes or no, by the share of yes, of AC1: p_e = pi (1 - pi) summed over yes and no, over q - 1 = 1."""
EVEN = Curve(lambda share: np.full_like(share, 0.5), np.zeros_like)
"""That of Brennan and Prediger: p_e = 1 / q = 1/2."""


@dataclass(frozen=True, slots=True)
class PerMember:
    """The mean over M members. Of a unit of each pattern (P, M): the agreement on each, and the share who chose it."""

    agreement: Floats
    shares: Floats
    pairable: Floats
    chance: Curve

    def __call__(self, weights: Floats) -> Floats:
        """The coefficient of units drawn, (R, P) to (R,)."""
        observed, expected = self._parts(weights)
        return np.asarray(((observed - expected) / (1 - expected)).mean(axis=1))

    def slope(self, weights: Floats) -> Floats:
        """How much the coefficient of units (P,) grows with one unit more of each pattern, (P,)."""
        whole = weights[np.newaxis]
        observed, expected = self._parts(whole)
        share = self._share(whole)
        # The derivative of the mean over members of (p_a - p_e) / (1 - p_e): by p_a, then by p_e.
        own = (self.agreement - observed * self.pairable[:, np.newaxis]) / (weights @ self.pairable)
        by_chance = self.chance.slope(share) * (self.shares - share) / weights.sum()
        left = 1 - expected
        return np.asarray((own / left - (1 - observed) / left**2 * by_chance).mean(axis=1))

    def standard_error(self, units: Floats) -> float:
        """Gwet's linearised standard error over units as drawn from many, (P,); nan where there is one unit."""
        number = units.sum()
        if number < 2:
            return float("nan")
        (value,) = self(units[np.newaxis])
        # The linearised values less the coefficient: n times its derivative, and the units that have no pair.
        compared = number / (units @ self.pairable) * self.pairable - 1
        # v = sum (kappa_i* - kappa)^2 / (n (n - 1)).
        linear = number * self.slope(units) + compared * value
        return float(np.sqrt((units @ linear**2) / (number * (number - 1))))

    def _parts(self, weights: Floats) -> tuple[Floats, Floats]:
        observed = (weights @ self.agreement) / (weights @ self.pairable)[:, np.newaxis]
        return np.asarray(observed), self.chance.at(self._share(weights))

    def _share(self, weights: Floats) -> Floats:
        return np.asarray((weights @ self.shares) / weights.sum(axis=1, keepdims=True))


def per_member(tally: Tally, chance: Curve) -> PerMember | Undefined:
    """The coefficient of a field of sets; undefined where no set of the whole field has a member."""
    found = _by_member(tally)
    return found if isinstance(found, Undefined) else PerMember(*found, chance)


@lru_cache(maxsize=1)
def _by_member(tally: Tally) -> tuple[Floats, Floats, Floats] | Undefined:
    """What both coefficients rest on; they are made one after the other."""
    if reason := obstacle(tally):
        return reason
    names = sorted(set().union(*map(members, tally.known or tally.values)))
    if not names:
        return Undefined.NO_VARIATION
    patterns = tally.patterns
    if (len(patterns.codes) + len(patterns)) * len(names) > _MOST_CELLS:
        return Undefined.TOO_MANY_VALUES
    inside = patterns.counts[:, np.newaxis] * membership_table(tally.values, names)[patterns.codes]
    chosen = np.add.reduceat(inside, patterns.starts[:-1], axis=0)
    sizes = patterns.sizes[:, np.newaxis]
    left = sizes - chosen
    # r_k (r_k - 1) of yes and of no, over r (r - 1); the share of yes is r_yes / r.
    agreement = (chosen * (chosen - 1) + left * (left - 1)) / np.maximum(sizes * (sizes - 1), 1)
    return agreement, chosen / sizes, patterns.pairable.astype(np.float64)


def membership_table(values: Sequence[Json], names: Sequence[str]) -> Mask:
    """Whether each set holds each member, named as canonical JSON: (V, M)."""
    place = {name: code for code, name in enumerate(names)}
    found = np.zeros((len(values), len(names)), dtype=np.bool_)
    for row, value in zip(found, values, strict=True):
        row[[place[name] for name in members(value) if name in place]] = True
    return found
