"""The one reader of label files: canonical files at once, others line by line.

`read_lines` gives a file's typed records and a fault with its line number for each line that cannot be read; `read_records`
gives chosen lines as objects under their key, for comparing and merging. Both rest on `parse_record`. A line is
canonical exactly if writing its value canonically gives its bytes again.
"""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from operator import attrgetter
from typing import Generic, TypeAlias, TypeVar

import msgspec
import numpy as np
import orjson
from msgspec import Struct

from assay import files
from assay.core import Fault, Ints, JsonObject, canonical_text, normalize_numbers
from assay.labels.faults import JUDGED_BY_SCHEMA, Faults, key_faults
from assay.labels.paths import LabelFile
from assay.labels.records import AnyKind, R, RecordKind, dump_record, dump_value

R_co = TypeVar("R_co", bound=Struct, covariant=True)

POINTER = "label/pointer"
_REMEMBERED = 8192
_SEVERAL = 256
_IDENTITY = re.compile(rb'"(?:item|id)"\s*:\s*("[^"\\]*(?:\\.[^"\\]*)*")')
_LINE_END = f"label/{files.JsonFaultKind.CARRIAGE_RETURN}"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_REFUSED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines(Generic[R_co]):
    """The readable records of a file with their line numbers.

    `raws` are the values kept as bytes, by key, one a record. `total` counts the lines read, `informal` are readable
    lines that are not canonical, `keys` the keys that may occur. `blank`: the file holds nothing but white space.
    """

    records: Sequence[R_co]
    numbers: Sequence[int]
    raws: Mapping[str, list[bytes]]
    total: int
    faults: Faults = field(default_factory=lambda: Faults(None))
    informal: tuple[int, ...] = ()
    keys: frozenset[str]
    blank: bool = False

    @property
    def places(self) -> Ints:
        """The line number of each record."""
        numbers = self.numbers
        if isinstance(numbers, range):  # the fastest way to the same
            return np.arange(numbers.start, numbers.stop, dtype=np.int64)
        return np.asarray(numbers, dtype=np.int64)


def read_lines(data: bytes, kind: RecordKind[R], file: LabelFile | None = None, *, trusted: bool = False) -> Lines[R]:
    """The records of a file; a line that cannot be read is a fault and hides no other.

    A file in UTF-16, or one that only points to its content, is one fault. Pass the `file` to report
    faults. `trusted`: every line is known to be canonical, by an earlier reading of the same bytes; `raws` are left out.
    """
    if trusted:
        with suppress(*_REFUSED):  # the file was edited since
            records = kind.decoder.decode_lines(data)
            numbers, keys = range(1, len(records) + 1), frozenset(kind.types)
            return Lines(records=records, numbers=numbers, raws={}, total=len(records), keys=keys)
    whole = None
    if data.startswith(_UTF16):
        whole = Fault(line=1, rule=f"label/{files.JsonFaultKind.NOT_UTF8}", message="the whole file is UTF-16")
    elif pointer := files.pointer_of(data):
        message = f"the file is a pointer of {pointer[0]}, and its content is not here"
        whole = Fault(line=1, rule=POINTER, message=message, fix=f"`{pointer[1]}` fetches it; leave the file as it is")
    if whole is not None:
        found = Faults(file, [whole])
        return Lines(records=(), numbers=(), raws=_raws((), kind.raw), total=1, faults=found, keys=frozenset())
    lines = _canonical_lines(data, kind) or _LineReader(kind, Faults(file)).read(data)
    return lines if data and not data.isspace() else replace(lines, blank=True)


def canonical_records(data: bytes, kind: RecordKind[R]) -> Sequence[R] | None:
    """The records of lines that are all canonical and end in a newline; None where one is not."""
    lines = _canonical_lines(data, kind)
    return None if lines is None else lines.records


def _canonical_lines(data: bytes, kind: RecordKind[R]) -> Lines[R] | None:
    if (data and not data.endswith(b"\n")) or (
        len(data) > files.LINE_LIMIT and max(map(len, data.split(b"\n"))) > files.LINE_LIMIT
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
        # Most keys are in no line of a file: then their name is nowhere in it.
        if key in kind.required or (b'"%s":' % key.encode() in data and _is_stated(key, absent, records))
    )
    raws = _raws(records, keys.intersection(kind.raw))
    if not all(_are_canonical(key, set(column)) for key, column in raws.items()):
        return None
    return Lines(records=records, numbers=range(1, len(records) + 1), raws=raws, total=len(records), keys=keys)


def _is_stated(key: str, absent: object, records: Sequence[Struct]) -> bool:
    """Whether one of the records has a key."""
    stated = map(attrgetter(key), records)
    return next(stated, absent) is not absent or list(stated).count(absent) < len(records) - 1


def _raws(records: Sequence[R], keys: Iterable[str]) -> Mapping[str, list[bytes]]:
    return {key: list(map(bytes, map(attrgetter(key), records))) for key in keys}


def _are_canonical(key: str, raws: Collection[bytes]) -> bool:
    """Whether the distinct values kept as bytes are canonical: where they are many, all of them as one list, else each."""
    if len(raws) > _SEVERAL and {raw[:1] for raw in raws} == {b"{"}:
        whole = b"[%s]" % b",".join(raws)
        # Each object has a bracket of its own: where few are left over, none is nested deeply.
        is_flat = files.is_shallow(whole, beside=len(raws)) or all(map(files.is_shallow, raws))
        if is_flat and not files.has_unusual_number(whole):
            return orjson.dumps(orjson.loads(whole), option=orjson.OPT_SORT_KEYS) == whole
    return all(_is_canonical(key, raw) for raw in raws)


@lru_cache(maxsize=_REMEMBERED)
def _is_canonical(key: str, raw: bytes) -> bool:
    if not raw:
        return True
    if key not in JUDGED_BY_SCHEMA and raw[:1] != b"{":
        return False
    try:
        if not files.is_plain(raw):
            files.parse_strict(b"[" + raw + b"]")
        return dump_value(orjson.loads(raw)) == raw
    except (files.JsonFault, orjson.JSONDecodeError):
        return False


class _LineReader(Generic[R]):
    """Reads a file line by line: what is not canonical is parsed strictly, and what cannot be read is a fault.

    Wrong line ends and empty lines are reported once a file, at the first.
    """

    def __init__(self, kind: RecordKind[R], faults: Faults) -> None:
        self.kind = kind
        self.faults = faults
        self.line_end: Fault | None = None
        self.line_ends = self.empty_line = self.empty_lines = 0

    def read(self, data: bytes) -> Lines[R]:
        kind = self.kind
        records: list[R] = []
        numbers: list[int] = []
        informal: list[int] = []
        total = 0
        for number, line in self._unconflicted(data):
            total += 1
            record, is_canonical = self._canonical(line), True
            if record is None:
                record, is_canonical = self._strict(line, number), False
            if record is None:
                continue
            records.append(record)
            numbers.append(number)
            if not is_canonical:
                informal.append(number)
        unended = 0 if data.endswith(b"\n") else data.count(b"\n") + 1
        if unended in numbers[-1:] and unended not in informal[-1:]:
            informal.append(unended)
        if self.line_end:
            more = f", and so do {self.line_ends - 1:,} more lines" if self.line_ends > 1 else ""
            self.faults.add(replace(self.line_end, message=f"{self.line_end.message}{more}"))
        if self.empty_lines:
            more = f", and {self.empty_lines - 1:,} more" if self.empty_lines > 1 else ""
            rule = f"label/{files.JsonFaultKind.NOT_JSON}"
            self.faults.add(Fault(line=self.empty_line, rule=rule, message=f"an empty line{more}"))
        return Lines(
            records=records,
            numbers=numbers,
            raws=_raws(records, kind.raw),
            total=total,
            faults=self.faults,
            informal=tuple(informal),
            keys=frozenset(kind.types),
        )

    def _unconflicted(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        lines = data.removesuffix(b"\n").split(b"\n") if data else []
        ends = [number for number, line in enumerate(lines, start=1) if line.startswith(b">>>>>>>")]
        resume = 0
        for number, line in enumerate(lines, start=1):
            if number <= resume:
                continue
            if not files.is_conflict_marker(line):
                yield number, line
                continue
            if line.startswith(b"<<<<<<<"):
                after = bisect_right(ends, number)
                resume = ends[after] if after < len(ends) else number
            last = f" to {resume}" if resume > number else ""
            message = f"an unresolved merge conflict, line {number}{last}"
            self.faults.add(Fault(line=number, rule="label/conflict-marker", message=message))

    def _canonical(self, line: bytes) -> R | None:
        if len(line) > files.LINE_LIMIT:
            return None
        try:
            record = self.kind.decoder.decode(line)
        except _REFUSED:
            return None
        if self.kind.encoder.encode(record) != line:
            return None
        return record if all(_is_canonical(key, bytes(getattr(record, key))) for key in self.kind.raw) else None

    def _strict(self, line: bytes, number: int) -> R | None:
        try:
            value = files.parse_record(line)
        except files.JsonFault as fault:
            column = f" (column {fault.column})" if fault.column else ""
            rule, message = f"label/{fault.kind}", f"{fault.message}{column}"
            found = [Fault(line=number, rule=rule, message=message, item=identity_of(line))]
        else:
            found = list(key_faults(value, self.kind, number))
            if not found:
                return self.kind.decoder.decode(dump_record(self.kind, value))
        if not line:
            self.empty_line, self.empty_lines = self.empty_line or number, self.empty_lines + 1
        elif found[0].rule == _LINE_END:
            self.line_end, self.line_ends = self.line_end or found[0], self.line_ends + 1
        else:
            self.faults.extend(found)
        return None


def identity_of(line: bytes) -> str:
    """The item of a line that cannot be read, as far as it can be found; empty if it cannot."""
    found = _IDENTITY.search(line[: files.LINE_LIMIT])
    try:
        return str(files.parse_strict(found[1])) if found else ""
    except files.JsonFault:
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
        """The record in canonical JSON: records of equal text are equal, however they are written."""
        return canonical_text(normalize_numbers(self.value))


class UnreadableLineError(Exception):
    """A line is not a record of the file. `number` is its line."""

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


def read_records(kind: AnyKind, lines: Iterable[Numbered]) -> Iterator[Record | UnreadableLineError]:
    """Each numbered line as a record with its key, or why it is not one; unknown keys are kept."""
    for number, line in lines:
        try:
            value = files.parse_record(line)
        except files.JsonFault as fault:
            yield UnreadableLineError(number, fault.message)
            continue
        key = tuple(part for name in kind.identity if isinstance(part := value.get(name), str) and part)
        if len(key) < len(kind.identity):
            yield UnreadableLineError(number, f"missing {' or '.join(kind.identity)}")
        else:
            yield Record(key=key, value=value, line=line, number=number)


def records_by_key(kind: AnyKind, lines: Iterable[Numbered]) -> tuple[dict[Key, Record], list[UnreadableLineError]]:
    """The records of numbered lines by key, the first of each, and the lines that are not records or repeat a key."""
    found: dict[Key, Record] = {}
    faults: list[UnreadableLineError] = []
    for record in read_records(kind, lines):
        if isinstance(record, UnreadableLineError):
            faults.append(record)
        elif (first := found.setdefault(record.key, record)) is not record:
            faults.append(
                UnreadableLineError(record.number, f"{' '.join(record.key)} is already on line {first.number}")
            )
    return found, faults
