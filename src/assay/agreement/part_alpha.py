"""Elements as columns, and agreement on parts of units: alpha of parts, and of each attribute of shared elements.

A part is a stretch of a text or an object in a picture. An annotator who rated the unit and left the part unmarked gave
it "nothing", a value like any other. Whole units are drawn, not parts.

An attribute of spans or boxes is counted like a field. Its unit is a thing in an item that somebody marked: elements of
one kind, matched across annotators one to one (`assay.core.geometry`). Its values are those of the annotators who marked
the thing and stated the attribute; whether a thing is marked at all is agreement on the field. The units of an item are
drawn together, or with all items of its group.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay import core
from assay.agreement.alpha import Alpha
from assay.agreement.coefficient import Curve, Matrix, cells, runs
from assay.agreement.disagreement import UNEQUAL, Fixed
from assay.agreement.pairwise import couples
from assay.agreement.sets import Alike
from assay.core import EXTENTS, Codes, Column, Field, Floats, Ints, Json, JsonObject, Patterns, Ratings, Scale, Tally

_MOST_EXACT = 2**12


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """G parts with their pattern and their weight, and C cells: how many (`counts`) gave a part which `mark`.

    `alike` is, of marks that are sets, the similarity of any two; without it two marks are the same or not.
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

    def parts(self, patterns: Patterns) -> Patterns:
        """The parts as patterns of marks, (G,); the last mark is "nothing"."""
        width, number = self.marks + 1, len(self.pattern)
        # The annotators who did not mark a part gave it "nothing".
        left = patterns.sizes[self.pattern] - np.bincount(self.part, weights=self.counts, minlength=number)
        cell = np.concatenate([self.part * width + self.mark, np.arange(number) * width + self.marks])
        used, position = np.unique(cell, return_inverse=True)
        counts = np.bincount(position, weights=np.concatenate([self.counts, left])).astype(np.int64)
        used, counts = used[counts > 0], counts[counts > 0]
        return Patterns(
            starts=np.searchsorted(used, np.arange(number + 1) * width),
            codes=(used % width).astype(np.int32),
            counts=counts,
            units=np.ones(number, dtype=np.int64),
            cluster=np.full(number, -1, dtype=np.int32),
            extent=np.zeros(number, dtype=np.int64),
        )

    def partly_same(self, parts: Patterns) -> Floats:
        """The similarity of the different marks of each part, over all ordered pairs of annotators, (G,)."""
        if self.alike is None:
            return np.zeros(len(parts))
        one, other, pairs = couples(parts)
        wide = np.int64(parts.codes.max()) + 1
        known, asked = self.alike.one * wide + self.alike.other, parts.codes[one] * wide + parts.codes[other]
        at = np.minimum(np.searchsorted(known, asked), len(known) - 1)
        share = np.where(known[at] == asked, self.alike.share[at], 0.0)
        return np.bincount(parts.rows[one], weights=2 * pairs * share, minlength=len(parts)).astype(np.float64)

    def totals(self, patterns: Patterns, weight: Floats) -> Matrix:
        """How much of a unit of each pattern has each mark, (P, marks + 1); the last one is "nothing"."""
        pattern = self.pattern[self.part]
        entries = self.counts * self.weight[self.part]
        left = patterns.sizes * weight - np.bincount(pattern, weights=entries, minlength=len(patterns))
        source = np.concatenate([pattern, np.arange(len(patterns))])
        mark = np.concatenate([self.mark, np.full(len(patterns), self.marks)])
        kept = patterns.pairable[source]
        return cells(source[kept], mark[kept], np.concatenate([entries, left])[kept], (len(patterns), self.marks + 1))

    def between(self, around: Floats) -> Curve:
        """The sum of distances over all pairs of marks, by how much has each, (R, marks + 1).

        Of more than 4,096 sets it is exact for all units, `around` (1, marks + 1), and linearised there for samples.
        """
        if self.alike is None:
            return UNEQUAL
        # The distance is 1 - similarity, so the sum is n^2 - sum over c, k of n_c n_k similarity(c, k).
        nothing = self.marks
        one, other = np.append(self.alike.one, nothing), np.append(self.alike.other, nothing)
        likeness = cells(one, other, np.append(self.alike.share, 1.0), (nothing + 1, nothing + 1))
        if nothing < _MOST_EXACT:
            return Curve(
                lambda totals: totals.sum(axis=1) ** 2 - (likeness.value_sums(totals) * totals).sum(axis=1),
                lambda totals: 2 * (totals.sum() - likeness.value_sums(totals[np.newaxis])[0]),
            )
        slope = likeness.value_sums(around)[0]
        return Curve(
            lambda totals: totals.sum(axis=1) ** 2 - (2 * totals - around) @ slope,
            lambda totals: 2 * (totals.sum() - slope),
        )


def alpha_over(patterns: Patterns, marked: Marked, weight: Floats) -> Alpha:
    """Alpha over the parts; `weight` (P,) is that of all parts of a unit, marked by any annotator or not."""
    parts, totals = marked.parts(patterns), marked.totals(patterns, weight)
    # Of a part with m values: (m^2 - sum of r_c^2) / (m - 1), times its weight.
    same = np.add.reduceat(parts.counts**2, parts.starts[:-1]) + marked.partly_same(parts)
    differ = (parts.sizes**2 - same) / np.maximum(parts.sizes - 1, 1) * marked.weight
    within = np.where(patterns.pairable, np.bincount(marked.pattern, weights=differ, minlength=len(patterns)), 0.0)
    around = totals.value_sums(patterns.units[np.newaxis].astype(np.float64))
    return Alpha(patterns, totals, Fixed(within, marked.between(around)))


MOST_KINDS = 100
"""Beyond this many kinds, what is measured kind by kind is left out."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Elements:
    """S elements of V values, sorted by value, kind, place; each once.

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
    """The spans or boxes that have all numbers of their extent, and a length or an area; others are ignored."""
    distinct = sorted(
        {
            (code, core.kind_of(element), place)
            for code, value in enumerate(values)
            for element in elements_in(value)
            if (place := core.extent_of(element, scale)) is not None
        }
    )
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
    entry, inside = runs(numbers)
    return Placed(
        entry=entry,
        pattern=patterns.rows[entry],
        element=elements.first[patterns.codes[entry]] + inside,
        counts=patterns.counts[entry],
    )


def of_kind(whole: Tally, kind: str) -> Tally:
    """The same units with the elements of one kind left."""
    kept: list[Json] = [
        [element for element in elements_in(value) if core.kind_of(element) == kind] for value in whole.values
    ]
    return with_values(whole, kept)


def with_values(whole: Tally, values: Sequence[Json]) -> Tally:
    """The same units with another value in place of each; equal ones become one."""
    texts = list(map(core.canonical_text, values))
    distinct = dict(zip(texts, values, strict=True))
    order = {text: code for code, text in enumerate(sorted(distinct))}
    codes = np.array([order[text] for text in texts], dtype=np.int32)
    return replace(core.recoded(whole, codes), values=tuple(distinct[text] for text in order))


def by_kind(whole: Tally) -> Iterator[tuple[str, Tally]]:
    """The same units with the elements of each kind alone."""
    return ((kind, of_kind(whole, kind)) for kind in kinds_in(whole))


def kinds_in(whole: Tally) -> tuple[str, ...]:
    """The kinds of elements that were given, sorted."""
    return tuple(sorted({core.kind_of(element) for value in whole.values for element in elements_in(value)}))


def elements_in(value: Json) -> list[JsonObject]:
    """The elements of a value."""
    return [element for element in value if isinstance(element, dict)] if isinstance(value, list) else []


_STRAY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _MarkedElements:
    """E elements that annotators marked: each a code into `elements`, with its annotator, its thing, and the unit of that."""

    rated: Ratings
    elements: Sequence[JsonObject]
    element: Ints
    annotator: Codes
    unit: Ints
    thing: Ints

    @classmethod
    def of(cls, rated: Ratings) -> "_MarkedElements":
        elements: list[JsonObject] = []
        places: list[tuple[float, ...]] = []
        first = [0]
        for value in rated.values:
            for element in elements_in(value):
                if (place := core.extent_of(element, rated.field.scale)) is not None:
                    elements.append(element)
                    places.append(place)
            first.append(len(elements))
        starts = np.array(first)
        many = np.diff(starts)[rated.codes]
        row, inside = runs(many)
        code = starts[rated.codes][row] + inside
        width = len(places[0]) if places else 2
        extent: Floats = np.array(places, dtype=np.float64).reshape(len(places), width)[code]
        kinds = {kind: number for number, kind in enumerate(sorted(set(map(core.kind_of, elements))))}
        kind = np.array([kinds[core.kind_of(element)] for element in elements], dtype=np.int64)[code]
        annotator, unit = rated.annotator[row], rated.unit[row]
        thing = core.match_elements(unit * max(len(kinds), 1) + kind, annotator.astype(np.int64), extent)
        return cls(rated=rated, elements=elements, element=code, annotator=annotator, unit=unit, thing=thing)

    def attribute(self, name: str, field: Field) -> Ratings:
        """What annotators gave the attribute `name` of each thing, as a field of its own."""
        stated = {
            place: core.canonical_value(element[name], field.scale)
            for place, element in enumerate(self.elements)
            if name in element and not core.is_missing(element[name])
        }
        values = core.ordered_values(stated.values(), field)
        rank = {core.canonical_text(value): code for code, value in enumerate(values)}
        of_elements = np.full(len(self.elements), -1, dtype=np.int32)
        of_elements[list(stated)] = [rank[core.canonical_text(value)] for value in stated.values()]
        code = of_elements[self.element]
        rows = np.flatnonzero(code >= 0)
        rows = rows[np.lexsort((self.annotator[rows], self.thing[rows]))]
        _, first, unit = np.unique(self.thing[rows], return_index=True, return_inverse=True)
        whose = self.unit[rows[first]]
        annotators, annotator = core.present(self.rated.annotators, self.annotator[rows])
        names, codes = core.present(values, code[rows])
        return Ratings(
            field=field,
            values=names,
            units=tuple(self.rated.units[unit] for unit in whose.tolist()),
            annotators=annotators,
            unit=unit.astype(np.int64),
            annotator=annotator,
            codes=codes,
            item=self.rated.item[whose],
            groups=self._groups(whose),
            extent=np.zeros(len(whose), dtype=np.int64),
        )

    def _groups(self, whose: Ints) -> Column:
        """What each unit is drawn with: the group of its item, else the item itself where it has other units."""
        rated = self.rated
        # Groups first, then items that have several units; -1 is drawn alone.
        own = rated.groups.codes[whose]
        many = np.bincount(whose, minlength=len(rated.units))[whose]
        code = np.where(own >= 0, own, np.where(many > 1, len(rated.groups.values) + whose, -1))
        used, place = np.unique(code[code >= 0], return_inverse=True)
        codes = np.full(len(code), -1, dtype=np.int32)
        codes[code >= 0] = place
        known = [f"group {name}" for name in rated.groups.values] + [f"item {name}" for name in rated.units]
        return Column(values=tuple(known[code] for code in used.tolist()), codes=codes)


def of_attributes(rated: Ratings) -> Iterator[tuple[str, Ratings]]:
    """Each attribute of a field of spans or boxes, by name; its tally is of a field named `FIELD.ATTRIBUTE`.

    Attributes that the schema does not declare have no scale that measures them; only the first hundred are listed.
    """
    field = rated.field
    if field.scale not in EXTENTS:
        return
    named = {
        name
        for value in rated.values
        for element in elements_in(value)
        for name in core.other_attributes(element, field)
    }
    stray = sorted(named - {attribute.name for attribute in field.attributes})[:_STRAY]
    undeclared = (Field(name=name, scale=Scale.TEXT, textual=False) for name in stray)
    if attributes := (*field.attributes, *undeclared):
        marked = _MarkedElements.of(rated)
        for attribute in attributes:
            own = replace(attribute, name=core.attribute_name(field.name, attribute.name))
            yield attribute.name, marked.attribute(attribute.name, own)
