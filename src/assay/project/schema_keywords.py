"""The keywords of a schema: misspelt ones, ones out of place, and ones that name what is not there."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import orjson

from assay.core import (
    Finding,
    Json,
    JsonObject,
    Severity,
    Where,
    attribute_name,
    canonical_text,
    did_you_mean,
    escape,
    finding,
    nearest,
)
from assay.files import Document, yaml_scalar
from assay.project.config import Project
from assay.project.fields import fields_of, resolved
from assay.project.task_schema import schemas_in

_SHOWN = 20
_NOTES = frozenset({
    "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment",
})  # fmt: skip
_ON_FIELDS = frozenset({"x-scale", "x-order", "x-source"})
_ON_TOP = frozenset({"x-item", "x-swap", "x-flags"})
_KNOWN = _NOTES | _ON_FIELDS | _ON_TOP | frozenset({
    "$schema", "$id", "$ref", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary", "$defs", "definitions",
    "type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum",
    "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "maxContains", "minContains",
    "maxProperties", "minProperties", "required", "dependentRequired", "properties", "patternProperties",
    "additionalProperties", "propertyNames", "items", "prefixItems", "contains", "unevaluatedItems",
    "unevaluatedProperties", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas",
    "format", "contentEncoding", "contentMediaType", "contentSchema",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSchema:
    """A schema as it is written, with its task and the line of each part."""

    task: str
    document: Document

    @property
    def schema(self) -> JsonObject:
        """The schema."""
        value = self.document.value
        return value if isinstance(value, dict) else {}

    def fault(self, pointer: str, message: str, fix: str) -> Finding:
        """A finding about one part of it."""
        return finding("schema/keyword", self.document.at(pointer), message, fix=fix, where=Where(task=self.task))


def stated_schema(project: Project, task: str) -> WrittenSchema:
    """The schema of a task as it is written.

    Raises:
        ConfigError: it is absent or not YAML.
    """
    return WrittenSchema(task=task, document=project.document(f"schemas/{task}.yaml"))


def keyword_findings(stated: WrittenSchema, items: Iterable[bytes]) -> Iterator[Finding]:
    """What is wrong with the keywords; `items` are the `data` of the task's items as JSON, for what `x-item` leaves open.

    JSON Schema takes a keyword that it does not know for a note and passes over it, so a misspelt one asks for nothing.
    What is like no known keyword may be meant as a note: a warning.
    """
    schema, item = stated.schema, stated.schema.get("x-item")
    for pointer, part in schemas_in(schema).items():
        yield from _keywords(stated, pointer, part, top=not pointer)
    if isinstance(item, dict):
        for pointer, part in schemas_in(item).items():
            yield from _keywords(stated, f"/x-item{pointer}", part, top=False)
    yield from _required(stated, "", schema, "field")
    if isinstance(item, dict) and item.get("additionalProperties") is False:
        yield from _required(stated, "/x-item", item, "key of `data`")
    yield from _keys_of_items(stated, items)
    yield from _without_order(stated)


def _without_order(stated: WrittenSchema) -> Iterator[Finding]:
    """Fields and attributes on an ordinal scale without an order; the alphabetical one would be a guess."""
    for field in fields_of(stated.document, stated.schema):
        pointer = f"/properties/{escape(field.name)}"
        places = [(field, field.name, pointer)] + [
            (part, attribute_name(field.name, part.name), f"{pointer}/items/properties/{escape(part.name)}")
            for part in field.attributes
        ]
        for part, name, here in places:
            if not part.ordered:
                message = f"{name}: the order of its values is not stated, so it has no alpha and no median"
                yield stated.fault(here, message, f"write under {name}: {order_line(part.values or ())}")


def _keywords(stated: WrittenSchema, pointer: str, part: JsonObject, *, top: bool) -> Iterator[Finding]:
    for key in part:
        here = f"{pointer}/{escape(key)}"
        if key in (_ON_FIELDS if top else _ON_TOP):
            on_field = ("a field", "below the field's name in `properties`")
            place, where = on_field if top else ("the whole label", "at the top")
            yield stated.fault(here, f"{key} belongs to {place}, and has no effect here", f"write it {where}")
        elif key not in _KNOWN:
            near, fix = nearest(key, _KNOWN), did_you_mean(key, _KNOWN)
            if key.startswith("x-"):
                known = ", ".join(sorted(_ON_FIELDS | _ON_TOP))
                yield stated.fault(here, f"{key!r} is not a keyword of assay", fix or f"there are: {known}")
                continue
            found = stated.fault(here, f"{key!r} is not a JSON Schema keyword, so it has no effect", fix)
            likely = near and near not in _NOTES
            note = replace(found, severity=Severity.WARNING, fix=fix or "a note belongs under $comment")
            yield found if likely else note


def _required(stated: WrittenSchema, pointer: str, part: JsonObject, noun: str) -> Iterator[Finding]:
    """Names under `required` that are nowhere under `properties`: no label or item can have them."""
    names, asked = set(_properties(part)), part.get("required")
    for index, name in enumerate(asked if isinstance(asked, list) else ()):
        if isinstance(name, str) and name not in names:
            message = f"required lists {name!r}, and there is no such {noun}"
            yield stated.fault(f"{pointer}/required/{index}", message, _near(name, names))


def _keys_of_items(stated: WrittenSchema, items: Iterable[bytes]) -> Iterator[Finding]:
    """Keys of an item's `data` that x-swap and x-source name, and no item has."""
    pair = stated.schema.get("x-swap")
    swapped = enumerate(pair if isinstance(pair, list) else ())
    named = {f"/x-swap/{index}": name for index, name in swapped if isinstance(name, str)}
    for pointer, part in schemas_in(stated.schema).items():
        if isinstance(source := part.get("x-source"), str):
            named[f"{pointer}/x-source"] = source
    if not named:
        return
    item = stated.schema.get("x-item")
    known = set(_properties(resolved(item, item))) if isinstance(item, dict) else set()
    open_ = not known
    for data in items if open_ else ():
        with suppress(orjson.JSONDecodeError):
            value = orjson.loads(data)
            known |= set(value) if isinstance(value, dict) else set()
        if known >= set(named.values()):
            return
    for pointer, name in named.items() if known else ():
        if name not in known:
            message = f"{name!r} is not a key of the item: {'no item has' if open_ else 'x-item does not have'} it"
            yield stated.fault(pointer, message, _near(name, known))


def _properties(part: dict[str, Any]) -> dict[str, Json]:
    properties = part.get("properties")
    return properties if isinstance(properties, dict) else {}


def _near(word: str, known: Collection[str]) -> str:
    return did_you_mean(word, known, f"there are: {', '.join(sorted(known)[:20])}")


def order_line(values: Iterable[Json]) -> str:
    """What to write for values whose order is not known, and the values; numerals are sorted by size."""
    words = [value if isinstance(value, str) else canonical_text(value) for value in values]
    if words and all((word.removeprefix("-").replace(".", "", 1).isdecimal() and word.isascii()) for word in words):
        return f"x-order: [{', '.join(yaml_scalar(word) for word in sorted(words, key=float))}]"
    shown = ", ".join(words[:_SHOWN]) + (f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else "")
    return f"x-order: [LOWEST, …, HIGHEST]{f', each once of {shown}' if words else ''}"
