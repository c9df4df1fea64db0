"""A compiled JSON Schema: jsonschema-rs decides, jsonschema words the rejection.

Patterns run in a linear-time engine on both paths, the wording is given up after so many steps (not seconds: the same
label is always worded the same way), and nothing is ever fetched, so neither a label nor a schema can hold a run up.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property
from itertools import islice
from typing import Any, TypeAlias

import jsonschema_rs

from assay.core import Fault, Json, JsonObject, Scale, canonical_text, clip, did_you_mean, escape, pointer_to
from assay.extras import load

_WORDABLE = 64 * 1024
_STEPS = 4096
_FAULTS = 20
_SHOWN = 80
_SAID = 240

Keyword: TypeAlias = Callable[[Any, Any, Any, Any], Any]
_HINT = "look the field up in the task's guideline and schema"
_UNEXPLAINED = Fault(pointer="", message="the schema does not allow it", fix=_HINT)
_PLAIN = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a text",
}


class Validator:
    """Judges values by one JSON Schema (draft 2020-12), and by what `also` asks of them besides.

    Raises:
        ValueError: jsonschema-rs cannot compile the schema; the message says why.
    """

    def __init__(self, schema: JsonObject, also: "JsonObject | None" = None) -> None:
        self.schema = schema
        self.also = also
        self._steps = 0
        stated = schema.get("allOf")
        self._whole = {**schema, "allOf": [*(stated if isinstance(stated, list) else ()), also]} if also else schema
        self._compiled = jsonschema_rs.Draft202012Validator(self._whole, pattern_options=jsonschema_rs.RegexOptions())

    def admits(self, value: Json) -> bool:
        """Whether the value is valid."""
        return self._compiled.is_valid(value)

    def faults(self, value: Json) -> tuple[Fault, ...]:
        """Everything that is wrong with the value (at most twenty), in the order of the value; empty where it is valid."""
        if self.admits(value):
            return ()
        worded = () if len(canonical_text(value)) > _WORDABLE else self._in_words(value)
        return worded or tuple(islice(self._terse(value), _FAULTS)) or (_UNEXPLAINED,)

    def missing(self, value: JsonObject) -> frozenset[str]:
        """The properties at the top that the value lacks and that are asked for, also under a condition that it meets.

        Of a choice between several all are named. Where the schema refers to parts of itself, only what it asks for at its
        own top is known.
        """
        if self._recursive:
            stated = self.schema.get("required")
            return frozenset(map(str, stated if isinstance(stated, list) else ())).difference(value)
        return frozenset(_lacking(self._compiled.iter_errors(value)))

    def _in_words(self, value: Json) -> tuple[Fault, ...]:
        self._steps = 0
        try:
            return tuple(islice(self._worded(value), _FAULTS))
        except (_WordlessError, RecursionError):
            return ()

    @cached_property
    def _recursive(self) -> bool:
        """Whether the schema may lead back to itself, so that listing every error may take exponential time."""
        text = canonical_text(self.schema)
        return '"$ref":' in text or '"$dynamicRef":' in text

    def _worded(self, value: Json) -> Iterator[Fault]:
        best = load("jsonschema.exceptions").best_match
        errors = sorted(self._wording.iter_errors(value), key=lambda error: [str(key) for key in error.absolute_path])
        unlisted = {tuple(error.absolute_path) for error in errors if error.validator == "enum"}
        for error in errors:
            if error.validator != "enum" and tuple(error.absolute_path) in unlisted:
                continue
            worded = best(error.context) if error.context and error.validator in {"anyOf", "oneOf"} else error
            yield _fault(worded or error)

    def _terse(self, value: Json) -> Iterator[Fault]:
        for error in () if self._recursive else self._compiled.iter_errors(value):
            yield Fault(pointer=pointer_to(error.instance_path), message=clip(error.message, _SAID), fix=_HINT)

    @cached_property
    def _wording(self) -> Any:
        jsonschema = load("jsonschema")
        keywords = {**jsonschema.Draft202012Validator.VALIDATORS, **_OWN}
        counted = {name: self._counted(keyword) for name, keyword in keywords.items()}
        extended = jsonschema.validators.extend(jsonschema.Draft202012Validator, counted)
        return extended(self._whole, registry=load("referencing").Registry())

    def _counted(self, keyword: Keyword) -> Keyword:
        def counted(validator: Any, stated: Any, value: Any, schema: Any) -> Any:
            self._steps += 1 + (len(stated) // 64 if isinstance(stated, list) else 0)
            if self._steps > _STEPS:
                raise _WordlessError
            return keyword(validator, stated, value, schema)

        return counted


def _lacking(errors: Iterable[Any]) -> Iterator[str]:
    for error in errors:
        if not error.instance_path and error.kind.name == "required":
            yield error.kind.property
        for branch in getattr(error.kind, "context", ()):
            yield from _lacking(branch)


class _WordlessError(Exception):
    """Wording would take too long, or could differ from what was decided."""


@cache
def _matcher(pattern: str) -> Any:
    return jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions())


def _pattern(_validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[Any]:
    if isinstance(value, str) and not _matcher(pattern).is_valid(value):
        yield load("jsonschema").ValidationError(f"{clip(repr(value), _SHOWN)} does not match {pattern!r}")


def _pattern_properties(validator: Any, patterns: dict[str, Any], value: Any, _schema: Any) -> Iterator[Any]:
    for pattern, below in patterns.items() if isinstance(value, dict) else ():
        for key in filter(_matcher(pattern).is_valid, value):
            yield from validator.descend(value[key], below, path=key, schema_path=pattern)


def _additional_properties(validator: Any, below: Any, value: Any, schema: Any) -> Iterator[Any]:
    extra = _extra(schema, value) if isinstance(value, dict) else []
    if below is False and extra:
        yield load("jsonschema").ValidationError("unexpected properties")
    for key in () if isinstance(below, bool) else extra:
        yield from validator.descend(value[key], below, path=key)


def _extra(schema: Any, value: dict[str, Any]) -> list[str]:
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    unlisted = (key for key in value if key not in known)
    return [key for key in unlisted if not any(_matcher(pattern).is_valid(key) for pattern in patterns)]


def _unique_items(_validator: Any, wanted: Any, value: Any, _schema: Any) -> Iterator[Any]:
    if wanted and isinstance(value, list) and len({canonical_text(one) for one in value}) < len(value):
        yield load("jsonschema").ValidationError("duplicate element")


def _wordless(_validator: Any, _stated: Any, _value: Any, _schema: Any) -> None:
    raise _WordlessError


_OWN: dict[str, Keyword] = {
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "uniqueItems": _unique_items,
    "unevaluatedItems": _wordless,
    "unevaluatedProperties": _wordless,
}


def _fault(error: Any) -> Fault:
    pointer, stated, shown = pointer_to(error.absolute_path), error.validator_value, clip(repr(error.instance), _SHOWN)
    message, fix = clip(error.message, _SAID), _HINT
    match error.validator:
        case "enum":
            allowed = [*map(str, stated)]
            message = f"{shown} is not one of: {clip(', '.join(allowed), _SAID)}"
            fix = did_you_mean(str(error.instance), allowed, _HINT)
        case "required":
            absent = (key for key in stated if key not in error.instance and repr(key) in error.message)
            name = next(absent, "")
            message, fix = f"{name!r} is missing", f"add {name!r}; an answer is required"
        case "additionalProperties":
            known, extra = list(error.schema.get("properties", {})), _extra(error.schema, error.instance)
            message = f"not in the schema: {clip(', '.join(map(repr, extra)), _SHOWN)}"
            fix = did_you_mean(extra[0] if extra else "", known, f"remove it; the schema has {', '.join(known)}")
            pointer = f"{pointer}/{escape(extra[0])}" if extra else pointer
        case "type":
            types = [stated] if isinstance(stated, str) else list(stated)
            message = f"{shown} is not of type {' or '.join(types)}"
            fix = f"write {' or '.join(_PLAIN.get(name, name) for name in types)}"
        case "minItems":
            message = f"{shown} has {len(error.instance)} elements, and {stated} are required"
            ranks = error.schema.get("x-scale") == Scale.RANKING
            fix = f"list {stated}; a ranking holds each of its options once" if ranks else f"list at least {stated}"
    return Fault(pointer=pointer, message=message, fix=fix)
