"""Images, audio and video: kind by file name, size by header, and whether the file is complete."""

import re
from collections.abc import Iterable, Iterator, Mapping
from math import floor
from struct import error, unpack_from
from xml.parsers import expat

from assay.extras import load
from assay.files.picture_headers import Header, Reader, container_cut, container_size, gif_size, jpeg_turn, png_turn

_NAMESPACE = "http://www.w3.org/2000/svg"
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_LENGTH = re.compile(r"\s*([+-]?(?:\d*\.)?\d+(?:e[+-]?\d+)?)(px|pt|pc|mm|cm|in|q|r?em)?\s*", re.IGNORECASE)
_UNITS: Mapping[str, float] = {
    "px": 1, "pt": 4 / 3, "pc": 16, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96, "q": 96 / 101.6, "em": 16, "rem": 16
}  # fmt: skip
_ENDING = 4096
_FARTHEST = 1024 * 1024
_PART = 16 * 1024
_ON_ITS_SIDE = range(5, 9)
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<|\xff\xfe<|\xfe\xff\0<")
_CLOSED = re.compile(rb"</(?:[\w.-]+:)?svg\s*>|<(?:[\w.-]+:)?svg\s[^<]*/>\s*$")
_CONTAINERS = (b"avif", b"avis", b"heic", b"heix", b"mif1")
_OLD_BITMAP = 12
_SHOWN: Mapping[str, str] = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif",
    ".webp": "image/webp", ".avif": "image/avif", ".bmp": "image/bmp", ".svg": "image/svg+xml",
    ".mp3": "audio/mpeg", ".wav": "audio/wav", ".ogg": "audio/ogg", ".oga": "audio/ogg",
    ".m4a": "audio/mp4", ".flac": "audio/flac", ".mp4": "video/mp4", ".webm": "video/webm",
}  # fmt: skip
_UNSHOWN: Mapping[str, str] = {
    **dict.fromkeys((".tif", ".tiff", ".heic", ".heif", ".jp2", ".jxl", ".psd", ".dcm"), "image"),
    **dict.fromkeys((".aif", ".aiff", ".amr", ".wma"), "audio"),
    **dict.fromkeys((".avi", ".flv", ".mkv", ".wmv"), "video"),
}
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
CONVERTED: Mapping[str, str] = {"image": "PNG or JPEG", "audio": "WAV or MP3", "video": "MP4 or WebM"}
"""The formats to convert a file of each kind to for browsers."""


class _FoundError(Exception):
    """The root element was parsed."""


def root_of(parts: Iterable[bytes]) -> Mapping[str, str] | None:
    """The attributes of the root element of an SVG, reading no further parts; None if it is not an SVG.

    References are not followed, and the parser limits the expansion of entities. As in browsers, the encoding is UTF-8
    whatever the file declares, or UTF-16 with a byte order mark.
    """
    found: list[tuple[str, Mapping[str, str]]] = []

    def started(name: str, attributes: Mapping[str, str]) -> None:
        found.append((name, attributes))
        raise _FoundError

    try:
        for number, part in enumerate(parts):
            if not number:
                parser = expat.ParserCreate(None if part[:2] in _WIDE else "utf-8", " ")
                parser.StartElementHandler = started
            parser.Parse(part)
    except _FoundError:
        pass
    except expat.ExpatError:
        return None
    return next((attributes for name, attributes in found if name == f"{_NAMESPACE} svg"), None)


def drawn_size(root: Mapping[str, str]) -> tuple[int, int] | None:
    """Width and height in whole pixels, rounded like browsers; None if one is not a length above 0."""
    width, height = (_pixels(root.get(side, "")) for side in ("width", "height"))
    return (width, height) if width > 0 and height > 0 else None


def _pixels(stated: str) -> int:
    length = _LENGTH.fullmatch(stated)
    return floor(float(length[1]) * _UNITS[(length[2] or "px").lower()] + 0.5) if length else 0


def picture_size(of: Reader) -> tuple[int, int] | None:
    """Width and height in pixels as shown by browsers; None if unknown.

    A JPEG and a PNG are rotated by their first EXIF data, an AVIF by its properties, a WebP never.

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
    """Whether it is an SVG without a size."""
    root = root_of(_parts(of)) if _MARKUP.match(of.part(0, 32)) else None
    return root is not None and drawn_size(root) is None


def cut_off(of: Reader) -> bool:
    """Whether a picture is truncated, if its format has an end mark; data after the end are allowed."""
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
        return not _CLOSED.search(of.part(max(0, of.size - _ENDING), _ENDING).replace(b"\0", b""))
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


def media_type(name: str) -> str:
    """The media type by file extension; empty if browsers do not show it and it is not served."""
    return _SHOWN.get(ending_of(name), "")


def media_kind(name: str) -> str:
    """`image`, `audio` or `video` by file extension, also for formats that browsers do not show; else empty."""
    return media_type(name).partition("/")[0] or _UNSHOWN.get(ending_of(name), "")


def not_shown(name: str, kind: str) -> str:
    """The files that browsers do not show as that kind, in words; empty if they show files with this extension."""
    if media_type(name).partition("/")[0] == kind:
        return ""
    ending = ending_of(name)
    return f"files that end in {ending}" if ending else "files without an ending"


def is_address(value: str) -> bool:
    """Whether a value is a URL rather than a file name."""
    return _ADDRESS.match(value) is not None


def is_below(name: str) -> bool:
    """Whether a relative name stays below its folder and names no hidden file."""
    return all(step and not step.startswith(".") and "\0" not in step and "\\" not in step for step in name.split("/"))


def ending_of(name: str) -> str:
    """The extension of a file name, with its dot, in lower case; empty if there is none."""
    before, _, ending = name.rpartition("/")[2].rpartition(".")
    return f".{ending.lower()}" if before and ending else ""
