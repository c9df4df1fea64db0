"""Read the fields of a task off its schema: scale, declared values, source."""

from collections.abc import Iterable, Iterator
from typing import Any, cast
from urllib.parse import unquote

from assay.core import (
    EXTENTS,
    KIND,
    PLACED_BY,
    QUOTE,
    ROTATION,
    Field,
    Json,
    JsonObject,
    Scale,
    canonical_text,
    canonical_value,
    escape,
    names_measure,
    names_shape,
    pointer_steps,
)
from assay.errors import ConfigError
from assay.files import Document

_RANGE = 100
_ARRAY_SCALES = {Scale.SET, Scale.SEQUENCE, Scale.RANKING, Scale.SPANS, Scale.BOXES}
_OF_ITEMS = {Scale.SET, Scale.SEQUENCE, Scale.RANKING}
_TAG = ["string", "number", "boolean"]
_NO_TAGS = {"array", "object", "null"}
_IN_PLACE = ("allOf", "anyOf", "oneOf")
_UNDER_CONDITION = ("if", "then", "else")


def fields_of(document: Document, schema: JsonObject) -> tuple[Field, ...]:
    """The fields of a schema, in the order they are written.

    Raises:
        ConfigError: at the line of the property whose scale cannot be inferred or does not fit its type.
    """
    properties = schema.get("properties")
    if not isinstance(properties, dict) or not properties:
        fix = "write `type: object` and one entry under `properties` for each question asked of the annotator"
        raise ConfigError(f"{document.at('/properties')} a label needs at least one field", fix=fix)
    required = cast("list[str]", schema.get("required") or [])
    return tuple(_Reader(document, schema, name).field(required=name in required) for name in properties)


class _Reader:
    """Reads one property, of a label or (`part`) of an element in it, at `pointer`."""

    def __init__(self, document: Document, schema: JsonObject, name: str, part: Any = None, pointer: str = "") -> None:
        self.document = document
        self.schema = schema
        self.name = name
        self.pointer = pointer or f"/properties/{escape(name)}"
        stated = cast("dict[str, Any]", schema["properties"])[name] if part is None else part
        self.property = self._resolved(stated)

    def field(self, *, required: bool) -> Field:
        """The field this property describes."""
        scale = self._scale()
        values = self._values(scale)
        types = set(types_of(self.property)) - {"null"}
        if scale in _ARRAY_SCALES and types != {"array"}:
            raise self._error(f"a field of scale {scale} must be an array", "write `type: array`, or another x-scale")
        if scale is Scale.RANKING and len(values or ()) < 2:
            raise self._error("a ranking needs at least two options", "list them: `items: {enum: [a, b, c]}`")
        self._check_elements(scale)
        if scale.numeric and not self._has_numbers(values):
            raise self._error(f"a field of scale {scale} must hold numbers", "write `type: number`, or another x-scale")
        source = self.property.get("x-source")
        if source is not None and not isinstance(source, str):
            raise self._error("x-source must be a key of the item's data", "write x-source: text")
        return Field(
            name=self.name,
            scale=scale,
            values=values,
            textual=scale not in _ARRAY_SCALES and self._only_strings(),
            required=required,
            ordered=scale is not Scale.ORDINAL or "x-order" in self.property or self._has_numbers(values),
            stepped=scale.numeric and self._is_stepped(),
            source=source,
            paths=scale is Scale.SET and self._items().get("x-scale") == Scale.TREE,
            attributes=tuple(self._attributes(scale)) if scale in EXTENTS else (),
        )

    def _items(self) -> dict[str, Any]:
        return self._resolved(self.property.get("items") or {})

    def attribute(self, of: str, within: Scale, *, required: bool) -> Field:
        """What this property says of the elements of a field; where no scale can be inferred it is text: voted, and not measured."""
        if "x-scale" not in self.property and self._places(within):
            raise self._error(
                f"it gives the position of an element, and the overlap of two elements of {of!r} depends on {PLACED_BY[within]} alone",
                f"write x-scale: text at {of!r}, which is then stored and not measured; or an x-scale below {self.name!r}, if it is not a position",
            )
        if "x-scale" not in self.property and self._inferred() in {None, *EXTENTS}:
            return Field(name=self.name, scale=Scale.TEXT, textual=self._only_strings(), required=required)
        field = self.field(required=required)
        if field.scale in {*EXTENTS, Scale.SEQUENCE}:
            raise self._error(f"elements cannot hold {field.scale}", "omit x-scale, or make it a field")
        return field

    def _attributes(self, scale: Scale) -> Iterator[Field]:
        """What an element holds besides its extent and kind, also what only some kinds hold."""
        element = self._resolved(self.property.get("items") or {})
        known: dict[str, dict[str, list[Any]]] = {}
        for name, part in _stated_in(self.schema, element, ()):
            known.setdefault(name, {}).setdefault(canonical_text(part), []).append(part)
        asked = element.get("required") or ()
        for name, parts in known.items():
            one = _joined([same[0] for same in parts.values()])
            derived = {KIND, *EXTENTS[scale]}
            if scale is Scale.BOXES:
                derived.add(ROTATION)
            elif types_of(one) == ["string"] and listed_values(one) is None:
                derived.add(QUOTE)
            if name not in derived:
                pointer = f"{self.pointer}/items/properties/{escape(name)}"
                reader = _Reader(self.document, self.schema, name, one, pointer)
                yield reader.attribute(self.name, scale, required=name in asked)

    def _places(self, scale: Scale) -> bool:
        """Whether this property of an element is a place or an outline that its extent does not have."""
        types, listed = set(types_of(self.property)) - {"null"}, listed_values(self.property)
        if names_shape(self.name) or (types == {"array"} and "enum" not in self._items() and self._lists_places()):
            return True
        return bool(types) and types <= {"integer", "number"} and listed is None and names_measure(self.name, scale)

    def _lists_places(self) -> bool:
        element = self._items()
        kinds, keys = set(types_of(element)) - {"null"}, set(element.get("properties") or {})
        return bool(kinds & {"array", "number", "integer"}) or {"x", "y"} <= keys or {"start", "end"} <= keys

    def _resolved(self, part: Any) -> dict[str, Any]:
        return resolved(self.schema, part)

    def _scale(self) -> Scale:
        stated = self.property.get("x-scale")
        if stated is not None:
            if stated not in tuple(Scale):
                raise self._error(f"x-scale {stated!r} is not a scale", f"one of {', '.join(Scale)}")
            return Scale(stated)
        inferred = self._inferred()
        if inferred is None:
            raise self._error("its scale cannot be inferred from its type", f"write x-scale: one of {', '.join(Scale)}")
        return inferred

    def _inferred(self) -> Scale | None:
        if listed_values(self.property) is not None:
            return Scale.NOMINAL
        simple = {
            "integer": Scale.ORDINAL, "number": Scale.INTERVAL, "string": Scale.TEXT, "boolean": Scale.NOMINAL,
        }  # fmt: skip
        types = [kind for kind in types_of(self.property) if kind != "null"]
        if types == ["array"]:
            element = self._items()
            if listed_values(element) is not None or element.get("x-scale") == Scale.TREE:
                return Scale.SET
            keys = set(element.get("properties") or {})
            if {"start", "end"} <= keys:
                return Scale.SPANS
            return Scale.BOXES if {"x", "y", "width", "height"} <= keys else None
        return simple.get(types[0]) if len(types) == 1 else None

    def _values(self, scale: Scale) -> tuple[Json, ...] | None:
        part = self._items() if scale in _OF_ITEMS else self.property
        listed = listed_values(part)
        order = self._order()
        if order is None:
            low, high = part.get("minimum"), part.get("maximum")
            whole = listed is None and set(types_of(part)) - {"null"} == {"integer"}
            if whole and isinstance(low, int) and isinstance(high, int) and 0 <= high - low < _RANGE:
                return tuple(range(low, high + 1))
            return listed
        if listed is not None and sorted(map(canonical_text, order)) != sorted(map(canonical_text, listed)):
            raise self._error("x-order and enum list different values", "list every value once")
        return order

    def _order(self) -> tuple[Json, ...] | None:
        stated = self.property.get("x-order")
        if stated is None:
            return None
        order = _plain(stated) if isinstance(stated, list) else ()
        if not order or len(set(map(canonical_text, order))) < len(order):
            raise self._error("x-order must be a list without duplicates", "list every value once, the lowest first")
        return order

    def _has_numbers(self, values: tuple[Json, ...] | None) -> bool:
        types = set(types_of(self.property)) - {"null"}
        listed = bool(values) and all(isinstance(value, int | float) for value in values or ())
        return bool(types and types <= {"integer", "number"}) or listed

    def _check_elements(self, scale: Scale) -> None:
        """What a sequence, a set and paths of a tree ask of the elements of their array."""
        element = self._items()
        kinds, said = set(types_of(element)), element.get("x-scale")
        if scale is Scale.SEQUENCE and self.property.get("x-source") is None:
            raise self._error(
                "a sequence has a value for each element of an array of the item's data, and x-source does not name the array",
                "write x-source: tokens, or the key that holds the array",
            )
        if scale is Scale.SEQUENCE and (self.property.get("uniqueItems") is True or kinds & _NO_TAGS):
            raise self._error(
                "the values of a sequence are texts, numbers, true or false, and may repeat",
                "write `items: {enum: [a, b, c]}`, without uniqueItems; give elements without a tag a tag such as O",
            )
        if scale is Scale.SET and self.property.get("x-source") is not None:
            raise self._error(
                "a set cannot have an x-source: it has no order",
                "write x-scale: sequence for one value per element; else omit x-source",
            )
        if said is not None and (scale is not Scale.SET or said != Scale.TREE):
            raise self._error(
                f"x-scale {said!r} of its elements has no effect",
                "a set of paths is `type: array, items: {type: string, x-scale: tree}`; else write x-scale at the field",
            )
        if scale is Scale.TREE and "array" in kinds:
            raise self._error(
                "a value of scale tree is one path, not an array of paths",
                "write x-scale: tree below `items`, and none at the field: a set of paths",
            )

    def _is_stepped(self) -> bool:
        types = set(types_of(self.property)) - {"null"}
        return types == {"integer"} or "multipleOf" in self.property or listed_values(self.property) is not None

    def _only_strings(self) -> bool:
        listed = listed_values(self.property)
        if listed:
            return all(isinstance(value, str) for value in listed)
        return set(types_of(self.property)) - {"null"} == {"string"}

    def _error(self, problem: str, fix: str) -> ConfigError:
        return ConfigError(f"{self.document.at(self.pointer)} field {self.name!r}: {problem}", fix=fix)


def resolved(schema: JsonObject, part: Any) -> dict[str, Any]:
    """A part of a schema with its `$ref` replaced by its target; empty where it is not an object."""
    seen: set[str] = set()
    while isinstance(part, dict) and isinstance(part.get("$ref"), str) and part["$ref"] not in seen:
        seen.add(part["$ref"])
        target = _target(schema, unquote(part["$ref"].removeprefix("#")))
        beside = {key: value for key, value in part.items() if key != "$ref"}
        part = {**target, **beside} if isinstance(target, dict) else {}
    return part if isinstance(part, dict) else {}


def _stated_in(schema: JsonObject, part: Any, seen: tuple[int, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The properties that an object may have, by all that a schema says of it; one may come several times."""
    here = resolved(schema, part)
    if id(part) in seen:
        return
    properties = here.get("properties")
    for name, one in properties.items() if isinstance(properties, dict) else ():
        yield name, resolved(schema, one)
    within = [branch for key in _IN_PLACE if isinstance(here.get(key), list) for branch in here[key]]
    within += [here[key] for key in _UNDER_CONDITION if key in here]
    dependent = here.get("dependentSchemas")
    within += dependent.values() if isinstance(dependent, dict) else ()
    for branch in within:
        yield from _stated_in(schema, branch, (*seen, id(part)))


def _joined(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """One property of what several branches say of it: what all of them allow, where each lists its values or says one type."""
    telling = [part for part in parts if part.keys() & {"type", "enum", "const", "oneOf", "anyOf", "x-scale"}]
    if len(telling) < 2:
        return telling[0] if telling else {}
    full = [part for part in telling if "const" not in part] or telling
    listed = [listed_values(part) for part in full]
    if len(full) == 1:
        return full[0]
    if all(values is not None for values in listed):
        return {"enum": [*{canonical_text(one): one for values in listed for one in values or ()}.values()]}
    kinds = {canonical_text([*types_of(part)]) for part in full}
    return {"type": full[0].get("type")} if len(kinds) == 1 and "type" in full[0] else {}


def kinds_of(schema: JsonObject, name: str) -> tuple[Json, ...] | None:
    """The kinds that a field of spans or boxes lists: the values of its elements' `label`; None where it lists none."""
    part: Any = schema
    for key in ("properties", name, "items", "properties", "label"):
        part = resolved(schema, part).get(key)
    return listed_values(resolved(schema, part))


def implied(fields: Iterable[Field]) -> JsonObject:
    """What scales ask of a label besides the schema, as a schema: every option of a ranking once, plain tags in a sequence."""
    asked: JsonObject = {
        field.name: {"uniqueItems": True, "minItems": len(field.values or ())}
        if field.scale is Scale.RANKING
        else {"items": {"type": [*_TAG]}}
        for field in fields
        if field.scale in {Scale.RANKING, Scale.SEQUENCE}
    }
    return {"properties": asked} if asked else {}


def _target(schema: JsonObject, fragment: str) -> Any:
    """What a reference inside the schema names: a JSON pointer, or an anchor."""
    if fragment and not fragment.startswith("/"):
        return next(_anchored(schema, fragment), None)
    target: Any = schema
    for key in pointer_steps(fragment):
        if isinstance(target, list):
            target = target[int(key)] if key.isdecimal() and int(key) < len(target) else None
        else:
            target = target.get(key) if isinstance(target, dict) else None
    return target


def _anchored(part: Json, name: str) -> Iterator[JsonObject]:
    if isinstance(part, dict) and name in (part.get("$anchor"), part.get("$dynamicAnchor")):
        yield part
    below = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for one in below:
        yield from _anchored(one, name)


def _plain(values: list[Json]) -> tuple[Json, ...]:
    return tuple(canonical_value(value, Scale.NOMINAL) for value in values if value is not None)


def types_of(part: dict[str, Any]) -> list[str]:
    """The types that a property states; none where it states none."""
    stated = part.get("type", [])
    return [stated] if isinstance(stated, str) else list(stated)


def listed_values(part: dict[str, Any]) -> tuple[Json, ...] | None:
    """The values that a property lists: `enum`, `const`, a choice of constants, or a boolean's two; else None.

    A null among them says that the value may be missing; it is none.
    """
    if isinstance(part.get("enum"), list):
        return _plain(part["enum"])
    if "const" in part:
        return _plain([part["const"]])
    for key in ("oneOf", "anyOf"):
        options = part.get(key)
        if isinstance(options, list) and options and all(isinstance(one, dict) and "const" in one for one in options):
            return _plain([one["const"] for one in options])
    return (False, True) if set(types_of(part)) - {"null"} == {"boolean"} else None
