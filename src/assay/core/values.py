"""JSON values; fields and scales; the equality, canonical form and order of a field's values."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias, cast

import orjson

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
JsonObject: TypeAlias = "dict[str, Json]"


def escape(key: object) -> str:
    """A key or index as a step of a JSON pointer."""
    return str(key).replace("~", "~0").replace("/", "~1")


def pointer_to(path: Iterable[object]) -> str:
    """The JSON pointer with these steps: `/label/a~1b/0`."""
    return "".join(f"/{escape(key)}" for key in path)


def pointer_steps(pointer: str) -> list[str]:
    """The keys and indices of a JSON pointer."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


class Scale(StrEnum):
    """The scale of measurement of a field."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"
    SET = "set"
    SEQUENCE = "sequence"
    RANKING = "ranking"
    TREE = "tree"
    SPANS = "spans"
    BOXES = "boxes"
    TEXT = "text"

    @property
    def numeric(self) -> bool:
        """Whether values of this scale are numbers with meaningful differences."""
        return self in {Scale.INTERVAL, Scale.RATIO}

    @property
    def of_members(self) -> bool:
        """Whether a value of this scale consists of members: a set, a sequence, a ranking, spans or boxes."""
        return self in {Scale.SET, Scale.SEQUENCE, Scale.RANKING, Scale.SPANS, Scale.BOXES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One top-level property of a label.

    `ordered` is false if the values of an ordinal scale are not numbers and have no declared order: then nothing that needs
    the order is measured or decided.

    `values` are the declared values in order (`x-order`, else `enum`; of the array's items for a set, a sequence or a
    ranking), or None if the schema does not list them. `textual`: every value is a string, and is its own text; otherwise
    the text is canonical JSON. `stepped`: a number between two values need not be one (integers, or listed numbers).
    `source` is the key of the item's `data` that spans, boxes or a sequence refer to; a sequence always has one. `paths`:
    the members of a set are paths of a tree, with the distances of the scale tree. `attributes` are the further properties
    of the elements of spans or boxes, each measured like a field; its `values`, `textual` and so on describe its value in
    an element.
    """

    name: str
    scale: Scale
    values: tuple[Json, ...] | None = None
    textual: bool = True
    required: bool = False
    ordered: bool = True
    stepped: bool = False
    source: str | None = None
    paths: bool = False
    attributes: "tuple[Field, ...]" = ()


def with_attributes(fields: Iterable[Field]) -> Iterator[Field]:
    """All measured fields: each field, followed by its attributes, named `FIELD.ATTRIBUTE`.

    A field of exactly that name takes precedence over an attribute.
    """
    known = tuple(fields)
    names = {field.name for field in known}
    for field in known:
        yield field
        for attribute in field.attributes:
            if (name := attribute_name(field.name, attribute.name)) not in names:
                yield replace(attribute, name=name)


def attribute_name(field: str, attribute: str) -> str:
    """The name of an attribute of a field in rules, tables and reports."""
    return f"{field}.{attribute}"


def is_missing(value: Json) -> bool:
    """Whether a value is missing: null means the same as an absent field, on every scale."""
    return value is None


def canonical_value(value: Json, scale: Scale) -> Json:
    """The canonical form of a value: `1.0` is `1` at every depth, sets are sorted and distinct, spans sorted by position.

    In a ranking, tied options are a nested list.
    """
    if isinstance(value, list) and scale is Scale.SET:
        plain = [canonical_value(member, Scale.NOMINAL) for member in value]
        members = {canonical_text(member): member for member in plain}
        return [members[text] for text in sorted(members)]
    if isinstance(value, list) and scale is Scale.SEQUENCE:
        return [canonical_value(element, Scale.NOMINAL) for element in value]
    if isinstance(value, list) and scale is Scale.RANKING:
        places = (canonical_value(place, Scale.SET) for place in value)
        return [place[0] if isinstance(place, list) and len(place) == 1 else place for place in places]
    if isinstance(value, list) and scale in {Scale.SPANS, Scale.BOXES}:
        return sorted(map(normalize_numbers, value), key=_element_key)
    return normalize_numbers(value)


def normalize_numbers(value: Json) -> Json:
    """The value with every whole float as an integer: `1.0` is `1`, because JSON does not distinguish them."""
    if isinstance(value, dict):
        for member in value.values():
            if member.is_integer() if isinstance(member, float) else isinstance(member, list | dict):
                return {key: normalize_numbers(below) for key, below in value.items()}
        return value
    if isinstance(value, list):
        return [normalize_numbers(member) for member in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) <= 2**53 else value


def _element_key(element: Json) -> tuple[float, float, str]:
    mapping = element if isinstance(element, dict) else {}
    start, end = mapping.get("start", mapping.get("x")), mapping.get("end", mapping.get("y"))
    return (
        start if isinstance(start, int | float) else 0,
        end if isinstance(end, int | float) else 0,
        canonical_text(element),
    )


def canonical_text(value: Json) -> str:
    """Canonical JSON: keys sorted by code point, no spaces, numbers as orjson writes them."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def same_value(one: Json, other: Json) -> bool:
    """Whether two values are equal: `1.0` is `1`, and the order of keys does not matter."""
    return canonical_text(normalize_numbers(one)) == canonical_text(normalize_numbers(other))


def value_text(value: Json, field: Field) -> str:
    """A value as shown in tables and reports: the string itself in a textual field, else canonical JSON."""
    return value if field.textual and isinstance(value, str) else canonical_text(value)


def value_of(text: str, field: Field) -> Json:
    """The inverse of `value_text`."""
    return text if field.textual else cast("Json", orjson.loads(text))


def ordered_values(values: Iterable[Json], field: Field) -> tuple[Json, ...]:
    """Distinct canonical values in canonical order: declared order first, then numbers, then by text."""
    declared = {canonical_text(value): rank for rank, value in enumerate(field.values or ())}
    distinct = {canonical_text(value): value for value in values}

    def key(text: str) -> tuple[int, float, str]:
        value = distinct[text]
        if text in declared:
            return (0, declared[text], "")
        if isinstance(value, int | float) and not isinstance(value, bool):
            return (1, float(value), "")
        return (2, 0.0, text)

    return tuple(distinct[text] for text in sorted(distinct, key=key))


def places(values: Iterable[Json], field: Field) -> Mapping[str, float]:
    """The positions of ordered values by canonical text: their rank in a declared order, otherwise the number itself."""
    if field.values is None:
        numbers = (value for value in values if isinstance(value, int | float))
        return {canonical_text(value): float(value) for value in numbers}
    ordered = ordered_values([*field.values, *values], field)
    return {canonical_text(value): float(rank) for rank, value in enumerate(ordered)}
