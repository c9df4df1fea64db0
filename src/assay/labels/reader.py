"""The one reader of label files: canonical files at once, all others line by line, chosen lines each.

`read_lines` gives a file's typed records and a fault for each line that is none, with its number; `read_records`
gives chosen lines as objects under their key, for comparing and merging. Both rest on `parse_record`. A line is
canonical exactly if writing its value canonically gives its bytes again.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from operator import attrgetter
from typing import Generic, TypeAlias, TypeVar

import msgspec
import orjson

from assay.core import Fault, JsonObject, canonical_text, one_spelling
from assay.files import (
    LINE_LIMIT,
    JsonFault,
    JsonFaultKind,
    is_conflict_marker,
    is_plain,
    parse_record,
    parse_strict,
    pointed,
)
from assay.labels.faults import JUDGED_BY_SCHEMA, Faults, key_faults
from assay.labels.paths import LabelFile
from assay.labels.records import AnyKind, R, RecordKind, dump_record, dump_value

R_co = TypeVar("R_co", bound=msgspec.Struct, covariant=True)

POINTER = "label/pointer"
_REMEMBERED = 8192
_IDENTITY = re.compile(rb'"(?:item|id)"\s*:\s*("[^"\\]*(?:\\.[^"\\]*)*")')
_LINE_END = f"label/{JsonFaultKind.CARRIAGE_RETURN}"
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


def read_lines(data: bytes, kind: RecordKind[R], file: LabelFile | None = None) -> Lines[R]:
    """The records of a file; a line that cannot be read is a fault and hides no other.

    A file saved as UTF-16, or that only points to its content, has no lines to speak of: it is one fault. Whoever
    reports faults names the `file`.
    """
    if fault := _of_the_whole(data):
        found = Faults(file, [fault])
        return Lines(records=(), numbers=(), raws=_raws((), kind.raw), total=1, faults=found, keys=frozenset())
    return _canonical_lines(data, kind) or _line_by_line(data, kind, Faults(file))


def _of_the_whole(data: bytes) -> Fault | None:
    """What is wrong with a file that has no lines; None where it has."""
    if data.startswith(_UTF16):
        return Fault(line=1, rule=f"label/{JsonFaultKind.NOT_UTF8}", message="the whole file is UTF-16")
    if pointer := pointed(data):
        message = f"the file is a pointer of {pointer[0]}, and its content is not here"
        return Fault(line=1, rule=POINTER, message=message, fix=f"`{pointer[1]}` fetches it; leave the file as it is")
    return None


def canonical_records(data: bytes, kind: RecordKind[R]) -> Sequence[R] | None:
    """The records of lines that are all canonical and end in a newline; None where one is not."""
    lines = _canonical_lines(data, kind)
    return None if lines is None else lines.records


def _canonical_lines(data: bytes, kind: RecordKind[R]) -> Lines[R] | None:
    if (data and not data.endswith(b"\n")) or (
        len(data) > LINE_LIMIT and max(map(len, data.split(b"\n"))) > LINE_LIMIT
    ):
        return None
    try:
        records = kind.decoder.decode_lines(data)
    except _REFUSED:
        return None
    if kind.encoder.encode_lines(records) != data:
        return None
    keys = frozenset(
        key
        for key, absent in kind.absent.items()
        if key in kind.required or list(map(attrgetter(key), records)).count(absent) < len(records)
    )
    raws = _raws(records, keys.intersection(kind.raw))
    if not all(_is_canonical(key, raw) for key, column in raws.items() for raw in set(column)):
        return None
    return Lines(records=records, numbers=range(1, len(records) + 1), raws=raws, total=len(records), keys=keys)


def _raws(records: Sequence[R], keys: Iterable[str]) -> Mapping[str, list[bytes]]:
    return {key: list(map(bytes, map(attrgetter(key), records))) for key in keys}


@lru_cache(maxsize=_REMEMBERED)
def _is_canonical(key: str, raw: bytes) -> bool:
    if not raw:
        return True
    if key not in JUDGED_BY_SCHEMA and raw[:1] != b"{":
        return False
    try:
        if not is_plain(raw):
            parse_strict(b"[" + raw + b"]")
        return dump_value(orjson.loads(raw)) == raw
    except (JsonFault, orjson.JSONDecodeError):
        return False


def _line_by_line(data: bytes, kind: RecordKind[R], faults: Faults) -> Lines[R]:
    records: list[R] = []
    numbers: list[int] = []
    informal: list[int] = []
    total = 0
    once = _Once()
    for number, line in _unconflicted(data, faults):
        total += 1
        record, is_canonical = _canonical_record(line, kind), True
        if record is None:
            is_canonical, found = False, list[Fault]()
            record = _strict_record(line, kind, number, found)
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
        raws=_raws(records, kind.raw),
        total=total,
        faults=faults,
        informal=tuple(informal),
        keys=frozenset(kind.types),
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
        if not is_conflict_marker(line):
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


def _canonical_record(line: bytes, kind: RecordKind[R]) -> R | None:
    if len(line) > LINE_LIMIT:
        return None
    try:
        record = kind.decoder.decode(line)
    except _REFUSED:
        return None
    if kind.encoder.encode(record) != line:
        return None
    return record if all(_is_canonical(key, bytes(getattr(record, key))) for key in kind.raw) else None


def _strict_record(line: bytes, kind: RecordKind[R], number: int, faults: list[Fault]) -> R | None:
    try:
        value = parse_record(line)
    except JsonFault as fault:
        column = f" (column {fault.column})" if fault.column else ""
        message = f"{fault.message}{column}"
        faults.append(Fault(line=number, rule=f"label/{fault.kind}", message=message, item=identity_of(line)))
        return None
    found = list(key_faults(value, kind, number))
    faults += found
    return None if found else kind.decoder.decode(dump_record(kind, value))


def identity_of(line: bytes) -> str:
    """The item that a line seems to be about, though it cannot be read; empty where it names none."""
    found = _IDENTITY.search(line[:LINE_LIMIT])
    try:
        return str(parse_strict(found[1])) if found else ""
    except JsonFault:
        return ""


Key: TypeAlias = tuple[str, ...]
Numbered: TypeAlias = tuple[int, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record: the key that identifies it in its file, its value, its bytes and its line, counted from 1."""

    key: Key
    value: JsonObject
    line: bytes
    number: int

    @property
    def text(self) -> str:
        """The record in canonical JSON: two records of one text say the same, however they are written."""
        return canonical_text(one_spelling(self.value))


class UnreadableError(Exception):
    """A line is no record of the file. `number` is its line."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(f"line {number}: {why}")
        self.number = number
        self.why = why


def split(data: bytes) -> list[bytes]:
    r"""The lines of a file, at `\n` alone."""
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return lines


def read_records(kind: AnyKind, lines: Iterable[Numbered]) -> Iterator[Record | UnreadableError]:
    """Each numbered line as a record under its key, or why it is none; unknown keys are left in."""
    for number, line in lines:
        try:
            value = parse_record(line)
        except JsonFault as fault:
            yield UnreadableError(number, fault.message)
            continue
        key = tuple(part for name in kind.identity if isinstance(part := value.get(name), str) and part)
        if len(key) < len(kind.identity):
            yield UnreadableError(number, f"the record lacks {' or '.join(kind.identity)}")
        else:
            yield Record(key=key, value=value, line=line, number=number)
