"""From the bytes of a label file to records: canonical files at once, all others line by line.

Both ways give the same records. A line is canonical exactly if writing its value canonically gives its bytes again.
"""

import difflib
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from operator import attrgetter
from typing import Generic, Literal, TypeVar, get_args, get_origin

import msgspec
import orjson
from msgspec import Raw

from assay.labels.canonical import dump_record, dump_value
from assay.labels.envelope import Form, R
from assay.labels.faults import Fault, Faults
from assay.labels.layout import LabelFile
from assay.model.json import Json, JsonObject
from assay.store.pointers import pointed
from assay.store.strict_json import DEPTH_LIMIT, LINE_LIMIT, JsonFault, JsonFaultKind, parse_strict
from assay.store.yaml import escape

R_co = TypeVar("R_co", bound=msgspec.Struct, covariant=True)

POINTER = "label/pointer"
_REMEMBERED = 8192
_UNUSUAL_NUMBER = re.compile(rb"[0-9]{16}")
_IDENTITY = re.compile(rb'"(?:item|id)"\s*:\s*("[^"\\]*(?:\\.[^"\\]*)*")')
_MARKER = re.compile(rb"(<<<<<<<|\|\|\|\|\|\|\||=======|>>>>>>>)( .*)?")
_LINE_END = f"label/{JsonFaultKind.CARRIAGE_RETURN}"
_NAMED = re.compile(r"`([^`]*)`")
_PLAIN = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "null",
    "array": "a list",
    "object": "an object in braces",
}
_JUDGED_BY_SCHEMA = {"label", "first"}
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_REFUSED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines(Generic[R_co]):
    """The readable records of a file with their line numbers.

    `raws` are the values kept as bytes, by key, one a record. `total` counts the lines read, `informal` are readable
    lines that are not canonical, `keys` the keys that may occur.
    """

    records: Sequence[R_co]
    numbers: Sequence[int]
    raws: Mapping[str, list[bytes]]
    total: int
    faults: Faults = field(default_factory=lambda: Faults(None))
    informal: tuple[int, ...] = ()
    keys: frozenset[str]


def read_lines(data: bytes, form: Form[R], file: LabelFile | None = None) -> Lines[R]:
    """The records of a file; a line that cannot be read is a fault and hides no other.

    A file saved as UTF-16, or that only points to its content, has no lines to speak of: it is one fault. Whoever
    reports faults names the `file`.
    """
    if fault := _of_the_whole(data):
        found = Faults(file, [fault])
        return Lines(records=(), numbers=(), raws=_raws((), form.raw), total=1, faults=found, keys=frozenset())
    return _canonical_lines(data, form) or _line_by_line(data, form, Faults(file))


def _of_the_whole(data: bytes) -> Fault | None:
    """What is wrong with a file that has no lines; None where it has."""
    if data.startswith(_UTF16):
        return Fault(line=1, rule=f"label/{JsonFaultKind.NOT_UTF8}", message="the whole file is UTF-16")
    if pointer := pointed(data):
        message = f"the file is a pointer of {pointer[0]}, and its content is not here"
        return Fault(line=1, rule=POINTER, message=message, hint=f"`{pointer[1]}` fetches it; leave the file as it is")
    return None


def canonical_records(data: bytes, form: Form[R]) -> Sequence[R] | None:
    """The records of lines that are all canonical and end in a newline; None where one is not."""
    lines = _canonical_lines(data, form)
    return None if lines is None else lines.records


def _canonical_lines(data: bytes, form: Form[R]) -> Lines[R] | None:
    if (data and not data.endswith(b"\n")) or _has_long_line(data):
        return None
    try:
        records = form.decoder.decode_lines(data)
    except _REFUSED:
        return None
    if form.encoder.encode_lines(records) != data:
        return None
    keys = frozenset(
        key for key, absent in form.absent.items() if key in form.required or _occurs(key, absent, records)
    )
    raws = _raws(records, keys.intersection(form.raw))
    if not all(_is_canonical(key, raw) for key, column in raws.items() for raw in set(column)):
        return None
    return Lines(records=records, numbers=range(1, len(records) + 1), raws=raws, total=len(records), keys=keys)


def _occurs(key: str, absent: object, records: Sequence[R]) -> bool:
    return list(map(attrgetter(key), records)).count(absent) < len(records)


def _raws(records: Sequence[R], keys: Iterable[str]) -> Mapping[str, list[bytes]]:
    return {key: list(map(bytes, map(attrgetter(key), records))) for key in keys}


def _has_long_line(data: bytes) -> bool:
    return len(data) > LINE_LIMIT and max(map(len, data.split(b"\n"))) > LINE_LIMIT


@lru_cache(maxsize=_REMEMBERED)
def _is_canonical(key: str, raw: bytes) -> bool:
    if not raw:
        return True
    if key not in _JUDGED_BY_SCHEMA and raw[:1] != b"{":
        return False
    try:
        if raw.count(b"[") + raw.count(b"{") >= DEPTH_LIMIT or _UNUSUAL_NUMBER.search(raw):
            parse_strict(b"[" + raw + b"]")
        return dump_value(orjson.loads(raw)) == raw
    except (JsonFault, orjson.JSONDecodeError):
        return False


def _line_by_line(data: bytes, form: Form[R], faults: Faults) -> Lines[R]:
    records: list[R] = []
    numbers: list[int] = []
    informal: list[int] = []
    total = 0
    once = _Once()
    for number, line in _unconflicted(data, faults):
        total += 1
        record, is_canonical = _canonical_record(line, form), True
        if record is None:
            is_canonical, found = False, list[Fault]()
            record = _strict_record(line, form, number, found)
            faults.extend(once.others(found, empty=not line))
        if record is None:
            continue
        records.append(record)
        numbers.append(number)
        if not is_canonical:
            informal.append(number)
    unended = 0 if data.endswith(b"\n") else data.count(b"\n") + 1
    if unended in numbers[-1:] and unended not in informal[-1:]:
        informal.append(unended)
    faults.extend(once.told())
    return Lines(
        records=records,
        numbers=numbers,
        raws=_raws(records, form.raw),
        total=total,
        faults=faults,
        informal=tuple(informal),
        keys=frozenset(form.types),
    )


class _Once:
    """What is told once a file, at its first line: it was saved with the wrong line ends, and it has empty lines."""

    def __init__(self) -> None:
        self.ended: Fault | None = None
        self.ends = 0
        self.empty = 0
        self.empties = 0

    def others(self, faults: Iterable[Fault], *, empty: bool) -> Iterator[Fault]:
        """Those faults of a line that are told each."""
        for fault in faults:
            if empty:
                self.empty, self.empties = self.empty or fault.line, self.empties + 1
            elif fault.rule == _LINE_END:
                self.ended, self.ends = self.ended or fault, self.ends + 1
            else:
                yield fault

    def told(self) -> Iterator[Fault]:
        """The others, one of each."""
        if self.ended:
            more = f", and so do {self.ends - 1:,} more lines" if self.ends > 1 else ""
            yield replace(self.ended, message=f"{self.ended.message}{more}")
        if self.empties:
            more = f", and {self.empties - 1:,} more" if self.empties > 1 else ""
            yield Fault(line=self.empty, rule=f"label/{JsonFaultKind.NOT_JSON}", message=f"an empty line{more}")


def _unconflicted(data: bytes, faults: Faults) -> Iterator[tuple[int, bytes]]:
    lines = data.removesuffix(b"\n").split(b"\n") if data else []
    ends = [number for number, line in enumerate(lines, start=1) if line.startswith(b">>>>>>>")]
    resume = 0
    for number, line in enumerate(lines, start=1):
        if number <= resume:
            continue
        if not _MARKER.fullmatch(line):
            yield number, line
            continue
        if line.startswith(b"<<<<<<<"):
            after = bisect_right(ends, number)
            resume = ends[after] if after < len(ends) else number
        last = f" to {resume}" if resume > number else ""
        faults.add(
            Fault(
                line=number, rule="label/conflict-marker", message=f"an unsettled merge conflict, line {number}{last}"
            )
        )


def _canonical_record(line: bytes, form: Form[R]) -> R | None:
    if len(line) > LINE_LIMIT:
        return None
    try:
        record = form.decoder.decode(line)
    except _REFUSED:
        return None
    if form.encoder.encode(record) != line:
        return None
    return record if all(_is_canonical(key, bytes(getattr(record, key))) for key in form.raw) else None


def _strict_record(line: bytes, form: Form[R], number: int, faults: list[Fault]) -> R | None:
    try:
        value = parse_strict(line)
    except JsonFault as fault:
        column = f" (column {fault.column})" if fault.column else ""
        message = f"{fault.message}{column}" if line.strip() else "an empty line"
        faults.append(Fault(line=number, rule=f"label/{fault.kind}", message=message, item=identity_of(line)))
        return None
    if not isinstance(value, dict):
        faults.append(Fault(line=number, rule="label/record", message="a line holds one object in braces"))
        return None
    found = list(_record_faults(value, form, number))
    faults += found
    return None if found else form.decoder.decode(dump_record(form.kind, value))


def identity_of(line: bytes) -> str:
    """The item that a line seems to be about, though it cannot be read; empty where it names none."""
    found = _IDENTITY.search(line[:LINE_LIMIT])
    try:
        return str(parse_strict(found[1])) if found else ""
    except JsonFault:
        return ""


def _record_faults(value: JsonObject, form: Form[R], line: int) -> Iterator[Fault]:
    item, annotator = value.get("item", value.get("id")), value.get("annotator")
    about = {
        "item": item if isinstance(item, str) else "",
        "annotator": annotator if isinstance(annotator, str) else "",
    }
    for key in form.required:
        if key not in value:
            yield Fault(
                line=line,
                rule="label/record",
                message=f"{key!r} is missing",
                hint=f"add {key!r} to the record",
                **about,
            )
    for key, part in value.items():
        if key not in form.types:
            known = ", ".join(form.types)
            near = difflib.get_close_matches(key[:80], form.types, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"a record here has: {known}"
            message = f"unknown key {key[:80]!r}"
            yield Fault(
                line=line, rule="label/unknown-key", message=message, pointer=f"/{escape(key[:80])}", hint=hint, **about
            )
        elif key not in _JUDGED_BY_SCHEMA and (problem := _problem(part, form.types[key])):
            hint = _one_of(part, form.types[key])
            yield Fault(
                line=line, rule="label/record", message=f"{key}: {problem}", pointer=f"/{key}", hint=hint, **about
            )


def _one_of(value: Json, kind: object) -> str:
    """The words that a key may have; empty where it may have any."""
    words = get_args(kind) if get_origin(kind) is Literal else ()
    near = difflib.get_close_matches(str(value)[:80], words, n=1)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    return f"one of: {', '.join(words)}{meant}" if words else ""


def _problem(value: Json, kind: object) -> str:
    if kind is Raw:
        return "" if isinstance(value, dict) else "expected an object in braces"
    if get_origin(kind) is Literal and isinstance(value, str):
        return "" if value in get_args(kind) else f"{value[:60]!r} is not one that is allowed"
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        told = _NAMED.sub(lambda found: _kinds(found[1]), str(error).partition(" - at ")[0])
        return told[:1].lower() + told[1:]
    return ""


def _kinds(named: str) -> str:
    kinds = named.replace("int | float", "float").split(" | ")
    return " or ".join(_PLAIN.get(kind, kind) for kind in kinds)
