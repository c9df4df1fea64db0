"""Lines of a file that came from elsewhere, plain or gzipped: streamed, and bounded in total and by line."""

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from assay.errors import LimitError, UsageError
from assay.store.pointers import pointed

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
    remedy: str = "split it and import the parts as sources"


USUAL = Bounds()


class Line(NamedTuple):
    """A line without its line end; `data` is None where it is longer than the limit (its bytes are not kept)."""

    number: int
    data: bytes | None


def read_lines(path: Path, *, bounds: Bounds = USUAL, line_limit: int = LINE_LIMIT) -> Iterator[Line]:
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
        raise UsageError(f"{path} is not a whole gzip file: {error}", hint="fetch or make the file again") from error
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="name a file that exists and may be read") from error


def hold_content(path: Path, data: bytes) -> None:
    """Makes sure that a file is what it is called, and no pointer to it.

    Raises:
        UsageError: it only points to its content.
    """
    if pointer := pointed(data):
        raise UsageError(
            f"{path} is a pointer of {pointer[0]}", hint=f"`{pointer[1]}` fetches the file; then run this again"
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
            raise LimitError(
                f"{self.path} holds more than {self.bounds.total / 2**30:.3g} GiB", hint=self.bounds.remedy
            )
        if self.total > self._next:
            self._next = self.total + _BUFFER
            self._hold_ratio()

    def _hold_ratio(self) -> None:
        if self.total > self.bounds.ratio * self.raw.tell():
            raise LimitError(
                f"{self.path} unpacks to more than {self.bounds.ratio:g} times its size, as no labels do",
                hint=self.bounds.remedy,
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
