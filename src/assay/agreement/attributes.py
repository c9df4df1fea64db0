"""What annotators say of the elements that they both marked: each attribute of spans or boxes, counted like a field.

A unit is a thing in an item that somebody marked: elements of one kind, matched across annotators one to one
(`assay.table.things`). Its values are what those annotators say of it; who did not mark it, or left the attribute
away, gave none. Whether a thing is marked at all is agreement on the field. The units of an item belong together and
are drawn as one, or with all items of its group.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.agreement.elements import listed
from assay.model.elements import EXTENTS, kind_of, place_of, said_besides
from assay.model.json import JsonObject
from assay.model.schema import Field, Scale, attribute_name
from assay.model.values import canonical_text, canonical_value, is_missing, ordered_values
from assay.table.columns import Codes, Column, Floats, Ints, present
from assay.table.ratings import Ratings
from assay.table.things import things

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
