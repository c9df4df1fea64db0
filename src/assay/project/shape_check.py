"""Check a configuration document against its shape; all faults at once, each with its line and fix."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs
import orjson

from assay.core import Fault, Json, JsonObject, Location, did_you_mean, escape, pointer_to
from assay.errors import ConfigError
from assay.files import PROJECT_FORMAT, UPGRADE, Document, is_newer, newer
from assay.project.shapes import NOT_BUILT

_LARGEST = 2**53


def shape_faults(document: Document, shape: JsonObject) -> tuple[Fault, ...]:
    """Everything in the document that its shape does not allow, by line; of one of a newer format, that alone."""
    number, at = _number(document), document.at("/format")
    if is_newer(number, PROJECT_FORMAT):
        return (_fault(at, f"{newer('the file', number, PROJECT_FORMAT)}", UPGRADE),)
    properties = shape.get("properties")
    has_format = isinstance(properties, dict) and "format" in properties
    if has_format and number is not None and type(number) is not int:
        return (_fault(at, f"/format: {number!r} is not a whole number", f"write `format: {PROJECT_FORMAT}`"),)
    errors = _validator(orjson.dumps(shape)).iter_errors(document.value)
    faults = [fault for error in errors for fault in _faults(document, shape, error)]
    faults += _fractions(document, shape, document.value, "")
    return tuple(sorted(faults, key=lambda fault: fault.at))


def checked(document: Document, shape: JsonObject) -> Any:
    """The value of the document, checked against its shape.

    Raises:
        NewerError: it is of a newer format.
        ConfigError: with every fault, a line each.
    """
    if is_newer(number := _number(document), PROJECT_FORMAT):
        at = document.at("/format")
        raise newer(f"{at.path}:{at.line} the file", number, PROJECT_FORMAT)
    faults = shape_faults(document, shape)
    if faults:
        fix = "; ".join(dict.fromkeys(fault.fix for fault in faults))
        raise ConfigError("\n".join(f"{fault.at.path}:{fault.at.line} {fault.message}" for fault in faults), fix=fix)
    return document.value


def located(error: ConfigError) -> Iterator[tuple[Location, str]]:
    """The faults of a broken file, one per line of the message: location and text."""
    for line in error.message.split("\n"):
        path, _, rest = line.partition(":")
        number, _, said = rest.partition(" ")
        place = number if number.isdecimal() else ""
        pointer, _, words = said.partition(" ") if place and said.startswith("/") else ("", "", said)
        at = Location(path=path, line=int(place or 0), pointer=pointer.removesuffix(":"))
        yield at, words if place else rest.strip()


def _number(document: Document) -> Json:
    return document.value.get("format") if isinstance(document.value, dict) else None


def _fault(at: Location, message: str, fix: str) -> Fault:
    return Fault(message=message, fix=fix, path=at.path, line=at.line, pointer=at.pointer)


@cache
def _validator(shape: bytes) -> Any:
    return jsonschema_rs.Draft202012Validator(orjson.loads(shape), pattern_options=jsonschema_rs.RegexOptions())


def _faults(document: Document, shape: JsonObject, error: Any) -> Iterator[Fault]:
    pointer = pointer_to(error.instance_path)
    if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties):
        known = sorted(_part(shape, error.schema_path)["properties"])
        for key in error.kind.unexpected:
            at = document.at(f"{pointer}/{escape(key)}")
            yield _fault(at, f"unknown key {key!r}", _did_you_mean(key, known, pointer))
        return
    subject = pointer or "the document"
    message, fix = f"{subject}: {error.message}", "write what the message asks for"
    if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Enum):
        allowed = error.kind.options
        message = f"{subject}: {error.instance!r} is not one of {', '.join(map(str, allowed))}"
        fix = _did_you_mean(str(error.instance), [str(value) for value in allowed], pointer)
    elif described := _part(shape, error.schema_path).get("description"):
        message, fix = f"{subject}: {error.instance!r} is not {described}", f"write {described}"
    yield _fault(document.at(pointer), message, fix)


def _fractions(document: Document, shape: Any, value: Json, pointer: str) -> Iterator[Fault]:
    """Whole numbers that are written as fractions (`50.0`): JSON Schema takes them for integers, and nothing else here does."""
    types = shape.get("type", ())
    if isinstance(value, float) and value.is_integer() and "integer" in types and "number" not in types:
        fix = f"write {int(value)}" if abs(value) < _LARGEST else "write a smaller number, without a fraction"
        yield _fault(document.at(pointer), f"{pointer}: {value!r} is not written as a whole number", fix)
    elif isinstance(value, dict):
        named, other = shape.get("properties", {}), shape.get("additionalProperties")
        for key, below in value.items():
            if isinstance(inner := named.get(key, other), dict):
                yield from _fractions(document, inner, below, f"{pointer}/{escape(key)}")
    elif isinstance(value, list) and isinstance(inner := shape.get("items"), dict):
        for index, below in enumerate(value):
            yield from _fractions(document, inner, below, f"{pointer}/{index}")


def _part(shape: JsonObject, schema_path: list[Any]) -> Any:
    """The part of a shape whose keyword was not met."""
    part: Any = shape
    for step in schema_path[:-1]:
        part = part[step]
    return part


def _did_you_mean(word: str, known: list[str], pointer: str) -> str:
    if word in NOT_BUILT.get(pointer.rpartition("/")[2], ()):
        return f"{word!r} is not available yet; available: {', '.join(known)}"
    return did_you_mean(word, known, f"available: {', '.join(known)}")
