"""The strict JSON parser: RFC 8259, and nothing that two readers could take differently.

Besides what is no JSON it refuses duplicate keys, NaN and infinities, numbers that do not survive, lone surrogates, a
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
_UNUSUAL_NUMBER = re.compile(rb"[0-9]{16}")
_MARKERS = (b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_DIGITS = len(str(INTEGER_LIMIT)) + 1
_WORDS = {
    "Expecting value": "no value begins",
    "Extra data": "more text after the value has ended",
    "Unterminated string": "a text without its closing quotation mark begins",
    "Expecting ',' delimiter": "a comma is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Expecting property name": "no key in double quotation marks begins",
    "Illegal trailing comma": "a comma too many",
    "Invalid control character": "a control character inside a text",
    "Invalid \\": "a backslash that escapes nothing",
}


class JsonFaultKind(StrEnum):
    """Why a line was refused; the last part of the rule that reports it."""

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
    """The line is not strict JSON. `column` counts from 1; 0 where it is the whole line."""

    def __init__(self, kind: JsonFaultKind, message: str, column: int = 0) -> None:
        super().__init__(message, rule=f"label/{kind}")
        self.kind = kind
        self.column = column


def parse_strict(line: bytes) -> Json:
    """The value of one JSON text.

    Raises:
        JsonFault: it is not strict JSON; never anything else, whatever the bytes.
    """
    text = _text(line)
    if line.count(b"[") + line.count(b"{") > DEPTH_LIMIT and _depth(line) > DEPTH_LIMIT:
        raise JsonFault(JsonFaultKind.DEPTH, f"nested more than {DEPTH_LIMIT} levels deep")
    try:
        value = cast("Json", _DECODER.decode(text))
    except json.JSONDecodeError as error:
        raise JsonFault(JsonFaultKind.NOT_JSON, f"not JSON: {_said(error.msg)}", error.pos + 1) from error
    if _SURROGATE.search(line):
        _refuse_lone_surrogates(value)
    return value


def parse_record(line: bytes) -> JsonObject:
    """The object that a line of records holds.

    Raises:
        JsonFault: it holds none; it is empty, a mark of a merge conflict, or not strict JSON.
    """
    if is_conflict_marker(line):
        raise JsonFault(JsonFaultKind.CONFLICT_MARKER, "an unsettled merge conflict")
    if not line.strip():
        raise JsonFault(JsonFaultKind.NOT_JSON, "an empty line")
    value = _parsed_as_written(line)
    if not isinstance(value, dict):
        raise JsonFault(JsonFaultKind.NO_OBJECT, "a line holds one object in braces")
    return value


def is_conflict_marker(line: bytes) -> bool:
    """Whether git left the line where two changes met."""
    return line.startswith(_MARKERS)


def is_plain(data: bytes) -> bool:
    """Whether what orjson reads and writes back byte for byte is strict: it is not too deep, and no number is too large."""
    return data.count(b"[") + data.count(b"{") < DEPTH_LIMIT and not _UNUSUAL_NUMBER.search(data)


def _parsed_as_written(line: bytes) -> Json:
    """The value of a line, by the fast parser where it is plain and would be written so again."""
    if len(line) <= LINE_LIMIT and is_plain(line):
        with suppress(orjson.JSONDecodeError):
            value: Json = orjson.loads(line)
            if orjson.dumps(value) == line:
                return value
    return parse_strict(line)


def _text(line: bytes) -> str:
    if len(line) > LINE_LIMIT:
        raise JsonFault(
            JsonFaultKind.LINE_TOO_LONG, f"{len(line):,} bytes long, and a line holds at most {LINE_LIMIT:,}"
        )
    if line.startswith(b"\xef\xbb\xbf"):
        raise JsonFault(JsonFaultKind.BOM, "starts with a byte order mark", 1)
    if b"\r" in line:
        raise JsonFault(JsonFaultKind.CARRIAGE_RETURN, "holds a carriage return", line.index(b"\r") + 1)
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
        raise JsonFault(JsonFaultKind.DUPLICATE_KEY, f"the key {_shown(twice)} stands twice in one object")
    return mapping


def _integer(digits: str) -> int:
    if len(digits) > _DIGITS or abs(int(digits)) > INTEGER_LIMIT:
        raise JsonFault(
            JsonFaultKind.NUMBER_RANGE, f"{_shown(digits)} is beyond 2**53, where integers stop being exact"
        )
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise JsonFault(JsonFaultKind.NUMBER_RANGE, f"{_shown(digits)} is too large a number to be kept")
    return number


def _constant(name: str) -> Never:
    raise JsonFault(JsonFaultKind.NOT_A_NUMBER, f"{name} is not a JSON number")


def _refuse_lone_surrogates(value: Json) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise JsonFault(
            JsonFaultKind.NOT_UTF8, f"\\u{ord(error.object[error.start]):04x} alone is half a character"
        ) from error


def _said(message: str) -> str:
    """The parser's message in words that every version of Python shares."""
    return next((words for start, words in _WORDS.items() if message.startswith(start)), message)


def _shown(text: str) -> str:
    return ascii(text) if len(text) <= 60 else f"{text[:60]!a}…"


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)
