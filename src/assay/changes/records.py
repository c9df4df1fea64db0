"""The lines of a label file as keyed records; only the lines that matter are parsed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import orjson

from assay.labels.canonical import RecordKind
from assay.model.json import Json, JsonObject
from assay.model.values import canonical_text
from assay.store.strict_json import DEPTH_LIMIT, LINE_LIMIT, JsonFault, parse_strict

Key = tuple[str, ...]
Numbered = tuple[int, bytes]
_STRIDE = 512
_WINDOW = 24
_MARKERS = (b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>")


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
        return canonical_text(whole_numbers(self.value))


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


def read_records(kind: RecordKind, lines: Iterable[tuple[int, bytes]]) -> Iterator[Record | UnreadableError]:
    """Each numbered line as a record, or why it is none."""
    for number, line in lines:
        try:
            yield _record(kind, number, line)
        except UnreadableError as error:
            yield UnreadableError(error.number, error.why)  # without the frames that the one that was raised holds


def whole_numbers(value: Json) -> Json:
    """The value with `1.0` spelled `1`: JSON does not tell them apart."""
    if isinstance(value, dict):
        return {key: whole_numbers(part) for key, part in value.items()}
    if isinstance(value, list):
        return [whole_numbers(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) <= 2**53 else value


def unmatched(old: Sequence[bytes], new: Sequence[bytes]) -> tuple[list[Numbered], list[Numbered]]:
    """The numbered lines of each state that have no equal in the other, where both are walked side by side.

    Equal runs are skipped as a whole. A line that moved may stand in both answers; whoever compares records by their
    key finds it unchanged.
    """
    left: list[Numbered] = []
    right: list[Numbered] = []
    here = there = 0
    while here < len(old) and there < len(new):
        same = _equal_run(old, here, new, there)
        here, there = here + same, there + same
        skip_old, skip_new = _apart(old, here, new, there)
        left += enumerate(old[here : here + skip_old], start=here + 1)
        right += enumerate(new[there : there + skip_new], start=there + 1)
        here, there = here + skip_old, there + skip_new
    left += enumerate(old[here:], start=here + 1)
    right += enumerate(new[there:], start=there + 1)
    return left, right


def _equal_run(old: Sequence[bytes], here: int, new: Sequence[bytes], there: int) -> int:
    """How many lines from two places on are the same."""
    run, step = 0, _STRIDE
    while step:
        ahead = old[here + run : here + run + step]
        if len(ahead) == step and ahead == new[there + run : there + run + step]:
            run += step
        else:
            step //= 2
    return run


def _apart(old: Sequence[bytes], here: int, new: Sequence[bytes], there: int) -> tuple[int, int]:
    """How many lines to pass on each side until both go on the same; a window of both where that is not near."""
    for distance in range(1, _WINDOW):
        for passed in range(distance + 1):
            one, other = here + passed, there + distance - passed
            if one < len(old) and other < len(new) and old[one] == new[other]:
                return passed, distance - passed
    return _WINDOW, _WINDOW


def _record(kind: RecordKind, number: int, line: bytes) -> Record:
    if line.startswith(_MARKERS):
        raise UnreadableError(number, "an unsettled merge conflict")
    try:
        value = _parsed(line)
    except JsonFault as fault:
        raise UnreadableError(number, fault.message if line.strip() else "an empty line") from fault
    if not isinstance(value, dict):
        raise UnreadableError(number, "a line holds one object in braces")
    key = tuple(part for name in kind.identity if isinstance(part := value.get(name), str) and part)
    if len(key) < len(kind.identity):
        raise UnreadableError(number, f"the record lacks {' or '.join(kind.identity)}")
    return Record(key=key, value=value, line=line, number=number)


def _parsed(line: bytes) -> Json:
    """The value of a line, strictly; a line that is written back byte for byte is strict already."""
    if len(line) <= LINE_LIMIT and line.count(b"[") + line.count(b"{") <= DEPTH_LIMIT:
        try:
            value: Json = orjson.loads(line)
        except orjson.JSONDecodeError:
            return parse_strict(line)
        if orjson.dumps(value) == line:
            return value
    return parse_strict(line)
