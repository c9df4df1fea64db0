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
from assay.model.json import JsonObject
from assay.project.shapes import NOT_BUILT
from assay.store.yaml import Document, escape


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeFault:
    """One fault of a configuration file."""

    at: Location
    message: str
    hint: str


def shape_faults(document: Document, shape: JsonObject) -> tuple[ShapeFault, ...]:
    """Everything in the document that its shape does not allow, by line."""
    errors = _validator(orjson.dumps(shape)).iter_errors(document.value)
    faults = (fault for error in errors for fault in _faults(document, shape, error))
    return tuple(sorted(faults, key=lambda fault: fault.at))


def checked(document: Document, shape: JsonObject) -> Any:
    """The value of the document, held against its shape.

    Raises:
        ConfigError: with every fault, a line each.
    """
    faults = shape_faults(document, shape)
    if faults:
        raise ConfigError(
            "\n".join(f"{fault.at.path}:{fault.at.line} {fault.message}" for fault in faults),
            hint="; ".join(dict.fromkeys(fault.hint for fault in faults)),
        )
    return document.value


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
