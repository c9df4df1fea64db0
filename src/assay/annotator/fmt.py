"""`assay fmt`: label files in canonical form, with little more in memory than their bytes."""

import heapq
import io
import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from operator import attrgetter, lt
from pathlib import Path

from assay import labels
from assay.core import LISTED
from assay.errors import UsageError
from assay.files import digest_bytes, linked, write_all
from assay.project import Project

_CHUNK = 2**20
_END, _ESCAPED = b"\0\0", b"\0\1"
_NUMBER = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why a file (`path` below the root) is left as it is: the first of its faulty lines, and how many more there are."""

    faults: tuple[labels.UnreadableLineError, ...]
    more: int
    path: str = ""


def is_canonical(kind: labels.AnyKind, data: bytes) -> bool:
    """Whether a file is in canonical form: every line is canonical, and they are in order without duplicates."""
    last: labels.Key | None = None
    for _, chunk in _chunks(data):
        keys = _keys(kind, chunk) or _keys_of_lines(kind, chunk)
        if keys is None or (last is not None and not last < keys[0]) or not all(map(lt, keys, islice(keys, 1, None))):
            return False
        last = keys[-1]
    return not data or data.endswith(b"\n")


def canonical_form(kind: labels.AnyKind, data: bytes) -> Callable[[], bytes] | Refused:
    """A function that makes the canonical bytes of a file, or why there are none."""
    sheet = _Sheet(kind, data)
    return sheet.refused() or sheet.written


def _chunks(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Whole lines, about a MiB of them at a time, and where they start."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + _CHUNK) + 1 or len(data)
        yield start, data[start:end]
        start = end


def _keys(kind: labels.AnyKind, chunk: bytes) -> Sequence[labels.Key] | None:
    """The keys of lines that are all canonical; None where one is not, or it is not certain."""
    records = labels.canonical_records(chunk, kind)
    if records is None:
        return None
    columns = [map(attrgetter(name), records) for name in kind.identity]
    return list(zip(*columns, strict=True))


def _keys_of_lines(kind: labels.AnyKind, chunk: bytes) -> Sequence[labels.Key] | None:
    found: list[labels.Key] = []
    for one in labels.read_records(kind, enumerate(labels.split(chunk), start=1)):
        if (
            isinstance(one, labels.UnreadableLineError)
            or _unknown(kind, one.value)
            or labels.dump_record(kind, one.value) != one.line
        ):
            return None
        found.append(one.key)
    return found


def _unknown(kind: labels.AnyKind, names: Iterable[str]) -> str | None:
    return next((name for name in names if name not in kind.keys), None)


class _Sheet:
    """The records of a file: where the canonical bytes of each line are, and the keys by which they are sorted.

    A line that is canonical stays where it is in `data`; of any other the canonical bytes are in `made`.
    """

    def __init__(self, kind: labels.AnyKind, data: bytes) -> None:
        self.kind = kind
        self.data = data
        self.made = bytearray()
        self.starts, self.lengths = array("q"), array("q")
        self.keys: list[bytes] = []
        self.faults: list[labels.UnreadableLineError] = []
        self.faulty = 0
        for start, chunk in _chunks(data):
            self._take(start, chunk)
        self.keys.sort()

    def refused(self) -> Refused | None:
        twice = heapq.nsmallest(LISTED, self._twice(), key=lambda one: one.number)
        many = self.faulty + sum(1 for _ in self._twice())
        faults = sorted((*self.faults, *twice), key=lambda one: one.number)[:LISTED]
        return Refused(faults=tuple(faults), more=many - len(faults)) if many else None

    def written(self) -> bytes:
        out, data, made = io.BytesIO(), memoryview(self.data), memoryview(self.made)
        for key in self.keys:
            place = int.from_bytes(key[-_NUMBER:]) - 1
            start, length = self.starts[place], self.lengths[place]
            out.write(data[start : start + length] if start >= 0 else made[~start : ~start + length])
            out.write(b"\n")
        return out.getvalue()

    def _take(self, start: int, chunk: bytes) -> None:
        keys, lines = _keys(self.kind, chunk), labels.split(chunk)
        if keys is None:
            self._take_each(start, lines)
            return
        for key, line in zip(keys, lines, strict=True):
            self._put(key, start, len(line))
            start += len(line) + 1

    def _take_each(self, start: int, lines: Sequence[bytes]) -> None:
        first = len(self.starts) + 1
        for one, line in zip(labels.read_records(self.kind, enumerate(lines, start=first)), lines, strict=True):
            if isinstance(one, labels.UnreadableLineError):
                self._refuse(one)
            elif unknown := _unknown(self.kind, one.value):
                self._refuse(labels.UnreadableLineError(one.number, f"unknown key {unknown!r}"))
            elif (canonical := labels.dump_record(self.kind, one.value)) == line:
                self._put(one.key, start, len(line))
            else:
                self._put(one.key, ~len(self.made), len(canonical))
                self.made += canonical
            start += len(line) + 1

    def _put(self, key: labels.Key, start: int, length: int) -> None:
        self.starts.append(start)
        self.lengths.append(length)
        parts = b"".join(part.encode().replace(b"\0", _ESCAPED) + _END for part in key)
        self.keys.append(parts + len(self.starts).to_bytes(_NUMBER))

    def _refuse(self, fault: labels.UnreadableLineError) -> None:
        self.starts.append(0)
        self.lengths.append(0)
        self.faulty += 1
        if self.faulty <= LISTED:
            self.faults.append(fault)

    def _twice(self) -> Iterator[labels.UnreadableLineError]:
        """The records whose key is on an earlier line too."""
        key, first = b"", 0
        for one in self.keys:
            number = int.from_bytes(one[-_NUMBER:])
            if one[:-_NUMBER] == key:
                named = " ".join(part.replace(_ESCAPED, b"\0").decode() for part in key.split(_END)[:-1])
                yield labels.UnreadableLineError(number, f"duplicate record {named}, already on line {first}")
            else:
                key, first = one[:-_NUMBER], number


@dataclass(frozen=True, slots=True, kw_only=True)
class Formatted:
    """How many files were read, which of them were not canonical, and which cannot be read."""

    files: int
    changed: tuple[str, ...]
    refused: tuple[Refused, ...]


def format_labels(project: Project, paths: Sequence[Path], *, write: bool) -> Formatted:
    """Brings label files into canonical form: those at or below `paths`, or all of the project.

    A file with a line that cannot be read keeps every byte. The others are written all or none.

    Raises:
        LimitError: a file is larger than assay reads.
        UsageError: a path holds no label file, or the disk refuses.
    """
    root = project.root
    below = dict.fromkeys(path for wanted in paths or [root / "labels"] for path in _below(root, wanted))
    files = tuple(file for path in below if (file := labels.label_file(path)) is not None)
    changed: list[str] = []
    written: dict[str, bytes | None] = {}
    was: dict[str, str] = {}
    refused: list[Refused] = []
    for file in files:
        kind, data = labels.record_kind(file), labels.read_label_file(project.snapshot, file)
        if is_canonical(kind, data):
            continue
        form = canonical_form(kind, data)
        if isinstance(form, Refused):
            refused.append(replace(form, path=file.path))
            continue
        changed.append(file.path)
        if write:
            written[file.path] = form()
            was[file.path] = digest_bytes(data)
    write_all(root, written, was=was)
    return Formatted(files=len(files), changed=tuple(changed), refused=tuple(refused))


def _below(root: Path, wanted: Path) -> Iterator[str]:
    place = Path(os.path.normpath(wanted.absolute()))
    if not place.is_relative_to(root) or not place.exists():
        raise UsageError(f"{wanted} does not exist here", fix="name files or folders below labels/")
    if link := linked(root, place):
        raise UsageError(
            f"{link} is a symbolic link, and assay does not follow links", fix="name the file or folder itself"
        )
    if place.is_file() and labels.label_file(place.relative_to(root).as_posix()) is None:
        raise UsageError(f"{wanted} holds no records", fix="name a label file: labels/<task>/<batch>/<annotator>.jsonl")
    found = sorted(place.rglob("*.jsonl")) if place.is_dir() else [place]
    yield from (one.relative_to(root).as_posix() for one in found if one.is_file() and not linked(root, one))
