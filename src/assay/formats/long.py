"""The `long` format: one annotation on each line, with data of its item and annotator on any of their lines.

A line of an `@source` file is such a line too, so an imported file is read back by the same reader.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, cast

import orjson
from msgspec import MsgspecError, Raw, Struct
from msgspec.json import Decoder

from assay import files
from assay.core import (
    VERSION_PATTERN,
    Fault,
    FaultError,
    Finding,
    Json,
    JsonObject,
    Location,
    Where,
    did_you_mean,
    finding,
    id_text,
    legible,
)
from assay.labels import ANNOTATION, dump_record, in_utc
from assay.project import Validator

_NAME: JsonObject = {"type": "string", "minLength": 1}
_OBJECT: JsonObject = {"type": "object"}
_SHARE: JsonObject = {"type": "number", "minimum": 0, "maximum": 1}

ABOUT: JsonObject = {
    "data": _OBJECT,
    "meta": _OBJECT,
    "group": _NAME,
    "gold": _OBJECT,
    "annotator_groups": _OBJECT,
    "annotator_kind": {"enum": ["person", "model"]},
}
ACT: JsonObject = {
    "label": _OBJECT,
    "skip": _NAME,
    "guideline": {"type": "string", "pattern": VERSION_PATTERN},
    "at": {"type": "string"},
    "seconds": {"type": "number", "minimum": 0, "maximum": 1e9},
    "confidence": {"type": ["number", "object"], "minimum": 0, "maximum": 1, "additionalProperties": _SHARE},
    "probs": {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": _SHARE}},
    "shown": _OBJECT,
    "first": _OBJECT,
    "suggestion": _OBJECT,
    "flags": {"type": "array", "items": _NAME},
    "note": {"type": "string"},
}
KEYS = ("item", "annotator", *ACT, *ABOUT)
_PROPERTIES: JsonObject = {"item": _NAME, "annotator": _NAME, **ACT, **ABOUT}
SHAPE = Validator({"type": "object", "required": ["item", "annotator"], "properties": _PROPERTIES})

_MEMO = 1 << 16
_PLAIN_QUOTES = 10
_LISTED, _SHOWN = 12, 60
_REQUIRED = "a line requires the keys item, annotator and label (or skip)"
_IDENTITIES = frozenset({"item", "annotator", "group"})
_MAY_LACK = frozenset(KEYS) - {"item", "annotator"}
_FIX = "fix this line of the export, then import the file again with --update"


class Act(NamedTuple):
    """The annotation of an item: canonical JSON without item and annotator, and the label (None: a skip)."""

    text: bytes
    label: "JsonObject | None"


class LongRow(NamedTuple):
    """A line of a long file; `about` has its other keys: data, meta, group, gold, annotator_groups, annotator_kind."""

    line: int
    item: str
    annotator: str
    act: Act
    about: JsonObject


def read_long(path: Path, bounds: files.Bounds = files.USUAL) -> Iterator[LongRow | Finding]:
    """The rows of a long file, `.jsonl` or `.jsonl.gz`, in order; an invalid line is a finding.

    Raises:
        LimitError, UsageError: the file cannot be read (see `stream_lines`).
    """
    reader = _Reader(legible(path.as_posix()))
    return (reader.plain_row(line) or reader.row(line) for line in files.stream_lines(path, bounds=bounds))


def sourced_line(item: str, annotator: str, act: bytes) -> bytes:
    """The canonical line of an `@source` file, with its newline."""
    return b'{"annotator":%b,"item":%b,%b\n' % (orjson.dumps(annotator), orjson.dumps(item), act[1:])


class _Plain(Struct, forbid_unknown_fields=True, gc=False):
    item: str
    annotator: str
    label: Raw


class _Reader:
    """Reads lines; a repeated label is parsed once."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.decode = Decoder(_Plain).decode
        self.acts: dict[bytes, tuple[Act, int]] = {}
        self.names: dict[str, str] = {}

    def plain_row(self, line: files.NumberedLine) -> LongRow | None:
        """The row of a line with exactly item, annotator and label; None for any other line.

        Without a backslash every quotation mark is a delimiter, so ten outside the label exclude duplicate keys.
        """
        data = line.data
        if data is None or b"\\" in data or b"\r" in data:
            return None
        try:
            plain = self.decode(data)
            act, quotes = self._plain_act(bytes(plain.label))
        except (MsgspecError, UnicodeDecodeError, FaultError):
            return None
        if data.count(b'"') != _PLAIN_QUOTES + quotes or not (plain.item and plain.annotator):
            return None
        return LongRow(line.number, self._name(plain.item), self._name(plain.annotator), act, {})

    def _plain_act(self, raw: bytes) -> tuple[Act, int]:
        known = self.acts.get(raw)
        if known is None:
            record = _object(files.parse_strict(b'{"label":%b}' % raw))
            _object(record["label"])
            known = (_act(record), raw.count(b'"'))
            if len(self.acts) < _MEMO:
                self.acts[raw] = known
        return known

    def row(self, line: files.NumberedLine) -> LongRow | Finding:
        """The row of any line, or its finding."""
        record: Json = None
        try:
            if line.data is None:
                raise files.JsonFault(files.JsonFaultKind.LINE_TOO_LONG, "the line is too long")
            record = files.parse_strict(line.data)
            checked = _checked(record)
            item, annotator = self._name(cast("str", checked["item"])), self._name(cast("str", checked["annotator"]))
            return LongRow(
                line.number, item, annotator, _act(checked), {key: checked[key] for key in ABOUT if key in checked}
            )
        except FaultError as refused:
            return self._finding(line, record, refused.fault)

    def _name(self, text: str) -> str:
        return self.names.setdefault(text, text)

    def _finding(self, line: files.NumberedLine, record: Json, fault: Fault) -> Finding:
        known = record if isinstance(record, dict) else {}
        named = {key: value for key in ("item", "annotator") if isinstance(value := id_text(known.get(key)), str)}
        at = Location(path=self.path, line=line.number, pointer=fault.pointer)
        return finding(fault.rule, at, fault.message, fix=fault.fix or _FIX, where=Where(**named))


def _checked(value: Json) -> JsonObject:
    record = _object(value)
    if absent := [key for key in ("item", "annotator") if key not in record]:
        raise FaultError(
            f"missing {' and '.join(absent)}: {_REQUIRED}; the line has {_keys(record)}", rule="label/record"
        )
    # Tables write null for missing values; item and annotator are required, and an unknown key is still an error.
    record = {key: value for key, value in record.items() if value is not None or key not in _MAY_LACK}
    for key in _IDENTITIES & record.keys():
        record[key] = id_text(record[key])
    if unknown := [key for key in record if key not in KEYS]:
        message = f"unknown key {', '.join(map(repr, unknown))}"
        raise FaultError(message, rule="label/unknown-key", fix=did_you_mean(unknown[0], KEYS))
    if faults := SHAPE.faults(record):
        fault = faults[0]
        message = f"{fault.pointer}: {fault.message}".removeprefix(": ")
        raise FaultError(message, rule="label/record", pointer=fault.pointer)
    if "at" in record:
        at = cast("str", record["at"])
        record["at"] = in_utc(at)
        if record["at"] is None:
            raise FaultError(
                f"at: {at[:60]!r} is not an RFC 3339 time with its offset from UTC",
                rule="label/bad-time",
                fix="write it like 2026-03-14T09:26:53Z or 2026-03-14T11:26:53+02:00",
                pointer="/at",
            )
    if ("label" in record) == ("skip" in record):
        raise FaultError(f"{'both' if 'label' in record else 'neither'} a label and a skip", rule="label/label-or-skip")
    return record


def _object(value: Json) -> JsonObject:
    if not isinstance(value, dict):
        raise FaultError(f"the line is not a JSON object: {_REQUIRED}", rule="label/record")
    return value


def _keys(record: JsonObject) -> str:
    names = [legible(key)[:_SHOWN] for key in record]
    return f"{', '.join(names[:_LISTED])}{' …' if len(names) > _LISTED else ''}" if names else "none"


def _act(record: JsonObject) -> Act:
    label = record.get("label")
    own = {key: record[key] for key in ACT if key in record}
    return Act(dump_record(ANNOTATION, own), label if isinstance(label, dict) else None)
