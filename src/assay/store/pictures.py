"""How large a picture is, and whether all of it is there, by its own bytes: its header and its end, never its pixels."""

from typing import Protocol

from assay.extras import load

_ENDING = 4096
_FARTHEST = 1024 * 1024
_READS = 4096
_READ = 8 * 1024 * 1024


class Reader(Protocol):
    """A file of which parts are read."""

    size: int

    def part(self, start: int, length: int) -> bytes:
        """At most `length` bytes from `start` on."""
        ...


class _Header:
    """A file as the library reads it: from anywhere, and no more than a header may hold."""

    def __init__(self, of: Reader) -> None:
        self._of = of
        self._place = self._reads = self._read = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self._place = max(0, offset + (0, self._place, self._of.size)[whence])
        return self._place

    def read(self, size: int = -1) -> bytes:
        wanted = self._of.size - self._place if size < 0 else size
        self._reads += 1
        self._read += max(wanted, 0)
        if self._reads > _READS or self._read > _READ:
            raise ValueError("the header is longer than a header may be")
        data = self._of.part(self._place, wanted) if wanted > 0 else b""
        self._place += len(data)
        return data

    def tell(self) -> int:
        return self._place


def picture_size(of: Reader) -> tuple[int, int] | None:
    """Width and height in pixels as it is shown, turned as its EXIF data say; None where its bytes do not say.

    Raises:
        MissingExtraError: the library that reads headers is not installed.
    """
    width, height = load("imagesize").get(_Header(of))
    return (width, height) if width > 0 and height > 0 else None


def cut_off(of: Reader) -> bool:
    """Whether the end of a picture is missing, where its format says how it ends; further data after the end do no harm."""
    head = of.part(0, 16)
    if head.startswith(b"\x89PNG"):
        return not _ends(of, b"IEND")
    if head.startswith(b"\xff\xd8"):
        return not _ends(of, b"\xff\xd9", after=b"\xff\xda")
    if head.startswith(b"GIF8"):
        return not of.part(max(0, of.size - _ENDING), _ENDING).rstrip(b"\0").endswith(b";")
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return int.from_bytes(head[4:8], "little") + 8 > of.size
    return head.startswith(b"BM") and int.from_bytes(head[2:6], "little") > of.size


def _ends(of: Reader, mark: bytes, after: bytes = b"") -> bool:
    for length in (_ENDING, _FARTHEST):
        tail = of.part(max(0, of.size - length), length)
        if mark in tail[tail.rfind(after) if after and after in tail else 0 :]:
            return True
    return False
