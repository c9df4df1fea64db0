"""Read the fields of a task off its schema: scale, declared values, source."""

from collections.abc import Iterable, Iterator
from typing import Any, cast
from urllib.parse import unquote

from assay.errors import ConfigError
from assay.model.json import Json, JsonObject
from assay.model.schema import Field, Scale
from assay.model.values import canonical_text, canonical_value
from assay.store.yaml import Document, escape

_RANGE = 100
_ARRAY_SCALES = {Scale.SET, Scale.RANKING, Scale.SPANS, Scale.BOXES}
_OF_ITEMS = {Scale.SET, Scale.RANKING}


def fields_of(document: Document, schema: JsonObject) -> tuple[Field, ...]:
    """The fields of a schema, in the order they are written.

    Raises:
        ConfigError: at the line of the property whose scale cannot be told or does not fit its type.
    """
    properties = schema.get("properties")
    if not isinstance(properties, dict) or not properties:
        raise ConfigError(
            f"{document.at('/properties')} a label needs at least one field",
            hint="write `type: object` and one entry under `properties` for each question asked of the annotator",
        )
    required = cast("list[str]", schema.get("required") or [])
    return tuple(_Reader(document, schema, name).field(required=name in required) for name in properties)


class _Reader:
    """Reads one property."""

    def __init__(self, document: Document, schema: JsonObject, name: str) -> None:
        self.document = document
        self.schema = schema
        self.name = name
        self.pointer = f"/properties/{escape(name)}"
        self.property = self._resolved(cast("dict[str, Any]", schema["properties"])[name])

    def field(self, *, required: bool) -> Field:
        """The field this property describes."""
        scale = self._scale()
        values = self._values(scale)
        self._check(scale, values)
        return Field(
            name=self.name,
            scale=scale,
            values=values,
            textual=scale not in _ARRAY_SCALES and self._only_strings(),
            required=required,
            stepped=scale.numeric and self._is_stepped(),
            source=self._source(),
        )

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
            raise self._error("its scale cannot be told from its type", f"write x-scale: one of {', '.join(Scale)}")
        return inferred

    def _inferred(self) -> Scale | None:
        if listed_values(self.property) is not None or self.property.get("type") == "boolean":
            return Scale.NOMINAL
        simple = {"integer": Scale.ORDINAL, "number": Scale.INTERVAL, "string": Scale.TEXT}
        types = [kind for kind in types_of(self.property) if kind != "null"]
        if types == ["array"]:
            return self._inferred_array()
        return simple.get(types[0]) if len(types) == 1 else None

    def _inferred_array(self) -> Scale | None:
        element = self._resolved(self.property.get("items") or {})
        if listed_values(element) is not None:
            return Scale.SET
        keys = set(element.get("properties") or {})
        if {"start", "end"} <= keys:
            return Scale.SPANS
        return Scale.BOXES if {"x", "y", "width", "height"} <= keys else None

    def _values(self, scale: Scale) -> tuple[Json, ...] | None:
        part = self._resolved(self.property.get("items") or {}) if scale in _OF_ITEMS else self.property
        listed = listed_values(part)
        order = self._order()
        if order is None:
            return listed if listed is not None else _range(part)
        if listed is not None and sorted(map(canonical_text, order)) != sorted(map(canonical_text, listed)):
            raise self._error("x-order does not list exactly the values of its enum", "list every value once")
        return order

    def _order(self) -> tuple[Json, ...] | None:
        stated = self.property.get("x-order")
        if stated is None:
            return None
        order = _plain(stated) if isinstance(stated, list) else ()
        if not order or len(set(map(canonical_text, order))) < len(order):
            raise self._error("x-order is a list of different values", "list every value once, the lowest first")
        return order

    def _source(self) -> str | None:
        source = self.property.get("x-source")
        if source is not None and not isinstance(source, str):
            raise self._error("x-source is a key of the item's data", "write x-source: text")
        return source

    def _check(self, scale: Scale, values: tuple[Json, ...] | None) -> None:
        types = set(types_of(self.property)) - {"null"}
        if scale in _ARRAY_SCALES and types != {"array"}:
            raise self._error(f"a field of scale {scale} is an array", "write `type: array`, or another x-scale")
        if scale is Scale.RANKING and len(values or ()) < 2:
            raise self._error("a ranking orders two options or more", "list them: `items: {enum: [a, b, c]}`")
        numeric = types <= {"integer", "number"} and types
        listed_numbers = values and all(isinstance(value, int | float) for value in values)
        if scale.numeric and not (numeric or listed_numbers):
            raise self._error(f"a field of scale {scale} holds numbers", "write `type: number`, or another x-scale")
        if scale is Scale.ORDINAL and not (numeric or listed_numbers or "x-order" in self.property):
            raise self._error("the order of its values is not stated", "list them in x-order, lowest first")

    def _is_stepped(self) -> bool:
        types = set(types_of(self.property)) - {"null"}
        return types == {"integer"} or "multipleOf" in self.property or listed_values(self.property) is not None

    def _only_strings(self) -> bool:
        listed = listed_values(self.property)
        if listed:
            return all(isinstance(value, str) for value in listed)
        return types_of(self.property) == ["string"]

    def _error(self, problem: str, hint: str) -> ConfigError:
        return ConfigError(f"{self.document.at(self.pointer)} field {self.name!r}: {problem}", hint=hint)


def resolved(schema: JsonObject, part: Any) -> dict[str, Any]:
    """A part of a schema with what its `$ref` names written in; what is no object is an empty one."""
    seen: set[str] = set()
    while isinstance(part, dict) and isinstance(part.get("$ref"), str) and part["$ref"] not in seen:
        seen.add(part["$ref"])
        target = _target(schema, unquote(part["$ref"].removeprefix("#")))
        beside = {key: value for key, value in part.items() if key != "$ref"}
        part = {**target, **beside} if isinstance(target, dict) else {}
    return part if isinstance(part, dict) else {}


def kinds_of(schema: JsonObject, name: str) -> tuple[Json, ...] | None:
    """The kinds that a field of spans or boxes lists: the values of its elements' `label`; None where it lists none."""
    part: Any = schema
    for key in ("properties", name, "items", "properties", "label"):
        part = resolved(schema, part).get(key)
    return listed_values(resolved(schema, part))


def implied(fields: Iterable[Field]) -> JsonObject:
    """What scales ask of a label besides the schema, as a schema: a ranking holds every option once."""
    asked: JsonObject = {
        field.name: {"uniqueItems": True, "minItems": len(field.values or ())}
        for field in fields
        if field.scale is Scale.RANKING
    }
    return {"properties": asked} if asked else {}


def _target(schema: JsonObject, fragment: str) -> Any:
    """What a reference inside the schema names: a JSON pointer, or an anchor."""
    if fragment and not fragment.startswith("/"):
        return next(_anchored(schema, fragment), None)
    target: Any = schema
    for step in fragment.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
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
    return tuple(canonical_value(value, Scale.NOMINAL) for value in values)


def types_of(part: dict[str, Any]) -> list[str]:
    """The types that a property states; none where it states none."""
    stated = part.get("type", [])
    return [stated] if isinstance(stated, str) else list(stated)


def listed_values(part: dict[str, Any]) -> tuple[Json, ...] | None:
    """The values that a property lists: `enum`, `const`, a choice of constants, or a boolean's two; else None."""
    if isinstance(part.get("enum"), list):
        return _plain(part["enum"])
    if "const" in part:
        return _plain([part["const"]])
    for key in ("oneOf", "anyOf"):
        options = part.get(key)
        if isinstance(options, list) and options and all(isinstance(one, dict) and "const" in one for one in options):
            return _plain([one["const"] for one in options])
    return (False, True) if part.get("type") == "boolean" else None


def _range(part: dict[str, Any]) -> tuple[Json, ...] | None:
    low, high = part.get("minimum"), part.get("maximum")
    if part.get("type") == "integer" and isinstance(low, int) and isinstance(high, int) and 0 <= high - low < _RANGE:
        return tuple(range(low, high + 1))
    return None
