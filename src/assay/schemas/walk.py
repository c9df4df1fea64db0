"""Walk a JSON Schema: where its schemas stand, and which of them lead back to themselves before a value is looked into."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias
from urllib.parse import unquote

from assay.model.json import Json, JsonObject, escape

_MAPS = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SINGLE = frozenset({
    "items", "additionalItems", "contains", "additionalProperties", "propertyNames", "unevaluatedItems",
    "unevaluatedProperties", "not", "if", "then", "else", "contentSchema",
})  # fmt: skip
_IN_PLACE = frozenset({"allOf", "anyOf", "oneOf", "dependentSchemas", "not", "if", "then", "else"})
_REFERENCES = ("$ref", "$dynamicRef")

Parts: TypeAlias = Mapping[str, JsonObject]


def schemas_in(schema: JsonObject) -> Parts:
    """The schema and every schema inside it that is an object, by JSON pointer, outer ones first."""
    return dict(_walk(schema, ""))


def circle(schema: JsonObject) -> tuple[str, ...]:
    """The pointers of schemas that lead back to the first of them without going deeper into the value; empty where none do.

    Such a schema says nothing: to judge a value by it never ends. A tree, whose schema comes again inside a property or
    an element, is no such circle.
    """
    parts = schemas_in(schema)
    anchors = {
        name: pointer
        for pointer, part in parts.items()
        for key in ("$anchor", "$dynamicAnchor")
        if isinstance(name := part.get(key), str)
    }
    leads = {pointer: tuple(_in_place(pointer, part, anchors)) for pointer, part in parts.items()}
    return _round_trip(leads)


def _walk(part: Json, pointer: str) -> Iterator[tuple[str, JsonObject]]:
    if not isinstance(part, dict):
        return
    yield pointer, part
    for key, below in part.items():
        here = f"{pointer}/{escape(key)}"
        if key in _SINGLE:
            yield from _walk(below, here)
        elif key in _MAPS and isinstance(below, dict):
            for name, one in below.items():
                yield from _walk(one, f"{here}/{escape(name)}")
        elif key in _LISTS and isinstance(below, list):
            for index, one in enumerate(below):
                yield from _walk(one, f"{here}/{index}")


def _in_place(pointer: str, part: JsonObject, anchors: Mapping[str, str]) -> Iterator[str]:
    """The schemas that judge the same value as this one."""
    for key in _REFERENCES:
        if isinstance(stated := part.get(key), str):
            name = unquote(stated.removeprefix("#"))
            yield name if name.startswith("/") or not name else anchors.get(name, name)
    for key, inside in part.items():
        if key not in _IN_PLACE:
            continue
        here = f"{pointer}/{key}"
        if isinstance(inside, list):
            yield from (f"{here}/{index}" for index in range(len(inside)))
        elif isinstance(inside, dict) and key == "dependentSchemas":
            yield from (f"{here}/{escape(name)}" for name in inside)
        else:
            yield here


def _round_trip(leads: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Some schemas of which each leads to the next and the last to the first: what is left once dead ends are taken away."""
    left = {here: {there for there in to if there in leads} for here, to in leads.items()}
    before: dict[str, list[str]] = {}
    for here, to in left.items():
        for there in to:
            before.setdefault(there, []).append(here)
    ends = [here for here, to in left.items() if not to]
    while ends:
        end = ends.pop()
        del left[end]
        for here in before.get(end, ()):
            left[here].discard(end)
            if not left[here]:
                ends.append(here)
    if not left:
        return ()
    way: dict[str, None] = {}
    step = next(iter(left))
    while step not in way:
        way[step] = None
        step = min(left[step])
    steps = tuple(way)
    return steps[steps.index(step) :]
