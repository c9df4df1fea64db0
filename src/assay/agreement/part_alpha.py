"""Elements as columns, and agreement on parts of them: alpha of a part, and of each attribute of shared elements."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.agreement.alpha import Alpha
from assay.agreement.coefficient import Matrix, cells
from assay.agreement.disagreement import UNEQUAL, Between, Fixed
from assay.agreement.pairwise import couples
from assay.agreement.sets import Alike
from assay.core import (
    EXTENTS,
    Codes,
    Column,
    Field,
    Floats,
    Ints,
    Json,
    JsonObject,
    Patterns,
    Ratings,
    Scale,
    Tally,
    attribute_name,
    canonical_text,
    canonical_value,
    is_missing,
    kind_of,
    ordered_values,
    place_of,
    present,
    recoded,
    said_besides,
    things,
)

_MOST_EXACT = 2**12


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """G parts with their pattern and their weight, and C cells: how many (`counts`) gave a part which `mark`.

    `alike` says of marks that are sets how much two of them are so; without it two marks are the same or not.
    """

    pattern: Ints
    weight: Floats
    part: Ints
    mark: Ints
    counts: Floats
    alike: Alike | None = None

    @property
    def marks(self) -> int:
        """How many different marks there are."""
        return int(self.mark.max(initial=-1)) + 1


def alpha_over(patterns: Patterns, marked: Marked, weight: Floats) -> Alpha:
    """Alpha over the parts; `weight` (P,) is that of all parts of a unit, marked by somebody or not."""
    parts, totals = _rated(patterns, marked), _totals(patterns, marked, weight)
    same = np.add.reduceat(parts.counts**2, parts.starts[:-1]) + _partly(parts, marked.alike)
    differ = (parts.sizes**2 - same) / np.maximum(parts.sizes - 1, 1) * marked.weight
    within = np.where(patterns.pairable, np.bincount(marked.pattern, weights=differ, minlength=len(patterns)), 0.0)
    around = totals.value_sums(patterns.units[np.newaxis].astype(np.float64))
    return Alpha(patterns, totals, Fixed(within, _between(marked, around)))


def _partly(parts: Patterns, alike: Alike | None) -> Floats:
    """How much the different marks of each part are alike, over all pairs of annotators in both orders, (G,)."""
    if alike is None:
        return np.zeros(len(parts))
    one, other, pairs = couples(parts)
    wide = np.int64(parts.codes.max()) + 1
    known, asked = alike.one * wide + alike.other, parts.codes[one] * wide + parts.codes[other]
    at = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    share = np.where(known[at] == asked, alike.share[at], 0.0)
    return np.bincount(parts.rows[one], weights=2 * pairs * share, minlength=len(parts)).astype(np.float64)


def _between(marked: Marked, around: Floats) -> Between:
    """The sum of distances over all pairs of marks, by how much has each, (R, marks + 1).

    Of more than 4,096 sets it is exact for all units, `around` (1, marks + 1), and linearised there for samples of them.
    """
    if marked.alike is None:
        return UNEQUAL
    alike, nothing = marked.alike, marked.marks
    one, other = np.append(alike.one, nothing), np.append(alike.other, nothing)
    likeness = cells(one, other, np.append(alike.share, 1.0), (nothing + 1, nothing + 1))
    if nothing < _MOST_EXACT:
        return Between(
            lambda totals: totals.sum(axis=1) ** 2 - (likeness.value_sums(totals) * totals).sum(axis=1),
            lambda totals: 2 * (totals.sum() - likeness.value_sums(totals[np.newaxis])[0]),
        )
    slope = likeness.value_sums(around)[0]
    return Between(
        lambda totals: totals.sum(axis=1) ** 2 - (2 * totals - around) @ slope,
        lambda totals: 2 * (totals.sum() - slope),
    )


def _rated(patterns: Patterns, marked: Marked) -> Patterns:
    """The parts as patterns of marks, (G,); the last mark is "nothing"."""
    width, parts = marked.marks + 1, len(marked.pattern)
    left = patterns.sizes[marked.pattern] - np.bincount(marked.part, weights=marked.counts, minlength=parts)
    cell = np.concatenate([marked.part * width + marked.mark, np.arange(parts) * width + marked.marks])
    given, position = np.unique(cell, return_inverse=True)
    counts = np.bincount(position, weights=np.concatenate([marked.counts, left])).astype(np.int64)
    given, counts = given[counts > 0], counts[counts > 0]
    return Patterns(
        starts=np.searchsorted(given, np.arange(parts + 1) * width),
        codes=(given % width).astype(np.int32),
        counts=counts,
        units=np.ones(parts, dtype=np.int64),
        cluster=np.full(parts, -1, dtype=np.int32),
        extent=np.zeros(parts, dtype=np.int64),
    )


def _totals(patterns: Patterns, marked: Marked, weight: Floats) -> Matrix:
    """How much of a unit of each pattern has each mark, (P, marks + 1); the last one is "nothing"."""
    pattern = marked.pattern[marked.part]
    given = marked.counts * marked.weight[marked.part]
    left = patterns.sizes * weight - np.bincount(pattern, weights=given, minlength=len(patterns))
    source = np.concatenate([pattern, np.arange(len(patterns))])
    mark = np.concatenate([marked.mark, np.full(len(patterns), marked.marks)])
    kept = patterns.pairable[source]
    return cells(source[kept], mark[kept], np.concatenate([given, left])[kept], (len(patterns), marked.marks + 1))


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


_STRAY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marked:
    """E elements that annotators marked: each a code into `elements`, with its annotator, its thing, and the unit of that."""

    elements: Sequence[JsonObject]
    element: Ints
    annotator: Codes
    unit: Ints
    thing: Ints


def of_attributes(given: Ratings) -> Iterator[tuple[str, Ratings]]:
    """Each attribute of a field of spans or boxes, by name; its tally is of a field named `FIELD.ATTRIBUTE`.

    What elements say and the schema does not declare has no scale that measures it; of many such names it is the first.
    """
    field = given.field
    if field.scale not in EXTENTS:
        return
    said = {name for value in given.values for one in listed(value) for name in said_besides(one, field)}
    stray = sorted(said - {attribute.name for attribute in field.attributes})[:_STRAY]
    undeclared = (Field(name=name, scale=Scale.TEXT, textual=False) for name in stray)
    if attributes := (*field.attributes, *undeclared):
        marked = _marked(given)
        for attribute in attributes:
            own = replace(attribute, name=attribute_name(field.name, attribute.name))
            yield attribute.name, _ratings(given, marked, attribute.name, own)


def _marked(rated: Ratings) -> _Marked:
    elements: list[JsonObject] = []
    places: list[tuple[float, ...]] = []
    first = [0]
    for value in rated.values:
        for element in listed(value):
            if (place := place_of(element, rated.field.scale)) is not None:
                elements.append(element)
                places.append(place)
        first.append(len(elements))
    starts = np.array(first)
    many = np.diff(starts)[rated.codes]
    row = np.repeat(np.arange(len(rated)), many)
    element = starts[rated.codes][row] + np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many)
    placed: Floats = np.array(places, dtype=np.float64).reshape(len(places), len(places[0]) if places else 2)[element]
    kinds = {kind: code for code, kind in enumerate(sorted(set(map(kind_of, elements))))}
    kind = np.array([kinds[kind_of(one)] for one in elements], dtype=np.int64)[element]
    annotator, unit = rated.annotator[row], rated.unit[row]
    thing = things(unit * max(len(kinds), 1) + kind, annotator.astype(np.int64), placed)
    return _Marked(elements=elements, element=element, annotator=annotator, unit=unit, thing=thing)


def _ratings(given: Ratings, marked: _Marked, name: str, field: Field) -> Ratings:
    said = {
        place: canonical_value(one[name], field.scale)
        for place, one in enumerate(marked.elements)
        if name in one and not is_missing(one[name])
    }
    values = ordered_values(said.values(), field)
    rank = {canonical_text(value): code for code, value in enumerate(values)}
    told = np.full(len(marked.elements), -1, dtype=np.int32)
    told[list(said)] = [rank[canonical_text(value)] for value in said.values()]
    code = told[marked.element]
    rows = np.flatnonzero(code >= 0)
    rows = rows[np.lexsort((marked.annotator[rows], marked.thing[rows]))]
    _, first, unit = np.unique(marked.thing[rows], return_index=True, return_inverse=True)
    whose = marked.unit[rows[first]]
    annotators, annotator = present(given.annotators, marked.annotator[rows])
    names, codes = present(values, code[rows])
    return Ratings(
        field=field,
        values=names,
        units=tuple(given.units[one] for one in whose.tolist()),
        annotators=annotators,
        unit=unit.astype(np.int64),
        annotator=annotator,
        codes=codes,
        item=given.item[whose],
        groups=_groups(given, whose),
        extent=np.zeros(len(whose), dtype=np.int64),
    )


def _groups(given: Ratings, whose: Ints) -> Column:
    """What each unit is drawn with: the group of its item, else the item itself where it has other units."""
    own = given.groups.codes[whose]
    many = np.bincount(whose, minlength=len(given.units))[whose]
    code = np.where(own >= 0, own, np.where(many > 1, len(given.groups.values) + whose, -1))
    used, place = np.unique(code[code >= 0], return_inverse=True)
    codes = np.full(len(code), -1, dtype=np.int32)
    codes[code >= 0] = place
    known = [f"group {name}" for name in given.groups.values] + [f"item {name}" for name in given.units]
    return Column(values=tuple(known[one] for one in used.tolist()), codes=codes)
