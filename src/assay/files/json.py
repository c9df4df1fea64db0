"""The strict JSON parser: RFC 8259 without anything that programs interpret differently.

It also refuses duplicate keys, NaN and infinities, numbers that cannot be stored exactly, lone surrogates, a
byte order mark, carriage returns, and lines too long or nested too deeply to be a label.
"""

import json
import math
import re
from collections import Counter
from contextlib import suppress
from enum import StrEnum
from typing import Never, cast

import orjson

from assay.core import FaultError, Json, JsonObject

LINE_LIMIT = 1024 * 1024
DEPTH_LIMIT = 64
INTEGER_LIMIT = 2**53

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_UNUSUAL_NUMBER = b"0" * 16
_ZERO_FOR_DIGIT = bytes(ord("0") if chr(byte).isdigit() and byte < 128 else 0 for byte in range(256))
_MARKERS = (b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_DIGITS = len(str(INTEGER_LIMIT)) + 1
_MESSAGES = {
    "Expecting value": "a value is missing",
    "Extra data": "text after the end of the value",
    "Unterminated string": "a string without a closing quotation mark",
    "Expecting ',' delimiter": "a comma is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Expecting property name": "a key in double quotation marks is missing",
    "Illegal trailing comma": "an extra comma",
    "Invalid control character": "a control character in a string",
    "Invalid \\": "an invalid backslash escape",
}


class JsonFaultKind(StrEnum):
    """The reason why a line was refused: the last part of its rule."""

    NOT_JSON = "not-json"
    NOT_UTF8 = "not-utf8"
    BOM = "bom"
    CARRIAGE_RETURN = "carriage-return"
    DUPLICATE_KEY = "duplicate-key"
    NOT_A_NUMBER = "not-a-number"
    NUMBER_RANGE = "number-range"
    DEPTH = "depth"
    LINE_TOO_LONG = "line-too-long"
    CONFLICT_MARKER = "conflict-marker"
    NO_OBJECT = "record"


class JsonFault(FaultError):  # noqa: N818 - a fault of the data, not of the program
    """The line is not strict JSON. `column` counts from 1; 0: the whole line."""

    def __init__(self, kind: JsonFaultKind, message: str, column: int = 0) -> None:
        super().__init__(message, rule=f"label/{kind}")
        self.kind = kind
        self.column = column


def parse_strict(line: bytes) -> Json:
    """The value of one JSON text.

    Raises:
        JsonFault: it is not strict JSON; no other exception, whatever the bytes.
    """
    text = _decoded(line)
    if line.count(b"[") + line.count(b"{") > DEPTH_LIMIT and _depth(line) > DEPTH_LIMIT:
        raise JsonFault(JsonFaultKind.DEPTH, f"nested more than {DEPTH_LIMIT} levels deep")
    try:
        value = cast("Json", _DECODER.decode(text))
    except json.JSONDecodeError as error:
        message = next((words for start, words in _MESSAGES.items() if error.msg.startswith(start)), error.msg)
        raise JsonFault(JsonFaultKind.NOT_JSON, f"not JSON: {message}", error.pos + 1) from error
    if _SURROGATE.search(line):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            sign = ord(error.object[error.start])
            raise JsonFault(JsonFaultKind.NOT_UTF8, f"\\u{sign:04x} is a lone surrogate") from error
    return value


def parse_record(line: bytes) -> JsonObject:
    """The object on a line of records.

    Raises:
        JsonFault: it is not an object, empty, a merge conflict marker, or not strict JSON.
    """
    if is_conflict_marker(line):
        raise JsonFault(JsonFaultKind.CONFLICT_MARKER, "an unresolved merge conflict")
    if not line.strip():
        raise JsonFault(JsonFaultKind.NOT_JSON, "an empty line")
    value: Json = None
    if len(line) <= LINE_LIMIT and is_plain(line):  # the fast parser, for a line that it writes back unchanged
        with suppress(orjson.JSONDecodeError):
            value = orjson.loads(line)
    if value is None or orjson.dumps(value) != line:
        value = parse_strict(line)
    if not isinstance(value, dict):
        raise JsonFault(JsonFaultKind.NO_OBJECT, "a line must be one JSON object")
    return value


def is_conflict_marker(line: bytes) -> bool:
    """Whether the line is a merge conflict marker of git."""
    return line.startswith(_MARKERS)


def is_plain(data: bytes) -> bool:
    """Whether bytes that orjson reads and writes back unchanged are strict: not too deep, and no number too large."""
    return is_shallow(data) and not has_unusual_number(data)


def is_shallow(data: bytes, beside: int = 0) -> bool:
    """Whether JSON has too few brackets to be nested too deeply, `beside` so many that are known to be side by side."""
    return data.count(b"[") + data.count(b"{") - beside < DEPTH_LIMIT


def has_unusual_number(data: bytes) -> bool:
    """Whether JSON may have a number with more digits than all programs read alike."""
    return _UNUSUAL_NUMBER in data.translate(_ZERO_FOR_DIGIT)


def _decoded(line: bytes) -> str:
    """The text of a line; refuses bytes and encodings that other programs read differently."""
    if len(line) > LINE_LIMIT:
        raise JsonFault(JsonFaultKind.LINE_TOO_LONG, f"{len(line):,} bytes long, the maximum is {LINE_LIMIT:,}")
    if line.startswith(b"\xef\xbb\xbf"):
        raise JsonFault(JsonFaultKind.BOM, "starts with a byte order mark", 1)
    if b"\r" in line:
        raise JsonFault(JsonFaultKind.CARRIAGE_RETURN, "contains a carriage return", line.index(b"\r") + 1)
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JsonFault(
            JsonFaultKind.NOT_UTF8, f"byte {error.start + 1} (0x{line[error.start]:02x}) is not UTF-8", error.start + 1
        ) from error


def _depth(line: bytes) -> int:
    deepest = depth = 0
    for byte in _STRING.sub(b"", line):
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        twice = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise JsonFault(JsonFaultKind.DUPLICATE_KEY, f"duplicate key {_shown(twice)}")
    return mapping


def _integer(digits: str) -> int:
    if len(digits) > _DIGITS or abs(int(digits)) > INTEGER_LIMIT:
        raise JsonFault(JsonFaultKind.NUMBER_RANGE, f"{_shown(digits)} is beyond 2**53, the limit of exact integers")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise JsonFault(JsonFaultKind.NUMBER_RANGE, f"{_shown(digits)} is too large a number")
    return number


def _constant(name: str) -> Never:
    raise JsonFault(JsonFaultKind.NOT_A_NUMBER, f"{name} is not a JSON number")


def _shown(text: str) -> str:
    return ascii(text) if len(text) <= 60 else f"{text[:60]!a}…"


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)
