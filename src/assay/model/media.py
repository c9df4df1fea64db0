"""Pictures, sounds and films by the endings of their names: what each is, and whether browsers show it."""

import re
from collections.abc import Mapping

_SHOWN: Mapping[str, str] = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".bmp": "image/bmp",
    ".svg": "image/svg+xml",
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".m4a": "audio/mp4",
    ".flac": "audio/flac",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
}
_UNSHOWN: Mapping[str, str] = {
    **dict.fromkeys((".tif", ".tiff", ".heic", ".heif", ".jp2", ".jxl", ".psd", ".dcm"), "image"),
    **dict.fromkeys((".aif", ".aiff", ".amr", ".wma"), "audio"),
    **dict.fromkeys((".avi", ".flv", ".mkv", ".wmv"), "video"),
}
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
CONVERTED: Mapping[str, str] = {"image": "PNG or JPEG", "audio": "WAV or MP3", "video": "MP4 or WebM"}
"""What to convert a file of each kind to, so that browsers show it."""


def media_type(name: str) -> str:
    """The media type by the ending of a name; empty for one that no browser shows, and that is not served."""
    return _SHOWN.get(ending_of(name), "")


def media_kind(name: str) -> str:
    """`image`, `audio` or `video` by the ending of a name, of kinds that no browser shows, too; else empty."""
    return media_type(name).partition("/")[0] or _UNSHOWN.get(ending_of(name), "")


def not_shown(name: str, kind: str) -> str:
    """Which files a browser does not show as that kind, in words; empty where it shows those that end as this name."""
    if media_type(name).partition("/")[0] == kind:
        return ""
    ending = ending_of(name)
    return f"files that end in {ending}" if ending else "files without an ending"


def is_address(value: str) -> bool:
    """Whether a value is the address of something elsewhere, and no name of a file."""
    return _ADDRESS.match(value) is not None


def is_below(name: str) -> bool:
    """Whether a name leads nowhere but below the folder that it is read in, to no hidden file."""
    return all(step and not step.startswith(".") and "\0" not in step and "\\" not in step for step in name.split("/"))


def ending_of(name: str) -> str:
    """The ending of a file's name, with its point, in small letters; empty where it has none."""
    before, _, ending = name.rpartition("/")[2].rpartition(".")
    return f".{ending.lower()}" if before and ending else ""
