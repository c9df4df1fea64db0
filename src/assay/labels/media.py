"""The pictures, sounds and films that items name: whether they are there, what they are, how large a picture is.

Sizes come from file headers: nothing is decoded, and nothing is fetched from elsewhere. `item_digests` shows which items of
a pool have the same content, by their data and the bytes of the files that they name.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import PurePosixPath
from typing import TypeAlias

from assay import files
from assay.core import Field, Finding, Json, Location, Scale, Where, clip, content_digest, escape, finding
from assay.errors import LimitError, UsageError
from assay.git import Snapshot, WorkTree
from assay.project import TaskSchema, resolved

_HEAD = 4096
_LARGEST = 256 * 1024 * 1024
_PIXELS = 2**28
_NAMED = 120
_BROKEN, _ABSENT = "item/media", "item/no-media"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a file is: a picture's width and height where they are known; or the rule that it breaks, why, and the fix.

    `unsized` is a drawing that states no size: it can be shown, but boxes on it cannot be checked.
    """

    size: tuple[int, int] | None = None
    unsized: bool = False
    rule: str = ""
    message: str = ""
    fix: str = ""


class Gallery:
    """The media of a pool at one state of the project, each looked at once."""

    def __init__(self, snapshot: Snapshot, pool: str, schema: TaskSchema) -> None:
        self.folder = f"labels/items/{pool}/media"
        self._snapshot = snapshot
        self._boxes = tuple(field for field in schema.fields if field.scale is Scale.BOXES)
        self._sources = {field.source for field in self._boxes}
        item = schema.item.schema if schema.item else {}
        stated = item.get("properties")
        properties = stated if isinstance(stated, dict) else {}
        types = {name: str(resolved(item, part).get("contentMediaType") or "") for name, part in properties.items()}
        self._stated = {
            name: kind for name, kind in ((n, t.partition("/")[0]) for n, t in types.items()) if kind in files.CONVERTED
        }
        self._any = snapshot.is_folder(self.folder)
        self._seen: dict[tuple[str, str], Seen] = {}

    def concerns(self, raw: bytes) -> bool:
        """Whether an item's data, as JSON, can name a picture, sound or film."""
        return bool(self._stated or self._boxes) or b"media" in raw or b"\\" in raw

    def faults(self, data: Json) -> Iterator[tuple[str, Seen]]:
        """What is wrong with each file that an item's data name, by key."""
        for key, value, kind in self._named(data):
            seen = self.seen(value, kind)
            if seen.rule and not (seen.unsized and self._sources.isdisjoint({key, None})):
                yield key, seen

    def findings(self, data: Json, at: Location, where: Where) -> Iterator[Finding]:
        """The same as findings at the location of the data."""
        for key, seen in self.faults(data):
            place = replace(at, pointer=f"/data/{escape(key)}")
            yield finding(seen.rule, place, f"{key}: {seen.message}", fix=seen.fix, where=where)

    def size(self, field: Field, data: Json) -> tuple[int, int] | None:
        """Width and height of the picture that a field of boxes marks; None if unknown."""
        named = [(key, value) for key, value, kind in self._named(data) if kind == "image"]
        if field.source is not None:
            named = [(key, value) for key, value in named if key == field.source]
        return self.seen(named[0][1], "image").size if len(named) == 1 else None

    def seen(self, value: str, kind: str) -> Seen:
        """The file that a value names."""
        known = self._seen.get((value, kind))
        if known is None:
            known = self._seen[value, kind] = self._look(value, kind)
        return known

    def keys(self, data: Json) -> frozenset[str]:
        """The keys of an item's data that name a picture, sound or film, wherever it is."""
        return frozenset(key for key, _, _ in self._named(data))

    def files(self, data: Json) -> Iterator[tuple[str, str]]:
        """The keys of an item's data that name a file below the pool's media, each with the path of the file below the root."""
        if not self._any:
            return
        for key, value, _ in self._named(data):
            if not files.is_address(value) and files.is_below(name := value.removeprefix("media/")):
                yield key, f"{self.folder}/{name}"

    def source(self, path: str) -> "Bytes | None":
        """The bytes of a file below the pool's media, in parts; None where its content is not here."""
        snapshot = self._snapshot
        if isinstance(snapshot, WorkTree) and path in snapshot.kept_out:
            return None
        if snapshot.link(path) or not snapshot.has(path):
            return None
        try:
            of = self._open(path)
            return None if files.pointer_of(of.part(0, _HEAD)) else of
        except (UsageError, LimitError, OSError):
            return None

    def _open(self, path: str) -> "Bytes":
        here = isinstance(self._snapshot, WorkTree)
        return _OnDisk(self._snapshot, path) if here else _InMemory(self._snapshot.read(path, limit=_LARGEST))

    def _named(self, data: Json) -> Iterator[tuple[str, str, str]]:
        for key, value in data.items() if isinstance(data, dict) else ():
            if isinstance(value, str) and value and (kind := self._kind(key, value)):
                yield key, value, kind

    def _kind(self, key: str, value: str) -> str:
        if key in self._stated:
            return self._stated[key]
        if key in self._sources:
            return "image"
        below, lone = value.startswith("media/"), None in self._sources
        kind = files.media_kind(value) if below or lone else ""
        return kind if below or (kind == "image" and not files.is_address(value)) else ""

    def _look(self, value: str, kind: str) -> Seen:
        shown = clip(value, _NAMED)
        name = value.removeprefix("media/")
        if files.is_address(value):
            message = f"{shown!r} is an address, and nothing is fetched from elsewhere"
            fix = "put the file below the pool's media/ and name it by its path there"
            return Seen(rule=_ABSENT, message=message, fix=fix)
        if not files.is_below(name):
            return Seen(rule=_BROKEN, message=f"{shown!r} is not a file below {self.folder}/")
        try:
            return self._file(f"{self.folder}/{name}", shown, kind)
        except (UsageError, LimitError) as error:
            return Seen(rule=_BROKEN, message=f"{shown!r}: {error.message}", fix=error.fix)
        except OSError as error:
            return Seen(rule=_BROKEN, message=f"{shown!r}: {error.strerror}")

    def _file(self, path: str, shown: str, kind: str) -> Seen:
        snapshot = self._snapshot
        here = isinstance(snapshot, WorkTree)
        if isinstance(snapshot, WorkTree) and path in snapshot.kept_out:
            return Seen()
        if link := snapshot.link(path):
            return Seen(rule=_BROKEN, message=f"{shown!r}: {link} is a symbolic link and is not followed")
        if not snapshot.has(path):
            elsewhere = self._kept_by_dvc(path) and not here
            return Seen() if elsewhere else Seen(rule=_ABSENT, message=f"{shown!r} is not in {self.folder}/")
        of = self._open(path)
        if pointer := files.pointer_of(of.part(0, _HEAD)):
            message, fix = f"{shown!r} is a pointer of {pointer[0]}", f"`{pointer[1]}` fetches the file"
            return Seen(rule=_ABSENT, message=message, fix=fix) if here else Seen()
        if not of.size:
            return Seen(rule=_BROKEN, message=f"{shown!r} is empty")
        return _picture(of, path, shown) if kind == "image" else _unshown(path, shown, kind) or Seen()

    def _kept_by_dvc(self, path: str) -> bool:
        """Whether DVC keeps the file, or a folder above it, so that git has a note of it alone."""
        above = (str(one) for one in PurePosixPath(path).parents if str(one).startswith("labels/items/"))
        return any(self._snapshot.has(f"{place}.dvc") for place in (path, *above))


class _OnDisk:
    def __init__(self, snapshot: Snapshot, path: str) -> None:
        self._path = files.inside(snapshot.root, path)
        self.size = files.file_size(self._path)

    def part(self, start: int, length: int) -> bytes:
        return files.read_part(self._path, start, length)


class _InMemory:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def part(self, start: int, length: int) -> bytes:
        return self._data[start : start + length]


Bytes: TypeAlias = _OnDisk | _InMemory
"""The bytes of a file, in parts."""


def _picture(of: Bytes, path: str, shown: str) -> Seen:
    size = files.picture_size(of)
    if size is None:
        if unshown := _unshown(path, shown, "image"):
            return unshown
        if files.is_unsized(of):
            fix = "add `width` and `height` to it: without them the size in pixels is unknown"
            return Seen(unsized=True, rule=_ABSENT, message=f"{shown!r} is an SVG without a size", fix=fix)
        return Seen(rule=_BROKEN, message=f"{shown!r} is not a readable picture")
    if files.cut_off(of):
        return Seen(rule=_BROKEN, message=f"{shown!r} is cut off: the end of the picture is missing")
    if size[0] * size[1] > _PIXELS:
        message = f"{shown!r} has {size[0]:,} x {size[1]:,} pixels, more than a browser shows"
        return Seen(size=size, rule=_ABSENT, message=message, fix="make it smaller, or cut it into parts")
    unshown = _unshown(path, shown, "image") or Seen()
    return Seen(size=size, rule=unshown.rule, message=unshown.message, fix=unshown.fix)


def _unshown(path: str, shown: str, kind: str) -> Seen | None:
    """The fault of a kind of file that browsers do not show; None for others."""
    what = files.not_shown(path, kind)
    if not what:
        return None
    fix = f"convert it to {files.CONVERTED[kind]}; labels made elsewhere stay valid"
    return Seen(rule=_ABSENT, message=f"{shown!r}: a browser does not show {what} as {kind}", fix=fix)


_SAMPLE = 4096
_PART = 2**20
_SIZE = 16


def item_digests(
    data: Sequence[bytes], media: Mapping[int, Sequence[tuple[str, str]]], gallery: Gallery
) -> tuple[str, ...]:
    """A digest of the content of each item, equal exactly for equal content; empty where an item has none.

    `data` are canonical JSON; `media` are, by the position of an item, the keys that name a file and its path. Files of
    the same bytes are equal under any name.
    """
    if not media:
        return tuple(map(content_digest, data))
    paths = sorted({path for named in media.values() for _, path in named})
    there = {path: of for path in paths if (of := gallery.source(path)) is not None}
    # Only files of one size and with the same bytes in three places are read whole.
    alike = [[*there]]
    for sampled in (False, True):
        groups: dict[tuple[int, bytes], list[str]] = defaultdict(list)
        for path in (path for group in alike for path in group):
            of = there[path]
            starts = (0, of.size // 2, max(of.size - _SAMPLE, 0)) if sampled else ()
            sample = b"".join(of.part(start, _SAMPLE) for start in starts)
            groups[of.size, blake2b(sample, digest_size=_SIZE).digest()].append(path)
        alike = [several for several in groups.values() if len(several) > 1]
    same: dict[str, str] = {}
    for path in (path for group in alike for path in group):
        whole = blake2b(digest_size=_SIZE)
        for start in range(0, there[path].size, _PART):
            whole.update(there[path].part(start, _PART))
        same[path] = whole.hexdigest()
    known = {at: {key: same.get(path, path) for key, path in named} for at, named in media.items()}
    return tuple(content_digest(raw, known.get(at)) for at, raw in enumerate(data))
