"""Spans and boxes of all values as columns, and of all units: what their coefficients are computed from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.model.elements import EXTENTS, kind_of, place_of
from assay.model.json import Json, JsonObject
from assay.model.schema import Scale
from assay.model.values import canonical_text
from assay.table.columns import Floats, Ints
from assay.table.tally import Patterns, Tally, recoded

MOST_KINDS = 100
"""Beyond this many kinds, what is measured kind by kind is left out."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Elements:
    """S elements of V values, sorted by value, kind, place; none stands twice.

    `first` (V + 1,) are the bounds of each value's elements, `kind` (S,) codes into `kinds`, which are the elements'
    `label`s (empty where they have none), and `place` (S, 2) or (S, 5) the numbers of a span or box, the last its rotation.
    """

    first: Ints
    kind: Ints
    kinds: tuple[str, ...]
    place: Floats

    @property
    def numbers(self) -> Ints:
        """How many elements each value has, (V,)."""
        return np.diff(self.first)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placed:
    """The elements of every entry of the patterns: X rows with their `entry`, `pattern`, `element`, and `counts`.

    `counts` is how many annotators of a unit gave the value of the entry.
    """

    entry: Ints
    pattern: Ints
    element: Ints
    counts: Ints


def elements_of(values: Sequence[Json], scale: Scale) -> Elements:
    """The spans or boxes that have all numbers of their extent, and a length or an area; another one marks nothing."""
    distinct = sorted({row for code, value in enumerate(values) for row in _rows(code, value, scale)})
    kinds = tuple(sorted({kind for _, kind, _ in distinct}))
    position = {kind: code for code, kind in enumerate(kinds)}
    codes = np.array([code for code, _, _ in distinct], dtype=np.int64)
    width = len(EXTENTS[scale]) + (scale is Scale.BOXES)
    return Elements(
        first=np.searchsorted(codes, np.arange(len(values) + 1)),
        kind=np.array([position[kind] for _, kind, _ in distinct], dtype=np.int64),
        kinds=kinds,
        place=np.array([place for _, _, place in distinct], dtype=np.float64).reshape(len(distinct), width),
    )


def placed(patterns: Patterns, elements: Elements) -> Placed:
    """The elements of every entry, sorted by pattern and entry."""
    numbers = elements.numbers[patterns.codes]
    entry = np.repeat(np.arange(len(patterns.codes)), numbers)
    inside = np.arange(len(entry)) - np.repeat(np.cumsum(numbers) - numbers, numbers)
    return Placed(
        entry=entry,
        pattern=patterns.rows[entry],
        element=elements.first[patterns.codes[entry]] + inside,
        counts=patterns.counts[entry],
    )


def of_kind(whole: Tally, kind: str) -> Tally:
    """The same units with the elements of one kind left."""
    kept: list[Json] = [[one for one in listed(value) if kind_of(one) == kind] for value in whole.values]
    texts = [canonical_text(value) for value in kept]
    distinct = dict(zip(texts, kept, strict=True))
    order = sorted(distinct)
    position = {text: code for code, text in enumerate(order)}
    codes = np.array([position[text] for text in texts], dtype=np.int32)
    return replace(recoded(whole, codes), values=tuple(distinct[text] for text in order))


def by_kind(whole: Tally) -> Iterator[tuple[str, Tally]]:
    """The same units with the elements of each kind alone."""
    return ((kind, of_kind(whole, kind)) for kind in kinds_in(whole))


def kinds_in(whole: Tally) -> tuple[str, ...]:
    """The kinds of elements that were given, sorted."""
    return tuple(sorted({kind_of(element) for value in whole.values for element in listed(value)}))


def listed(value: Json) -> list[JsonObject]:
    """The elements of a value."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _rows(code: int, value: Json, scale: Scale) -> Iterator[tuple[int, str, tuple[float, ...]]]:
    for element in listed(value):
        if (place := place_of(element, scale)) is not None:
            yield code, kind_of(element), place
