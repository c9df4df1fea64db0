"""`schemas/<task>.yaml` as one object, and a walk through its JSON Schema."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast
from urllib.parse import unquote

from assay.core import Fault, Field, Json, JsonObject, escape, pointer_to
from assay.errors import ConfigError
from assay.files import Document
from assay.project.config import Project
from assay.project.fields import fields_of, implied
from assay.project.migration import Migration
from assay.project.migration_files import load_migrations, with_repeats
from assay.project.validator import Validator

_MAPS = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SINGLE = frozenset({
    "items", "additionalItems", "contains", "additionalProperties", "propertyNames", "unevaluatedItems",
    "unevaluatedProperties", "not", "if", "then", "else", "contentSchema",
})  # fmt: skip
_IN_PLACE = frozenset({"allOf", "anyOf", "oneOf", "dependentSchemas", "not", "if", "then", "else"})
_REFERENCES = ("$ref", "$dynamicRef")

Parts: TypeAlias = Mapping[str, JsonObject]
STANDARD_FLAGS = frozenset({"unsure", "guideline-gap", "bad-item"})
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_WITHOUT: dict[str, Json] = {"required": [], "dependentRequired": {}}
_ALSO = ("allOf", "anyOf", "oneOf")
_THEN = ("then", "else")


def schemas_in(schema: JsonObject) -> Parts:
    """The schema and every schema inside it that is an object, by JSON pointer, outer ones first."""
    return dict(_walk(schema, ""))


def circle(schema: JsonObject) -> tuple[str, ...]:
    """The pointers of schemas that lead back to the first of them without going deeper into the value; empty where none do.

    Such a schema says nothing: to judge a value by it never ends. A tree, whose schema comes again inside a property or
    an element, is not such a circle.
    """
    parts = schemas_in(schema)
    anchors = {
        name: pointer
        for pointer, part in parts.items()
        for key in ("$anchor", "$dynamicAnchor")
        if isinstance(name := part.get(key), str)
    }
    leads = {pointer: tuple(_in_place(pointer, part, anchors)) for pointer, part in parts.items()}
    # Without dead ends only circles are left, and what leads to them.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSchema:
    """One task's schema: its fields, allowed flags, the pair that may be shown swapped, and the compiled validators.

    `migrations` migrate older labels to it. A label that needs a new answer after them is checked against `waiting`, which
    requires no field that a migration may have removed or added.
    """

    task: str
    fields: tuple[Field, ...]
    flags: frozenset[str]
    swap: tuple[str, str] | None
    label: Validator
    item: Validator | None
    migrations: tuple[Migration, ...] = ()
    waiting: Validator | None = None

    def field(self, name: str) -> Field | None:
        """The field of that name."""
        return next((field for field in self.fields if field.name == name), None)

    def admits(self, label: Json) -> bool:
        """Whether the label is valid."""
        return self.label.admits(label)

    def faults(self, label: Json) -> tuple[Fault, ...]:
        """What is wrong with a label, in words."""
        return self.label.faults(label)

    def item_faults(self, data: Json) -> tuple[Fault, ...]:
        """What is wrong with an item's `data`, in words; nothing where the schema has no `x-item`."""
        return self.item.faults(data) if self.item else ()


def load_schema(project: Project, task: str) -> TaskSchema:
    """The schema of a task.

    Raises:
        ConfigError: it is absent, no JSON Schema of an object, or refers to anything outside itself; or a migration
            is broken.
    """
    return schema_of(project.document(f"schemas/{task}.yaml"), task, load_migrations(project, task))


def schema_of(document: Document, task: str, migrations: tuple[Migration, ...] = ()) -> TaskSchema:
    """The schema that a document holds, of the work tree or of a revision, with the migrations that lead to it.

    Raises:
        ConfigError: it is no JSON Schema of an object, or refers to anything outside itself.
    """
    schema = document.value
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise ConfigError(f"{document.at('/type')} a label must be an object", fix="write `type: object` at the top")
    for problem in (*_outside(document, schema, ""), *_circles(document, schema)):
        raise problem
    label = _compiled(document, schema, "")
    fields = fields_of(document, schema)
    also = implied(fields)
    item = schema.get("x-item")
    if item is not None and not isinstance(item, dict):
        raise ConfigError(f"{document.at('/x-item')} x-item must be a JSON Schema", fix="write it as one, or omit it")
    flags = _texts(document, schema, "x-flags")
    if any(len(flag.split()) != 1 or flag != flag.strip() for flag in flags):
        raise ConfigError(f"{document.at('/x-flags')} a flag must be one word", fix="write-it-like-this")
    return TaskSchema(
        task=task,
        fields=fields,
        flags=STANDARD_FLAGS | frozenset(flags),
        swap=_pair(document, schema),
        label=_compiled(document, schema, "", also) if also else label,
        item=_compiled(document, item, "/x-item") if item is not None else None,
        migrations=with_repeats(migrations, fields),
        waiting=_compiled(document, _asking_nothing(schema), "", also) if migrations else None,
    )


def _asking_nothing(schema: JsonObject) -> JsonObject:
    """The schema of a label without the fields it asks for, also under a condition; what is asked inside a field stays."""
    asked = {key: _WITHOUT.get(key, part) for key, part in schema.items()}
    for key, part in schema.items():
        if key in _THEN and isinstance(part, dict):
            asked[key] = _asking_nothing(part)
        elif key in _ALSO and isinstance(part, list):
            asked[key] = [_asking_nothing(one) if isinstance(one, dict) else one for one in part]
        elif key == "dependentSchemas" and isinstance(part, dict):
            asked[key] = {name: _asking_nothing(one) if isinstance(one, dict) else one for name, one in part.items()}
    return asked


def _outside(document: Document, part: Any, pointer: str) -> Iterator[ConfigError]:
    if isinstance(part, list):
        for index, below in enumerate(part):
            yield from _outside(document, below, f"{pointer}/{index}")
        return
    if not isinstance(part, dict):
        return
    for key, below in part.items():
        here = f"{pointer}/{escape(key)}"
        if key in {"$ref", "$dynamicRef"} and isinstance(below, str) and not below.startswith("#"):
            yield ConfigError(
                f"{document.at(here)} {below!r} is outside this file, and assay follows only references inside it",
                fix="copy what it refers to below `$defs` and write `#/$defs/…`",
            )
        if key == "$schema" and below != _DRAFT:
            yield ConfigError(f"{document.at(here)} {below!r} is not supported", fix=f"write {_DRAFT}")
        yield from _outside(document, below, here)


def _circles(document: Document, schema: JsonObject) -> Iterator[ConfigError]:
    """`$ref`s that lead in a circle; `x-item` is a schema of its own."""
    item = schema.get("x-item")
    for top, part in (("", schema), ("/x-item", item)):
        if isinstance(part, dict) and (way := circle(part)):
            steps = " to ".join(f"#{pointer}" for pointer in (*way, way[0]))
            yield ConfigError(
                f"{document.at(f'{top}{way[0]}')} circular $ref, so no value can be validated: {steps}",
                fix="point it to a schema below $defs that has keywords of its own",
            )


def _compiled(document: Document, schema: JsonObject, pointer: str, also: "JsonObject | None" = None) -> Validator:
    try:
        return Validator(schema, also)
    except ValueError as error:
        path = pointer_to(getattr(error, "instance_path", ()))
        said = getattr(error, "message", str(error)).partition("\n")[0]
        fix = "JSON Schema draft 2020-12; patterns without look-around or back-references"
        raise ConfigError(f"{document.at(pointer + path)} not a JSON Schema: {said}", fix=fix) from error


def _texts(document: Document, schema: JsonObject, key: str) -> list[str]:
    value = schema.get(key, [])
    if not isinstance(value, list) or not all(isinstance(member, str) for member in value):
        raise ConfigError(f"{document.at(f'/{key}')} {key} must be a list of words", fix=f"write {key}: [one, two]")
    return cast("list[str]", value)


def _pair(document: Document, schema: JsonObject) -> tuple[str, str] | None:
    if "x-swap" not in schema:
        return None
    pair = _texts(document, schema, "x-swap")
    if len(pair) != 2 or pair[0] == pair[1]:
        raise ConfigError(f"{document.at('/x-swap')} x-swap must name two different keys", fix="write x-swap: [a, b]")
    return pair[0], pair[1]
