"""Picture headers beyond the size: EXIF orientation, GIF frames, and the boxes of AVIF and HEIF."""

from collections.abc import Iterator
from struct import error, unpack, unpack_from
from typing import Protocol
from zlib import crc32

_READS = 4096
_READ = 8 * 1024 * 1024
_UPRIGHT = 1
_ORIENTATION, _SHORT = 0x0112, 3
_ALONE = {0x01, *range(0xD0, 0xD8)}
_PIXELS = {0xD9, 0xDA}
_APP1 = 0xE1


class Reader(Protocol):
    """A file that is read in parts."""

    @property
    def size(self) -> int:
        """Its size in bytes."""
        ...

    def part(self, start: int, length: int) -> bytes:
        """At most `length` bytes from `start` on."""
        ...


class Header:
    """A file-like reader for headers, with limits on reads and bytes.

    Raises:
        ValueError: a limit is exceeded, or, in `take`, the file ends too early.
    """

    def __init__(self, of: Reader) -> None:
        self.size = of.size
        self._of = of
        self._place = self._reads = self._read = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        """Moves the position, as in any file."""
        self._place = max(0, offset + (0, self._place, self.size)[whence])
        return self._place

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; the rest if it is below 0."""
        wanted = self.size - self._place if size < 0 else size
        self._reads += 1
        self._read += max(wanted, 0)
        if self._reads > _READS or self._read > _READ:
            raise ValueError("the header is too long")
        data = self._of.part(self._place, wanted) if wanted > 0 else b""
        self._place += len(data)
        return data

    def take(self, size: int) -> bytes:
        """Exactly `size` bytes."""
        data = self.read(size)
        if len(data) < size:
            raise ValueError("the header ends too early")
        return data

    def tell(self) -> int:
        """The position."""
        return self._place


def jpeg_turn(file: Header) -> int:
    """The orientation, 1 to 8, in the first EXIF data of a JPEG; 1 if there is none."""
    file.seek(2)
    while True:
        while file.take(1) != b"\xff":
            pass
        mark = 0xFF
        while mark == 0xFF:
            (mark,) = file.take(1)
        if mark in _PIXELS:
            return _UPRIGHT
        if mark in _ALONE:
            continue
        (length,) = unpack(">H", file.take(2))
        after = file.tell() + length - 2
        if mark == _APP1 and file.read(5) == b"Exif\0":
            return _stated_turn(file.take(length - 7)[1:])
        file.seek(after)


def png_turn(file: Header) -> int:
    """The orientation in the first valid `eXIf` chunk before the pixels of a PNG; 1 if there is none."""
    file.seek(8)
    while True:
        length, kind = unpack(">I4s", file.take(8))
        if kind in {b"IDAT", b"IEND"}:
            return _UPRIGHT
        if kind == b"eXIf":
            data, (check,) = file.take(length), unpack(">I", file.take(4))
            if crc32(kind + data) == check:
                return _stated_turn(data)
        else:
            file.seek(length + 4, 1)


def _stated_turn(exif: bytes) -> int:
    order = {b"MM\0*": ">", b"II*\0": "<"}.get(exif[:4], "")
    if not order:
        return _UPRIGHT
    start = int.from_bytes(exif[4:8], "big" if order == ">" else "little")
    for at in range(start + 2, len(exif) - 11, 12):
        tag, kind, count, value = unpack_from(f"{order}HHIH", exif, at)
        if (at - start - 2) // 12 >= unpack_from(f"{order}H", exif, start)[0]:
            break
        if (tag, kind, count) == (_ORIENTATION, _SHORT, 1):
            return int(value)
    return _UPRIGHT


def gif_size(file: Header) -> tuple[int, int]:
    """Width and height of a GIF: its screen, extended by its first picture."""
    file.seek(6)
    width, height, flags = unpack("<HHB2x", file.take(7))
    file.seek(3 << ((flags & 7) + 1) if flags & 0x80 else 0, 1)
    while (mark := file.take(1)) != b",":
        if mark != b"!":
            raise ValueError("it contains no picture")
        file.take(1)
        while length := file.take(1)[0]:
            file.seek(length, 1)
    left, top, across, down = unpack("<HHHH", file.take(8))
    return max(width, left + across), max(height, top + down)


def container_size(file: Header) -> tuple[int, int] | None:
    """Width and height of the main picture of an AVIF or HEIF, rotated by its properties; None if it has no size."""
    about = next((file.take(length) for kind, length in _top_boxes(file) if kind == b"meta"), b"")[4:]
    parts = dict(_boxes(about))
    inner = dict(_boxes(parts.get(b"iprp", b"")))
    main = int.from_bytes(parts[b"pitm"][4 : 8 if parts[b"pitm"][0] else 6], "big")
    stated = [*_boxes(inner[b"ipco"])]
    own = dict(stated[place - 1] for place in _places(inner[b"ipma"], main) if 0 < place <= len(stated))
    if b"ispe" not in own:
        return None
    width, height = unpack_from(">II", own[b"ispe"], 4)
    return (height, width) if own.get(b"irot", b"\0")[0] & 1 else (width, height)


def container_cut(file: Header) -> bool:
    """Whether a box of such a file reaches beyond its end; other bytes after the last box are allowed."""
    try:
        return any(file.tell() + length > file.size for _, length in _top_boxes(file))
    except (ValueError, error):
        return False


def _top_boxes(file: Header) -> Iterator[tuple[bytes, int]]:
    """The boxes of such a file: kind and length of the content, with the file at its start."""
    place = 0
    while place < file.size:
        file.seek(place)
        length, kind = unpack(">I4s", file.take(8))
        long = length == 1
        length = unpack(">Q", file.take(8))[0] if long else length or file.size - place
        head = 16 if long else 8
        if length < head:
            raise ValueError("a box shorter than its head")
        yield kind, length - head
        place += length


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place + 8 <= len(data):
        length, kind = unpack_from(">I4s", data, place)
        if length < 8:
            raise ValueError("a box shorter than its head")
        yield kind, data[place + 8 : place + length]
        place += length


def _places(data: bytes, main: int) -> Iterator[int]:
    """The indices, from 1, of the properties of an item."""
    wide, long = data[0] > 0, data[3] & 1
    (count,) = unpack_from(">I", data, 4)
    at = 8
    for _ in range(count):
        item, many = unpack_from(">IB" if wide else ">HB", data, at)
        at += 5 if wide else 3
        for _ in range(many):
            if item == main:
                yield unpack_from(">H", data, at)[0] & 0x7FFF if long else data[at] & 0x7F
            at += 2 if long else 1
