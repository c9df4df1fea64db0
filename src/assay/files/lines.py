"""Lines of files that came from elsewhere, streamed and bounded; text that people wrote; parts of large files."""

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
from assay.files.atomic import naming, pointed


def file_size(path: Path) -> int:
    """The size of a regular file in bytes.

    Raises:
        OSError: it is absent, a symbolic link, or no regular file.
    """
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return status.st_size


def read_part(path: Path, start: int, length: int) -> bytes:
    """At most `length` bytes of a regular file from `start` on; a symbolic link is not followed.

    Raises:
        OSError: it is absent, or no regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        with naming(path):
            return os.pread(descriptor, length, start)
    finally:
        os.close(descriptor)


LINE_LIMIT = 1024 * 1024
_BUFFER = 1024 * 1024
_START = 2048
_JUDGED = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What is read of a file from elsewhere: so many bytes in all, and where it is gzipped so many times its own size.

    The first 8 MiB may come from however little. `remedy` is what to do about a file that is beyond them.
    """

    total: int = 4 * 1024**3
    ratio: float = 100
    fix: str = "split it and import the parts as sources"


USUAL = Bounds()


class Line(NamedTuple):
    """A line without its line end; `data` is None where it is longer than the limit (its bytes are not kept)."""

    number: int
    data: bytes | None


def stream_lines(path: Path, *, bounds: Bounds = USUAL, line_limit: int = LINE_LIMIT) -> Iterator[Line]:
    r"""The lines of a file, counted from 1; `.gz` is decompressed on the way. `\n` and `\r\n` end a line.

    Raises:
        LimitError: it holds more than the bounds allow.
        UsageError: it is absent, unreadable, no whole gzip file, or only points to its content.
    """
    try:
        with path.open("rb") as raw:
            hold_content(path, raw.read(_START))
            raw.seek(0)
            plain = io.BufferedReader(gzip.GzipFile(fileobj=raw), _BUFFER) if path.suffix == ".gz" else raw
            yield from _bounded(plain, _Meter(path, raw, bounds), line_limit)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UsageError(f"{path} is not a whole gzip file: {error}", fix="fetch or make the file again") from error
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", fix="name a file that exists and may be read") from error


def hold_content(path: Path, data: bytes) -> None:
    """Makes sure that a file is what it is called, and no pointer to it.

    Raises:
        UsageError: it only points to its content.
    """
    if pointer := pointed(data):
        raise UsageError(
            f"{path} is a pointer of {pointer[0]}", fix=f"`{pointer[1]}` fetches the file; then run this again"
        )


class _Meter:
    """Holds what was read of a file against its bounds."""

    def __init__(self, path: Path, raw: BinaryIO, bounds: Bounds) -> None:
        self.path = path
        self.raw = raw
        self.bounds = bounds
        self.total = 0
        self._next = _JUDGED

    def count(self, piece: bytes) -> None:
        """Counts bytes that were read.

        Raises:
            LimitError: they are too many.
        """
        self.total += len(piece)
        if self.total > self.bounds.total:
            raise LimitError(f"{self.path} holds more than {self.bounds.total / 2**30:.3g} GiB", fix=self.bounds.fix)
        if self.total > self._next:
            self._next = self.total + _BUFFER
            self._hold_ratio()

    def _hold_ratio(self) -> None:
        if self.total > self.bounds.ratio * self.raw.tell():
            raise LimitError(
                f"{self.path} unpacks to more than {self.bounds.ratio:g} times its size, as no labels do",
                fix=self.bounds.fix,
            )


def _bounded(file: BinaryIO | io.BufferedReader, meter: _Meter, line_limit: int) -> Iterator[Line]:
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
        yield Line(number, whole if fits else None)


_MARKS = {
    codecs.BOM_UTF8: "UTF-8 with a byte order mark (BOM)",
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
SETTLE = (
    "choose in the file; or `assay doctor --mend` puts it back as it was before, and keeps this one below .assay/aside"
)
"""What to do about an unsettled merge conflict in a file that says how the project works."""
_KEEP = "and a line `* text=auto eol=lf` in .gitattributes keeps them so in every clone"


def merge_mark(data: bytes) -> int:
    """The line on which an unsettled merge conflict begins; 0 where both sides of none stand in the file."""
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


def hold_settled(data: bytes, path: str, *, first_line: int = 1) -> None:
    """Makes sure that no merge conflict was left in a file.

    Raises:
        ConfigError: one was.
    """
    if mark := merge_mark(data):
        raise ConfigError(
            f"{path}:{first_line + mark - 1} an unsettled merge conflict",
            fix=SETTLE,
        )


def plain_text(data: bytes, path: str, *, first_line: int = 1) -> str:
    """The text; `first_line` is the line of `path` on which `data` starts.

    Raises:
        ConfigError: it only points to its content, has a byte order mark, is not UTF-8, or lines end with CR LF or CR, as some editors save them.
    """
    if pointer := pointed(data):
        raise ConfigError(
            f"{path}:{first_line} the file is a pointer of {pointer[0]}, and its content is not here",
            fix=f"`{pointer[1]}` fetches it; leave the file as it is",
        )
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
