"""Lines of imported files, streamed and bounded; text files; parts of large files."""

import codecs
import errno
import gzip
import io
import os
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from assay.errors import ConfigError, LimitError, UsageError
from assay.files.atomic import naming, pointer_of

LINE_LIMIT = 1024 * 1024
_BUFFER = 1024 * 1024
_START = 2048
_FREE = 8 * 1024 * 1024
_MARKS = {
    codecs.BOM_UTF8: "UTF-8 with a byte order mark (BOM)",
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
SETTLE = "resolve it in the file; or `assay doctor --mend` restores the file, and keeps this version below .assay/aside"
"""The fix for an unresolved merge conflict in a configuration file."""
_KEEP = "and add the line `* text=auto eol=lf` to .gitattributes for every clone"


def file_size(path: Path) -> int:
    """The size of a regular file in bytes.

    Raises:
        OSError: it is missing, a symbolic link, or not a regular file.
    """
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return status.st_size


def read_part(path: Path, start: int, length: int) -> bytes:
    """At most `length` bytes of a regular file from `start` on; a symbolic link is not followed.

    Raises:
        OSError: it is missing, or not a regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        with naming(path):
            return os.pread(descriptor, length, start)
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The limits of an imported file: bytes in total, and for gzip the ratio to its own size, after the first 8 MiB.

    `fix` is the fix for a file beyond them.
    """

    total: int = 4 * 1024**3
    ratio: float = 100
    fix: str = "split it and import the parts as sources"


USUAL = Bounds()


class NumberedLine(NamedTuple):
    """A line without its line end; `data` is None if it is longer than the limit (its bytes are not kept)."""

    number: int
    data: bytes | None


def stream_lines(path: Path, *, bounds: Bounds = USUAL, line_limit: int = LINE_LIMIT) -> Iterator[NumberedLine]:
    r"""The lines of a file, counted from 1; `.gz` is decompressed on the way. `\n` and `\r\n` end a line.

    Raises:
        LimitError: it exceeds the bounds.
        UsageError: it is missing, unreadable, a truncated gzip file, or a pointer file.
    """
    try:
        with path.open("rb") as raw:
            require_content(path, raw.read(_START))
            raw.seek(0)
            plain = io.BufferedReader(gzip.GzipFile(fileobj=raw), _BUFFER) if path.suffix == ".gz" else raw
            yield from _bounded(plain, _Meter(path, raw, bounds), line_limit)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UsageError(
            f"{path} is not a complete gzip file: {error}", fix="fetch or create the file again"
        ) from error
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", fix="name a readable file") from error


def require_content(path: Path, data: bytes) -> None:
    """Refuses a pointer file.

    Raises:
        UsageError: it is a pointer to its content.
    """
    if pointer := pointer_of(data):
        raise UsageError(
            f"{path} is a {pointer[0]} pointer", fix=f"`{pointer[1]}` fetches the file; then run this again"
        )


class _Meter:
    """Checks the bytes read of a file against its bounds."""

    def __init__(self, path: Path, raw: BinaryIO, bounds: Bounds) -> None:
        self.path = path
        self.raw = raw
        self.bounds = bounds
        self.total = 0
        self._next = _FREE

    def count(self, piece: bytes) -> None:
        """Counts bytes.

        Raises:
            LimitError: they exceed the bounds.
        """
        self.total += len(piece)
        if self.total > self.bounds.total:
            raise LimitError(f"{self.path} is larger than {self.bounds.total / 2**30:.3g} GiB", fix=self.bounds.fix)
        if self.total > self._next:
            self._next = self.total + _BUFFER
            if self.total > self.bounds.ratio * self.raw.tell():
                raise LimitError(
                    f"{self.path} unpacks to more than {self.bounds.ratio:g} times its size", fix=self.bounds.fix
                )


def _bounded(file: BinaryIO | io.BufferedReader, meter: _Meter, line_limit: int) -> Iterator[NumberedLine]:
    number = 0
    longest = line_limit + 2
    while piece := file.readline(longest):
        number += 1
        meter.count(piece)
        whole = piece.removesuffix(b"\n").removesuffix(b"\r")
        fits = len(whole) <= line_limit
        while len(piece) == longest and not piece.endswith(b"\n"):
            piece = file.readline(longest)
            meter.count(piece)
        yield NumberedLine(number, whole if fits else None)


def merge_mark(data: bytes) -> int:
    """The line on which an unresolved merge conflict begins; 0 if the file contains no complete conflict."""
    ends = 0
    begun = 0
    for number, line in enumerate(data.splitlines(), start=1) if b"<<<<<<< " in data else ():
        if line.startswith(b"<<<<<<< ") and not begun:
            begun = number
        elif begun and not ends and line == b"=======":
            ends = number
        elif ends and line.startswith(b">>>>>>> "):
            return begun
    return 0


def require_settled(data: bytes, path: str, *, first_line: int = 1) -> None:
    """Refuses a file with an unresolved merge conflict.

    Raises:
        ConfigError: it has one.
    """
    if mark := merge_mark(data):
        raise ConfigError(f"{path}:{first_line + mark - 1} an unresolved merge conflict", fix=SETTLE)


def plain_text(data: bytes, path: str, *, first_line: int = 1) -> str:
    """The text; `first_line` is the line of `path` on which `data` starts.

    Raises:
        ConfigError: it is a pointer file, has a byte order mark, is not UTF-8, or has lines that end with CR LF or CR.
    """
    if pointer := pointer_of(data):
        fix = f"`{pointer[1]}` fetches it; do not edit the file"
        raise ConfigError(f"{path}:{first_line} the file is a {pointer[0]} pointer without its content", fix=fix)
    if mark := next((mark for mark in _MARKS if data.startswith(mark)), None):
        raise ConfigError(
            f"{path}:{first_line} the file is saved as {_MARKS[mark]}",
            fix="save it as UTF-8 without a byte order mark (BOM)",
        )
    if (place := data.find(b"\r")) >= 0:
        ends = "CR LF, as on Windows" if data[place : place + 2] == b"\r\n" else "CR"
        line = first_line + data.count(b"\n", 0, place)
        raise ConfigError(
            f"{path}:{line} the line ends with {ends}",
            fix=f"save the file with line ends LF (`sed -i 's/\\r$//' {path}`), {_KEEP}",
        )
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = first_line + data.count(b"\n", 0, error.start)
        raise ConfigError(f"{path}:{line} byte {error.start} is not UTF-8", fix="save the file as UTF-8") from error
