"""Pictures, sounds and films of a pool: which files are served, as what, and in which parts."""

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from assay.errors import UsageError
from assay.model.json import Json
from assay.model.media import is_below, media_kind, media_type
from assay.store.files import inside
from assay.store.parts import file_size, read_part

LIMIT = 256 * 1024 * 1024
_CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile:
    """A file that may be served: where it is, its media type, its size in bytes."""

    path: Path
    type: str
    size: int

    def part(self, start: int, length: int) -> bytes:
        """At most `length` bytes from `start` on."""
        return read_part(self.path, start, length)

    def parts(self, start: int, stop: int) -> Iterator[bytes]:
        """Its bytes from `start` up to `stop`, piece by piece; fewer where the file shrinks meanwhile."""
        while start < stop and (part := read_part(self.path, start, min(_CHUNK, stop - start))):
            start += len(part)
            yield part


def image_named(value: Json) -> bool:
    """Whether a value of an item's data names an image."""
    return isinstance(value, str) and media_kind(value) == "image"


def media_url(name: str) -> str:
    """The address under which the page asks for a file that an item names."""
    return f"/media/{quote(name.removeprefix('media/'))}"


def find_media(root: Path, pool: str, name: str) -> MediaFile | None:
    """The file of a pool that an address names; None where there is none that may be served.

    Only regular files of known types below the pool's `media/` are, and no symbolic link is followed to one.
    """
    kind = media_type(name)
    if not kind or not is_below(name):
        return None
    try:
        path = inside(root, f"labels/items/{pool}/media/{name}")
        size = file_size(path)
    except UsageError:
        return None
    except OSError as error:
        if error.errno in _ABSENT:
            return None
        raise
    return MediaFile(path=path, type=kind, size=size) if size <= LIMIT else None


_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.EINVAL, errno.ENAMETOOLONG, errno.EACCES}
