"""Overlap voting: what spans and boxes have in common."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from assay.consensus.opinion import Opinion
from assay.consensus.votes import Ballots
from assay.model.json import Json, JsonObject
from assay.model.values import canonical_text

Elements: TypeAlias = tuple[JsonObject, ...]
Fuse: TypeAlias = Callable[[Sequence[Json]], tuple[Json, float]]


def overlap(ballots: Ballots, fuse: Fuse) -> Opinion:
    """Each item's votes fused into one value; what all voters gave alike is kept as they gave it."""
    fused = [_agreed(paper) if len(paper) == 1 else fuse(_votes(paper)) for paper in ballots.papers()]
    return Opinion(
        value=tuple(value for value, _ in fused),
        confidence=np.array([confidence for _, confidence in fused], dtype=np.float64),
        tied=np.zeros(len(fused), dtype=np.bool_),
    )


def _agreed(paper: tuple[tuple[Json, int], ...]) -> tuple[Json, float]:
    return paper[0][0], 1.0


def _votes(paper: tuple[tuple[Json, int], ...]) -> tuple[Json, ...]:
    return tuple(value for value, count in paper for _ in range(count))


def by_category(votes: Sequence[Json], extent: tuple[str, ...]) -> Mapping[str, tuple[Elements, ...]]:
    """Each voter's elements, by their `label` (they may have none), in the order of its text.

    An element without numbers for its extent is left out.
    """
    sorted_out: dict[str, list[list[JsonObject]]] = defaultdict(lambda: [[] for _ in votes])
    for voter, vote in enumerate(votes):
        for element in _placed(vote, extent):
            sorted_out[canonical_text(element.get("label"))][voter].append(element)
    return {label: tuple(map(tuple, sorted_out[label])) for label in sorted(sorted_out)}


def _placed(vote: Json, extent: tuple[str, ...]) -> Iterable[JsonObject]:
    for element in vote if isinstance(vote, list) else ():
        if isinstance(element, dict) and all(isinstance(element.get(key), int | float) for key in extent):
            yield element


def shared(support: Sequence[Elements], voters: int, extent: tuple[str, ...]) -> JsonObject:
    """What more than half of the voters say of an element besides its extent.

    Args:
        support: the elements that each voter puts there.
        voters: how many voted.
        extent: the keys that say where the element is.
    """
    said: Counter[tuple[str, str]] = Counter()
    values: dict[tuple[str, str], Json] = {}
    for elements in support:
        mine = {(key, canonical_text(value)): value for element in elements for key, value in element.items()}
        said.update(mine.keys())
        values.update(mine)
    kept = sorted(pair for pair, count in said.items() if count * 2 > voters and pair[0] not in extent)
    return {pair[0]: values[pair] for pair in kept}
