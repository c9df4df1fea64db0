"""Lines of a file that came from elsewhere, plain or gzipped: streamed, and bounded in total and by line."""

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from assay.errors import LimitError, UsageError

TOTAL_LIMIT = 4 * 1024**3
LINE_LIMIT = 1024 * 1024
_BUFFER = 1024 * 1024


class Line(NamedTuple):
    """A line without its line end; `data` is None where it is longer than the limit (its bytes are not kept)."""

    number: int
    data: bytes | None


def read_lines(path: Path, *, total_limit: int = TOTAL_LIMIT, line_limit: int = LINE_LIMIT) -> Iterator[Line]:
    r"""The lines of a file, counted from 1; `.gz` is decompressed on the way. `\n` and `\r\n` end a line.

    Raises:
        LimitError: it decompresses to more than `total_limit` bytes.
        UsageError: it is absent, unreadable, or no whole gzip file.
    """
    try:
        with path.open("rb") as raw:
            plain = io.BufferedReader(gzip.GzipFile(fileobj=raw), _BUFFER) if path.suffix == ".gz" else raw
            yield from _bounded(plain, path, total_limit, line_limit)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UsageError(f"{path} is not a whole gzip file: {error}", hint="fetch or make the file again") from error
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="name a file that exists and may be read") from error


def _bounded(file: BinaryIO | io.BufferedReader, path: Path, total_limit: int, line_limit: int) -> Iterator[Line]:
    number = total = 0
    longest = line_limit + 2
    while piece := file.readline(longest):
        number += 1
        total += len(piece)
        whole = piece.removesuffix(b"\n").removesuffix(b"\r")
        fits = len(whole) <= line_limit
        while len(piece) == longest and not piece.endswith(b"\n") and total <= total_limit:
            piece = file.readline(longest)
            total += len(piece)
        if total > total_limit:
            raise LimitError(
                f"{path} holds more than {total_limit / 2**30:g} GiB", hint="split it and import the parts as sources"
            )
        yield Line(number, whole if fits else None)
