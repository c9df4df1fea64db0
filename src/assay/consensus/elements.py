"""What spans and boxes have in common in overlap voting: elements by their kind, and those that a majority marks."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from assay.model.elements import KIND
from assay.model.json import Json, JsonObject
from assay.model.values import canonical_text
from assay.table.columns import Floats

Elements: TypeAlias = tuple[JsonObject, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backed:
    """An element that a majority marks: its extent and kind (`own`), and what each voter who backs it marks there.

    `mass` is how much of what such a voter has in common with the result lies in this element.
    """

    own: JsonObject
    voices: Mapping[int, Elements]
    mass: Mapping[int, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fused:
    """What the votes on an item come to, and of each voter how much they have in `common` with it, of what `either` marks."""

    elements: tuple[Backed, ...]
    common: Floats
    either: Floats


Fuse: TypeAlias = Callable[[Sequence[Json]], Fused]


def by_category(votes: Sequence[Json], extent: tuple[str, ...]) -> Mapping[str, tuple[Elements, ...]]:
    """Each voter's elements, by their `label` (they may have none), in the order of its text.

    An element without numbers for its extent is left out.
    """
    sorted_out: dict[str, list[list[JsonObject]]] = defaultdict(lambda: [[] for _ in votes])
    for voter, vote in enumerate(votes):
        for element in _placed(vote, extent):
            sorted_out[canonical_text(element.get(KIND))][voter].append(element)
    return {label: tuple(map(tuple, sorted_out[label])) for label in sorted(sorted_out)}


def kind_in(elements: Iterable[JsonObject]) -> JsonObject:
    """The kind of elements of one kind, as they say it; nothing where they say none."""
    return next(({KIND: element[KIND]} for element in elements if KIND in element), {})


def _placed(vote: Json, extent: tuple[str, ...]) -> Iterable[JsonObject]:
    for element in vote if isinstance(vote, list) else ():
        if isinstance(element, dict) and all(isinstance(element.get(key), int | float) for key in extent):
            yield element
