"""Values of a field: when two are the same, how they are written, in which order they stand."""

from collections.abc import Iterable, Mapping
from typing import cast

import orjson

from assay.model.json import Json
from assay.model.schema import Field, Scale


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
