"""Spans and boxes of all values as columns, and of all units: what their coefficients are computed from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.model.json import Json, JsonObject
from assay.model.values import canonical_text
from assay.table.columns import Floats, Ints
from assay.table.tally import Patterns, Tally, recoded

SPAN = ("start", "end")
BOX = ("x", "y", "width", "height")
MOST_KINDS = 100
"""Beyond this many kinds, what is measured kind by kind is left out."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Elements:
    """S elements of V values, sorted by value, kind, place; none stands twice.

    `first` (V + 1,) are the bounds of each value's elements, `kind` (S,) codes into `kinds`, which are the elements'
    `label`s (empty where they have none), and `place` (S, 2) or (S, 4) the numbers of a span or box.
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


def elements_of(values: Sequence[Json], keys: Sequence[str]) -> Elements:
    """The elements that have numbers at all `keys`, and a length or an area; another one marks nothing."""
    distinct = sorted({row for code, value in enumerate(values) for row in _rows(code, value, keys)})
    kinds = tuple(sorted({kind for _, kind, _ in distinct}))
    position = {kind: code for code, kind in enumerate(kinds)}
    codes = np.array([code for code, _, _ in distinct], dtype=np.int64)
    return Elements(
        first=np.searchsorted(codes, np.arange(len(values) + 1)),
        kind=np.array([position[kind] for _, kind, _ in distinct], dtype=np.int64),
        kinds=kinds,
        place=np.array([place for _, _, place in distinct], dtype=np.float64).reshape(len(distinct), len(keys)),
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
    kept: list[Json] = [[one for one in _listed(value) if _kind(one) == kind] for value in whole.values]
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
    return tuple(sorted({_kind(element) for value in whole.values for element in _listed(value)}))


def _listed(value: Json) -> list[JsonObject]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _rows(code: int, value: Json, keys: Sequence[str]) -> Iterator[tuple[int, str, tuple[float, ...]]]:
    for element in _listed(value):
        place = [float(number) for key in keys if isinstance(number := element.get(key), int | float)]
        if len(place) == len(keys) and _marks(place):
            yield code, _kind(element), tuple(place)


def _marks(place: Sequence[float]) -> bool:
    """Whether a span has a length from 0 on, or a box an area."""
    return 0 <= place[0] < place[1] if len(place) == len(SPAN) else min(place[2:]) > 0


def _kind(element: JsonObject) -> str:
    label = element.get("label")
    return label if isinstance(label, str) else "" if label is None else canonical_text(label)
