"""JSON values; fields and scales; values of a field: when two are equal, how they are written and ordered."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias, cast

import orjson

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
JsonObject: TypeAlias = "dict[str, Json]"


def escape(key: object) -> str:
    """A key or index as a pointer's step."""
    return str(key).replace("~", "~0").replace("/", "~1")


def pointer_to(path: Iterable[object]) -> str:
    """The pointer that takes these steps: `/label/a~1b/0`."""
    return "".join(f"/{escape(key)}" for key in path)


def pointer_steps(pointer: str) -> list[str]:
    """The keys and indices that a pointer takes, one after the other."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


class Scale(StrEnum):
    """How a field is measured."""

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
        """Whether values of this scale are numbers that may be subtracted."""
        return self in {Scale.INTERVAL, Scale.RATIO}

    @property
    def of_members(self) -> bool:
        """Whether a value of this scale is made of members, each by itself: a set, a sequence, a ranking, spans or boxes."""
        return self in {Scale.SET, Scale.SEQUENCE, Scale.RANKING, Scale.SPANS, Scale.BOXES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One top-level property of a label.

    `ordered` is false where the values of an ordinal scale are no numbers and nothing states their order: then nothing that
    rests on it is measured or decided.

    `values` are the declared values in their declared order (`x-order`, else `enum`; of the array's items for
    a set, a sequence or a ranking), or None where the schema does not list them. `textual` says that every value is a string, so a
    value's text is the value itself; otherwise its text is canonical JSON. `stepped` says that a number between two of its
    values need not be one: whole numbers, or listed ones. `source` is the key of the item's `data` that spans, boxes or a
    sequence refer to; a sequence always has one. `paths` says of a set that its members are paths of a tree, so that two
    members are near each other as two values of the scale tree are. `attributes` are what the elements of spans or boxes say
    besides their extent and kind, each measured like a field; what is told of one by `values`, `textual` and so on holds of
    its value in an element.
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
    """All that is measured: each field, and behind it its attributes, named `FIELD.ATTRIBUTE`.

    A field of exactly that name goes before an attribute.
    """
    known = tuple(fields)
    names = {field.name for field in known}
    for field in known:
        yield field
        for attribute in field.attributes:
            if (name := attribute_name(field.name, attribute.name)) not in names:
                yield replace(attribute, name=name)


def attribute_name(field: str, attribute: str) -> str:
    """What rules, tables and reports call an attribute of a field."""
    return f"{field}.{attribute}"


def is_missing(value: Json) -> bool:
    """Whether a stated value says nothing: null, on every scale, as if the field were absent."""
    return value is None


def canonical_value(value: Json, scale: Scale) -> Json:
    """The one spelling of a value: `1.0` is `1`, also inside it, a set has no order and no repeats, a sequence both, spans stand by position.

    In a ranking, options that are tied stand in a list of their own.
    """
    if isinstance(value, list) and scale is Scale.SET:
        plain = [canonical_value(member, Scale.NOMINAL) for member in value]
        members = {canonical_text(member): member for member in plain}
        return [members[text] for text in sorted(members)]
    if isinstance(value, list) and scale is Scale.SEQUENCE:
        return [canonical_value(element, Scale.NOMINAL) for element in value]
    if isinstance(value, list) and scale is Scale.RANKING:
        return [_tied(member) for member in value]
    if isinstance(value, list) and scale in {Scale.SPANS, Scale.BOXES}:
        return sorted(map(one_spelling, value), key=_element_key)
    return one_spelling(value)


def one_spelling(value: Json) -> Json:
    """The same with every number inside it in its one spelling: `1.0` is `1`, for JSON does not tell them apart."""
    if isinstance(value, dict):
        for one in value.values():
            if one.is_integer() if isinstance(one, float) else isinstance(one, list | dict):
                return {key: one_spelling(below) for key, below in value.items()}
        return value
    if isinstance(value, list):
        return [one_spelling(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) <= 2**53 else value


def _tied(place: Json) -> Json:
    tied = canonical_value(place, Scale.SET)
    return tied[0] if isinstance(tied, list) and len(tied) == 1 else tied


def _element_key(element: Json) -> tuple[float, float, str]:
    mapping = element if isinstance(element, dict) else {}
    start, end = mapping.get("start", mapping.get("x")), mapping.get("end", mapping.get("y"))
    return (_position(start), _position(end), canonical_text(element))


def _position(value: Json) -> float:
    return value if isinstance(value, int | float) else 0


def canonical_text(value: Json) -> str:
    """Canonical JSON: keys sorted by code point, no spaces, numbers as orjson writes them."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def same_value(one: Json, other: Json) -> bool:
    """Whether two values are the same, however they are written: `1.0` is `1`, and the order of keys says nothing."""
    return canonical_text(one_spelling(one)) == canonical_text(one_spelling(other))


def value_text(value: Json, field: Field) -> str:
    """A value as tables and reports show it: itself where the field holds only strings, else canonical JSON."""
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
    """Where ordered values stand, by canonical text: at their rank where an order is declared, numbers else at themselves."""
    if field.values is None:
        numbers = (value for value in values if isinstance(value, int | float))
        return {canonical_text(value): float(value) for value in numbers}
    ordered = ordered_values([*field.values, *values], field)
    return {canonical_text(value): float(rank) for rank, value in enumerate(ordered)}
