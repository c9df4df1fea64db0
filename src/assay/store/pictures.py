"""How large a picture is, and whether all of it is there, by its own bytes: its header and its end, never its pixels."""

import re
from collections.abc import Iterator
from struct import error, unpack_from

from assay.extras import load
from assay.store.drawings import drawn_size, root_of
from assay.store.headers import Header, Reader, container_cut, container_size, gif_size, jpeg_turn, png_turn

_ENDING = 4096
_FARTHEST = 1024 * 1024
_PART = 16 * 1024
_ON_ITS_SIDE = range(5, 9)
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<|\xff\xfe<|\xfe\xff\0<")
_CLOSED = re.compile(rb"</(?:[\w.-]+:)?svg\s*>|<(?:[\w.-]+:)?svg\s[^<]*/>\s*$")
_CONTAINERS = (b"avif", b"avis", b"heic", b"heix", b"mif1")
_OLD_BITMAP = 12


def picture_size(of: Reader) -> tuple[int, int] | None:
    """Width and height in pixels as browsers show it; None where its bytes do not say.

    A JPEG and a PNG are turned as their first EXIF data say, an AVIF as its properties do, a WebP never.

    Raises:
        MissingExtraError: the library that reads headers is not installed.
    """
    head = of.part(0, 32)
    if _MARKUP.match(head):
        root = root_of(_parts(of))
        return None if root is None else drawn_size(root)
    try:
        size = _size(of, head)
    except (ValueError, LookupError, error):
        return None
    return size if size and min(size) > 0 else None


def is_unsized(of: Reader) -> bool:
    """Whether it is a drawing (SVG) that does not state how large it is."""
    root = root_of(_parts(of)) if _MARKUP.match(of.part(0, 32)) else None
    return root is not None and drawn_size(root) is None


def cut_off(of: Reader) -> bool:
    """Whether the end of a picture is missing, where its format says how it ends; further data after the end do no harm."""
    head = of.part(0, 32)
    if head.startswith(b"\x89PNG"):
        return not _ends(of, b"IEND")
    if head.startswith(b"\xff\xd8"):
        return not _ends(of, b"\xff\xd9", after=b"\xff\xda")
    if head.startswith(b"GIF8"):
        return not of.part(max(0, of.size - _ENDING), _ENDING).rstrip(b"\0").endswith(b";")
    if _is_container(head):
        return container_cut(Header(of))
    if _MARKUP.match(head):
        tail = of.part(max(0, of.size - _ENDING), _ENDING).replace(b"\0", b"")
        return not _CLOSED.search(tail)
    web, bitmap = head.startswith(b"RIFF") and head[8:12] == b"WEBP", head.startswith(b"BM")
    stated = int.from_bytes(head[4:8], "little") + 8 if web else int.from_bytes(head[2:6], "little") if bitmap else 0
    return stated > of.size


def _size(of: Reader, head: bytes) -> tuple[int, int] | None:
    if head.startswith(b"GIF8"):
        return gif_size(Header(of))
    if _is_container(head):
        return container_size(Header(of))
    if head.startswith(b"BM") and head[14] == _OLD_BITMAP:
        width, height = unpack_from("<HH", head, 18)
        return width, height
    turn = jpeg_turn if head.startswith(b"\xff\xd8") else png_turn if head.startswith(b"\x89PNG") else None
    width, height = load("imagesize").get(Header(of), exif_rotation=turn is None)
    return (height, width) if turn and turn(Header(of)) in _ON_ITS_SIDE else (width, height)


def _is_container(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and any(head[at : at + 4] in _CONTAINERS for at in (8, *range(16, len(head), 4)))


def _parts(of: Reader) -> Iterator[bytes]:
    for start in range(0, min(of.size, _FARTHEST), _PART):
        yield of.part(start, _PART)


def _ends(of: Reader, mark: bytes, after: bytes = b"") -> bool:
    for length in (_ENDING, _FARTHEST):
        tail = of.part(max(0, of.size - length), length)
        if mark in tail[tail.rfind(after) if after and after in tail else 0 :]:
            return True
    return False
