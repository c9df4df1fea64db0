"""Hold a configuration document against its shape; all faults at once, each with its line and remedy."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonschema_rs
import orjson

from assay.errors import ConfigError
from assay.model.finding import Location
from assay.model.json import Json, JsonObject
from assay.project.shapes import NOT_BUILT
from assay.store.formats import PROJECT_FORMAT, UPGRADE, is_newer, newer
from assay.store.yaml import Document, escape

_LARGEST = 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeFault:
    """One fault of a configuration file."""

    at: Location
    message: str
    hint: str


def shape_faults(document: Document, shape: JsonObject) -> tuple[ShapeFault, ...]:
    """Everything in the document that its shape does not allow, by line; of one of a newer format, that alone."""
    if (number := _number(document)) is not None and (is_newer(number, PROJECT_FORMAT) or _is_no_number(number, shape)):
        return (_number_fault(document, number),)
    errors = _validator(orjson.dumps(shape)).iter_errors(document.value)
    faults = [fault for error in errors for fault in _faults(document, shape, error)]
    faults += _fractions(document, shape, document.value, "")
    return tuple(sorted(faults, key=lambda fault: fault.at))


def checked(document: Document, shape: JsonObject) -> Any:
    """The value of the document, held against its shape.

    Raises:
        NewerError: it is of a newer format.
        ConfigError: with every fault, a line each.
    """
    if is_newer(number := _number(document), PROJECT_FORMAT):
        at = document.at("/format")
        raise newer(f"{at.path}:{at.line} the file", number, PROJECT_FORMAT)
    faults = shape_faults(document, shape)
    if faults:
        raise ConfigError(
            "\n".join(f"{fault.at.path}:{fault.at.line} {fault.message}" for fault in faults),
            hint="; ".join(dict.fromkeys(fault.hint for fault in faults)),
        )
    return document.value


def located(error: ConfigError) -> Iterator[tuple[Location, str]]:
    """The faults of a broken file, a line of the message each: where it stands, and what is said of it."""
    for line in error.message.split("\n"):
        path, _, rest = line.partition(":")
        number, _, said = rest.partition(" ")
        place = number if number.isdecimal() else ""
        pointer, _, words = said.partition(" ") if place and said.startswith("/") else ("", "", said)
        at = Location(path=path, line=int(place or 0), pointer=pointer.removesuffix(":"))
        yield at, words if place else rest.strip()


def _number(document: Document) -> Json:
    """The number of the document's format; None where it states none."""
    return document.value.get("format") if isinstance(document.value, dict) else None


def _is_no_number(number: Json, shape: JsonObject) -> bool:
    properties = shape.get("properties")
    return type(number) is not int and isinstance(properties, dict) and "format" in properties


def _number_fault(document: Document, number: Json) -> ShapeFault:
    at = document.at("/format")
    if is_newer(number, PROJECT_FORMAT):
        return ShapeFault(at=at, message=f"{newer('the file', number, PROJECT_FORMAT)}", hint=UPGRADE)
    hint = f"write `format: {PROJECT_FORMAT}`"
    return ShapeFault(at=at, message=f"/format: {number!r} is no whole number", hint=hint)


@cache
def _validator(shape: bytes) -> Any:
    return jsonschema_rs.Draft202012Validator(orjson.loads(shape), pattern_options=jsonschema_rs.RegexOptions())


def _faults(document: Document, shape: JsonObject, error: Any) -> Iterator[ShapeFault]:
    pointer = "".join(f"/{escape(str(part))}" for part in error.instance_path)
    if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties):
        known = sorted(_part(shape, error.schema_path)["properties"])
        for key in error.kind.unexpected:
            at = document.at(f"{pointer}/{escape(key)}")
            yield ShapeFault(at=at, message=f"unknown key {key!r}", hint=_did_you_mean(key, known, pointer))
        return
    subject = pointer or "the document"
    message, hint = f"{subject}: {error.message}", "write what the message asks for"
    if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Enum):
        allowed = error.kind.options
        message = f"{subject}: {error.instance!r} is not one of {', '.join(map(str, allowed))}"
        hint = _did_you_mean(str(error.instance), [str(value) for value in allowed], pointer)
    elif described := _part(shape, error.schema_path).get("description"):
        message, hint = f"{subject}: {error.instance!r} is not {described}", f"write {described}"
    yield ShapeFault(at=document.at(pointer), message=message, hint=hint)


def _fractions(document: Document, shape: Any, value: Json, pointer: str) -> Iterator[ShapeFault]:
    """Whole numbers that are written as fractions (`50.0`): JSON Schema takes them for integers, and nothing else here does."""
    if isinstance(value, float) and value.is_integer() and _is_whole(shape):
        hint = f"write {int(value)}" if abs(value) < _LARGEST else "write a smaller number, without a fraction"
        yield ShapeFault(
            at=document.at(pointer), message=f"{pointer}: {value!r} is not written as a whole number", hint=hint
        )
    elif isinstance(value, dict):
        named, other = shape.get("properties", {}), shape.get("additionalProperties")
        for key, below in value.items():
            if isinstance(inner := named.get(key, other), dict):
                yield from _fractions(document, inner, below, f"{pointer}/{escape(key)}")
    elif isinstance(value, list) and isinstance(inner := shape.get("items"), dict):
        for index, below in enumerate(value):
            yield from _fractions(document, inner, below, f"{pointer}/{index}")


def _is_whole(shape: Any) -> bool:
    stated = shape.get("type", ())
    types = {stated} if isinstance(stated, str) else set(stated)
    return "integer" in types and "number" not in types


def _part(shape: JsonObject, schema_path: list[Any]) -> Any:
    """The part of a shape whose keyword was not met."""
    part: Any = shape
    for step in schema_path[:-1]:
        part = part[step]
    return part


def _did_you_mean(word: str, known: list[str], pointer: str) -> str:
    if word in NOT_BUILT.get(pointer.rpartition("/")[2], ()):
        return f"{word!r} is not built yet; available: {', '.join(known)}"
    near = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"available: {', '.join(known)}"
