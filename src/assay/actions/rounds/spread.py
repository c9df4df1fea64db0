"""Who is asked what: every item so many different annotators, loads as even as can be.

Each slot goes to whoever has least, so without prohibitions loads are within one of each other after every item: if all
have L or L + 1, taking the least loaded first leaves all at L or L + 1, or at L + 1 or L + 2. Among equals, whoever has
met those already asked least often is preferred, then chance decides. Where prohibitions leave loads uneven, slots are
passed along: a path over items from an annotator to one with at least two fewer (a cost-reducing path of Harvey et al.
2006, Semi-matchings for bipartite graphs and load balancing). When no such path is left, no plan of these items has more
even loads.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from assay.table.columns import Mask

Counts = NDArray[np.int64]

_LOAD_WEIGHT = 2.0**24
_SPARSE = 2**23


def spread(needs: Counts, allowed: Mask, base: Counts, *, first: Mask, rng: np.random.Generator) -> Mask:
    """Asks each item of as many annotators as it needs.

    `needs` (n,) is how many annotators each item still needs, `allowed` (n, m) who may be asked, `base` (m,) what each
    annotator has to do already. The items in `first` (n,) are spread evenly among themselves too.

    Returns:
        Who is asked, (n, m); row i has exactly `needs[i]` annotators, all allowed.

    Raises:
        ValueError: an item needs more annotators than are allowed.
    """
    spare = np.count_nonzero(allowed, axis=1) - needs
    if (spare < 0).any():
        raise ValueError("an item needs more annotators than may be asked")
    given = np.zeros_like(allowed)
    met = np.zeros((allowed.shape[1],) * 2, dtype=np.int32)
    for rows, load in ((np.flatnonzero(first), np.zeros_like(base)), (np.flatnonzero(~first), base)):
        if len(rows):
            before = load + given.sum(axis=0)
            _deal(_in_turn(rows, spare, rng), needs, allowed, given, before, met, rng)
            _even(rows, allowed, given, before)
    _even(np.arange(len(needs)), allowed, given, base)
    return given


def shared(given: Mask) -> tuple[Counts, Counts]:
    """The pairs of annotators that share items, (p, 2) in order, and how many items each of them shares."""
    people = given.shape[1]
    together = given.sum(axis=1)
    if int((together * together).sum()) > _SPARSE:
        asked = given.astype(np.float64)
        met = np.triu((asked.T @ asked).round().astype(np.int64), 1)
        pairs = np.argwhere(met)
        return pairs, met[pairs[:, 0], pairs[:, 1]]
    found = [np.zeros(0, dtype=np.int64)]
    for size in np.unique(together[together > 1]).tolist():
        asked_of = np.nonzero(given[together == size])[1].reshape(-1, size)
        first, second = np.triu_indices(size, 1)
        found.append((asked_of[:, first] * people + asked_of[:, second]).ravel())
    codes, times = np.unique(np.concatenate(found), return_counts=True)
    return np.column_stack(np.divmod(codes, people)), times


def _in_turn(rows: Counts, spare: Counts, rng: np.random.Generator) -> Counts:
    """The rows in random order, those with the least choice first."""
    mixed = rng.permutation(rows)
    return mixed[np.argsort(spare[mixed], kind="stable")]


def _deal(  # noqa: PLR0913, PLR0917 - the arrays of one computation
    rows: Counts,
    needs: Counts,
    allowed: Mask,
    given: Mask,
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
        given[row, asked] = True
        weight[asked] += _LOAD_WEIGHT
        met[np.ix_(asked, asked)] += 1


def _even(rows: Counts, allowed: Mask, given: Mask, before: Counts) -> None:
    """Passes slots of these rows along until no pass makes loads more even; `before` is the load besides these rows."""
    own = given[rows]
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
    given[rows] = own


def _path(passes: Mask, load: Counts) -> list[int] | None:
    """A shortest path of passes from a loaded annotator to one with at least two fewer slots; None if there is none."""
    for start in np.argsort(-load, kind="stable").tolist():
        if load[start] - load.min() < 2:
            return None
        came = _reached(passes, start)
        end = min(came, key=lambda node: (int(load[node]), node))
        if load[start] - load[end] >= 2:
            path = [end]
            while path[-1] != start:
                path.append(came[path[-1]])
            return path[::-1]
    return None


def _reached(passes: Mask, start: int) -> dict[int, int]:
    """Whoever can be reached from `start`, with whom each was reached from, nearest first."""
    came, edge = {start: start}, [start]
    while edge:
        found: dict[int, int] = {}
        for node in edge:
            for near in np.flatnonzero(passes[node]).tolist():
                if near not in came:
                    found.setdefault(near, node)
        came.update(found)
        edge = list(found)
    return came
