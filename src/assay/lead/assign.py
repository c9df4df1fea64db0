"""Assigns annotators to items: the overlap of each item, loads as even as possible, by a seeded draw.

Each slot goes to whoever has least, so without prohibitions loads are within one of each other after every item: if all
have L or L + 1, taking the least loaded first leaves all at L or L + 1, or at L + 1 or L + 2. Among equals, whoever has
met those already asked least often is preferred, then chance decides. Where prohibitions leave loads uneven, slots are
passed along: a path over items from an annotator to one with at least two fewer (a cost-reducing path of Harvey et al.
2006, Semi-matchings for bipartite graphs and load balancing). When no such path is left, no plan of these items has more
even loads.
"""

import hashlib
import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from assay.core import Mask
from assay.errors import UsageError

Counts = NDArray[np.int64]

_LOAD_WEIGHT = 2.0**24
_SPARSE = 2**23


def spread(needs: Counts, allowed: Mask, base: Counts, *, first: Mask, rng: np.random.Generator) -> Mask:
    """Assigns to each item as many annotators as it needs.

    `needs` (n,) is how many annotators each item still needs, `allowed` (n, m) who may be asked, `base` (m,) the present
    load of each annotator. The items in `first` (n,) are also spread evenly among themselves.

    Returns:
        The assignment, (n, m); row i has exactly `needs[i]` annotators, all allowed.

    Raises:
        ValueError: an item needs more annotators than are allowed.
    """
    spare = np.count_nonzero(allowed, axis=1) - needs
    if (spare < 0).any():
        raise ValueError("an item needs more annotators than may be asked")
    assigned = np.zeros_like(allowed)
    met = np.zeros((allowed.shape[1],) * 2, dtype=np.int32)
    for rows, load in ((np.flatnonzero(first), np.zeros_like(base)), (np.flatnonzero(~first), base)):
        if len(rows):
            before = load + assigned.sum(axis=0)
            mixed = rng.permutation(rows)
            _deal(mixed[np.argsort(spare[mixed], kind="stable")], needs, allowed, assigned, before, met, rng)
            _even(rows, allowed, assigned, before)
    _even(np.arange(len(needs)), allowed, assigned, base)
    return assigned


def shared(assigned: Mask) -> tuple[Counts, Counts]:
    """The pairs of annotators that share items, (p, 2) in order, and how many items each of them shares."""
    people = assigned.shape[1]
    together = assigned.sum(axis=1)
    if int((together * together).sum()) > _SPARSE:
        asked = assigned.astype(np.float64)
        met = np.triu((asked.T @ asked).round().astype(np.int64), 1)
        pairs = np.argwhere(met)
        return pairs, met[pairs[:, 0], pairs[:, 1]]
    found = [np.zeros(0, dtype=np.int64)]
    for size in np.unique(together[together > 1]).tolist():
        asked_of = np.nonzero(assigned[together == size])[1].reshape(-1, size)
        first, second = np.triu_indices(size, 1)
        found.append((asked_of[:, first] * people + asked_of[:, second]).ravel())
    codes, times = np.unique(np.concatenate(found), return_counts=True)
    return np.column_stack(np.divmod(codes, people)), times


def _deal(  # noqa: PLR0913, PLR0917 - the arrays of one computation
    rows: Counts,
    needs: Counts,
    allowed: Mask,
    assigned: Mask,
    before: Counts,
    met: NDArray[np.int32],
    rng: np.random.Generator,
) -> None:
    weight = before * _LOAD_WEIGHT
    anybody = np.asarray(allowed.all(axis=1))
    for row in rows.tolist():
        score = rng.random((allowed.shape[1],))
        score += weight
        if not anybody[row]:
            score[~allowed[row]] = np.inf
        asked: list[int] = []
        for _ in range(int(needs[row])):
            if asked:
                score += met[asked[-1]]
                score[asked[-1]] = np.inf
            asked.append(int(score.argmin()))
        assigned[row, asked] = True
        weight[asked] += _LOAD_WEIGHT
        met[np.ix_(asked, asked)] += 1


def _even(rows: Counts, allowed: Mask, assigned: Mask, before: Counts) -> None:
    """Moves slots of these rows until no move makes loads more even; `before` is the load of all other rows."""
    own = assigned[rows]
    load = before + own.sum(axis=0)
    if load.max() - load.min() < 2:
        return
    free = allowed[rows] & ~own
    passes = np.zeros((own.shape[1],) * 2, dtype=np.int64)
    for row in range(len(own)):
        passes[own[row]] += free[row]
    while (path := _path(passes > 0, load)) is not None:
        for giver, taker in pairwise(path):
            row = int(np.argmax(own[:, giver] & free[:, taker]))
            passes -= np.outer(own[row], free[row])
            own[row, giver], own[row, taker] = False, True
            free[row, giver], free[row, taker] = True, False
            passes += np.outer(own[row], free[row])
        load[path[0]] -= 1
        load[path[-1]] += 1
    assigned[rows] = own


def _path(passes: Mask, load: Counts) -> list[int] | None:
    """A shortest path of moves from a loaded annotator to one with at least two fewer slots; None if there is none."""
    for start in np.argsort(-load, kind="stable").tolist():
        if load[start] - load.min() < 2:
            return None
        came, edge = {start: start}, [start]
        while edge:
            found: dict[int, int] = {}
            for one in edge:
                for near in np.flatnonzero(passes[one]).tolist():
                    if near not in came:
                        found.setdefault(near, one)
            came.update(found)
            edge = list(found)
        end = min(came, key=lambda node: (int(load[node]), node))
        if load[start] - load[end] >= 2:
            path = [end]
            while path[-1] != start:
                path.append(came[path[-1]])
            return path[::-1]
    return None


_MIXED = re.compile(r"(?P<share>[0-9]{1,3}(?:\.[0-9]{1,6})?)%x(?P<most>[0-9]{1,3})")
_PLAIN = re.compile(r"[0-9]{1,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """A share of the items (half up) gets `most` annotators each, the rest one."""

    text: str
    share: Fraction
    most: int

    @property
    def stated(self) -> int | str:
        """What `batch.yaml` states."""
        return self.most if self.share == 1 else self.text

    def needs(self, items: int, rng: np.random.Generator) -> Counts:
        """How many annotators each item needs; the items of the share are drawn at random."""
        needs = np.ones(items, dtype=np.int64)
        needs[rng.permutation(items)[: half_up(self.share * items)]] = self.most
        return needs


def parse_overlap(text: str, annotators: int) -> Overlap:
    """The overlap that `2` or `10%x3` states, for so many annotators.

    Raises:
        UsageError: the text is not an overlap, or there are fewer annotators.
    """
    mixed = _MIXED.fullmatch(text)
    if mixed is None and _PLAIN.fullmatch(text) is None:
        raise UsageError(
            f"--overlap {text} is not a valid overlap", fix="--overlap 2, or 10%x3 for a tenth of the items by three"
        )
    share, most = (Fraction(mixed["share"]) / 100, int(mixed["most"])) if mixed else (Fraction(1), int(text))
    if share > 1 or most < 1:
        raise UsageError(f"--overlap {text}: at least 1 annotator, at most 100%", fix="--overlap 2, or 10%x3")
    if most > annotators:
        raise UsageError(
            f"--overlap {text} needs {most} different annotators; {annotators} named",
            fix="name more with --annotators, or lower --overlap",
        )
    return Overlap(text=text, share=share, most=most)


def half_up(exact: Fraction) -> int:
    """The nearest whole number; a half goes up."""
    return int((exact + Fraction(1, 2)) // 1)


def generator(seed: int, *about: str) -> np.random.Generator:
    """A random generator for one purpose; the same seed and words give the same numbers on every machine."""
    digest = hashlib.blake2b("\n".join((str(seed), *about)).encode(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))
