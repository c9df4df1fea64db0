"""The nodes of a taxonomy whose paths a schema lists, as the page offers them: level by level."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.agreement.sets import path_of
from assay.model.json import Json

KEYS = "1234567890qwertzyoxcvdl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node: as shown, its key among its sisters (may be empty), the place of its value (-1: it is none), and what is below."""

    text: str
    key: str
    at: int
    below: tuple["Node", ...]


def nodes_of(values: Sequence[Json], titles: Sequence[str]) -> tuple[Node, ...]:
    """The nodes below the root; `titles` name the values, an empty one by the last step of its path."""
    places: dict[tuple[str, ...], int] = {}
    for at, value in enumerate(values):
        places.setdefault(path_of(value), at)
    below: dict[tuple[str, ...], list[str]] = {}
    for path in places:
        for depth, step in enumerate(path):
            sisters = below.setdefault(path[:depth], [])
            if step not in sisters:
                sisters.append(step)
    return tuple(_level((), below, places, titles))


def _level(
    above: tuple[str, ...],
    below: Mapping[tuple[str, ...], list[str]],
    places: Mapping[tuple[str, ...], int],
    titles: Sequence[str],
) -> Iterator[Node]:
    for place, step in enumerate(below.get(above, ())):
        path = (*above, step)
        at = places.get(path, -1)
        yield Node(
            text=(titles[at] if at >= 0 else "") or step,
            key=KEYS[place] if place < len(KEYS) else "",
            at=at,
            below=tuple(_level(path, below, places, titles)),
        )
