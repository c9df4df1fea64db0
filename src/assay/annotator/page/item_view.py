"""An item as the page shows it: its parts in order, media, and why something cannot be shown."""

import errno
import hashlib
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize
from urllib.parse import quote

from assay import files
from assay.agreement import path_of
from assay.core import Json, JsonObject, Scale, clip
from assay.errors import UsageError
from assay.project import TaskSchema, resolved

KEYS = "1234567890qwertzyoxcvdl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node: as shown, its key among its siblings (may be empty), the index of its value (-1: it is none), and its children."""

    text: str
    key: str
    at: int
    below: tuple["Node", ...]


def nodes_of(values: Sequence[Json], titles: Sequence[str]) -> tuple[Node, ...]:
    """The nodes below the root; `titles` name the values, an empty one by the last step of its path."""
    places: dict[tuple[str, ...], int] = {}
    for at, value in enumerate(values):
        places.setdefault(path_of(value), at)
    below: dict[tuple[str, ...], list[str]] = {}
    for path in places:
        for depth, step in enumerate(path):
            sisters = below.setdefault(path[:depth], [])
            if step not in sisters:
                sisters.append(step)
    return tuple(_level((), below, places, titles))


def _level(
    above: tuple[str, ...],
    below: Mapping[tuple[str, ...], list[str]],
    places: Mapping[tuple[str, ...], int],
    titles: Sequence[str],
) -> Iterator[Node]:
    for place, step in enumerate(below.get(above, ())):
        path = (*above, step)
        at = places.get(path, -1)
        yield Node(
            text=(titles[at] if at >= 0 else "") or step,
            key=KEYS[place] if place < len(KEYS) else "",
            at=at,
            below=tuple(_level(path, below, places, titles)),
        )


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
        return files.read_part(self.path, start, length)

    def parts(self, start: int, stop: int) -> Iterator[bytes]:
        """Its bytes from `start` up to `stop`, piece by piece; fewer where the file shrinks meanwhile."""
        while start < stop and (part := files.read_part(self.path, start, min(_CHUNK, stop - start))):
            start += len(part)
            yield part


def image_named(value: Json) -> bool:
    """Whether a value of an item's data names an image."""
    return isinstance(value, str) and files.media_kind(value) == "image"


def find_media(root: Path, pool: str, name: str) -> MediaFile | None:
    """The file of a pool at an address; None where there is none that may be served.

    Only regular files of known types below the pool's `media/` may be, and no symbolic link is followed.
    """
    kind = files.media_type(name)
    if not kind or not files.is_below(name):
        return None
    try:
        path = files.inside(root, f"labels/items/{pool}/media/{name}")
        size = files.file_size(path)
    except UsageError:
        return None
    except OSError as error:
        if error.errno in _ABSENT:
            return None
        raise
    return MediaFile(path=path, type=kind, size=size) if size <= LIMIT else None


_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.EINVAL, errno.ENAMETOOLONG, errno.EACCES}
_NAMED = 200
_HEAD = 4096


def unshown(root: Path, pool: str, value: str, kind: str, *, marked: bool) -> str:
    """Why the file of a value cannot be shown as that kind; empty where no reason is known.

    A file with broken content is detected by the browser. `marked` says that boxes are drawn on it, for which it must
    have a size.
    """
    name = value.removeprefix("media/")
    if files.is_address(value):
        return "not a file of the pool, and the page loads nothing from elsewhere; it belongs below `media/`"
    if not files.is_below(name):
        return "not the name of a file below `media/`; the lead corrects the item"
    if what := files.not_shown(name, kind):
        return f"a browser does not show {what} here; the lead converts it to {files.CONVERTED[kind]}"
    return _unshown_file(root, pool, name, marked=marked)


def _unshown_file(root: Path, pool: str, name: str, *, marked: bool) -> str:
    file = find_media(root, pool, name)
    if file is None:
        return _absent(root, f"labels/items/{pool}/media/{name}")
    if not file.size:
        return "the file is empty; the lead or `dvc pull` provides it"
    if pointer := files.pointer_of(file.part(0, _HEAD)):
        return f"only a {pointer[0]} pointer is here; `{pointer[1]}` fetches the file"
    if marked and files.is_unsized(file):
        return "this SVG has no width and height, so that pixels in it cannot be counted; the lead adds them"
    return ""


def _absent(root: Path, path: str) -> str:
    like, place = "", root / path
    try:
        status = files.inside(root, path).lstat()
    except UsageError:
        return "a symbolic link, which is not followed; the lead replaces it with the file"
    except FileNotFoundError:
        wanted, folder = _plain(place.name), place.parent
        with suppress(OSError):
            like = next((name for name in sorted(one.name for one in folder.iterdir()) if _plain(name) == wanted), "")
    except OSError:
        pass
    else:
        too_large = stat.S_ISREG(status.st_mode) and status.st_size > LIMIT
        return f"larger than {LIMIT // 2**20} MiB; the lead makes it smaller" if too_large else "no readable file"
    spelled = f"; `{like}` is, with other capitals or accents" if like else ""
    return f"not here{spelled}; the lead or `dvc pull` provides it"


def _plain(name: str) -> str:
    return normalize("NFC", normalize("NFC", name).casefold())


_SIDES = ("left", "right")


class Showing:
    """How the items of a task are shown.

    The order is that of the properties of `x-item`, also in nested objects; others follow by code point. A pair has the
    place of its first key.
    """

    def __init__(self, schema: TaskSchema, root: Path, pool: str) -> None:
        self._root = root
        self._pool = pool
        self._pair = schema.swap
        self._item = schema.item.schema if schema.item else {}
        self._stated = self._properties(self._item)
        self._needed = {field.source for field in schema.fields if field.source and field.required}
        self._tokens = {field.source for field in schema.fields if field.scale in {Scale.SPANS, Scale.SEQUENCE}}
        self._images = {field.source for field in schema.fields if field.scale is Scale.BOXES}

    def parts(self, data: JsonObject, *, swap: bool) -> list[JsonObject]:
        """The parts of an item's data; a pair is side by side in shown order, without its names.

        A part that cannot be shown has a `note` that says why: a fault of its file, or nothing to mark for a required
        field.
        """
        keys = [name for name in self._stated if name in data or name in self._needed]
        keys += sorted(name for name in {*data, *self._needed} if name not in self._stated)
        pair = self._pair
        if pair is None or not set(pair) <= set(keys):
            return [self._part(name, data) for name in keys]
        place = min(keys.index(name) for name in pair)
        shown = [self._part(name, data) for name in keys if name not in pair]
        sides: list[JsonObject] = [
            {**self._part(name, data), "title": side.capitalize(), "side": side, "name": name}
            for side, name in zip(_SIDES, pair[::-1] if swap else pair, strict=True)
        ]
        return [*shown[:place], *sides, *shown[place:]]

    def _part(self, name: str, data: JsonObject) -> JsonObject:
        stated, value = self._stated.get(name, {}), data.get(name)
        part: JsonObject = {"key": name, "title": str(stated.get("title") or name)}
        if isinstance(value, str) and (kind := self._media(name, value)):
            return {**part, "kind": kind, **self._file(name, value, kind)}
        if missing := self._missing(name, data):
            return {**part, "kind": "text", "note": missing}
        if isinstance(value, str):
            return {**part, "kind": "text", "value": value}
        words = name in self._tokens and _all_words(value)
        return {**part, "kind": "tokens" if words else "json", "value": self._ordered(value, stated)}

    def _missing(self, name: str, data: JsonObject) -> str:
        """Why the source of a required field cannot be marked; empty where it can, or there is none."""
        value = data.get(name)
        if name not in self._needed:
            return ""
        if value is None:
            return f"this item has no `{clip(name, _NAMED)}`"
        unfit = name in self._images or (name in self._tokens and not (isinstance(value, str) or _all_words(value)))
        return f"`{clip(name, _NAMED)}` cannot be marked" if unfit else ""

    def _media(self, name: str, value: str) -> str:
        """The media kind of a value; empty for text."""
        stated = str(self._stated.get(name, {}).get("contentMediaType") or "").partition("/")[0]
        if stated in {"image", "audio", "video"}:
            return stated
        if name in self._images:
            return "image"
        return files.media_kind(value) if value.startswith("media/") else ""

    def _file(self, name: str, value: str, kind: str) -> JsonObject:
        why = unshown(self._root, self._pool, value, kind, marked=name in self._images)
        url = f"/media/{quote(value.removeprefix('media/'))}"
        return {"url": url, **({"note": f"{clip(value, _NAMED)}: {why}"} if why else {})}

    def _ordered(self, value: Json, part: JsonObject) -> Json:
        """A value with the keys of its objects in the order of the schema."""
        if isinstance(value, list):
            element = resolved(self._item, part.get("items"))
            return [self._ordered(one, element) for one in value]
        if not isinstance(value, dict):
            return value
        stated = self._properties(part)
        keys = [*(name for name in stated if name in value), *(name for name in value if name not in stated)]
        return {name: self._ordered(value[name], stated.get(name, {})) for name in keys}

    def _properties(self, part: JsonObject) -> dict[str, JsonObject]:
        stated = resolved(self._item, part).get("properties")
        below = stated if isinstance(stated, dict) else {}
        return {name: resolved(self._item, one) for name, one in below.items()}


def _all_words(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def swapped(seed: int | None, batch: str, who: str, item: str) -> bool:
    """Whether a pair is shown swapped: pseudo-random for half of the items, and reproducible."""
    seed_text = f"swap\n{seed or 0}\n{batch}\n{who}\n{item}".encode()
    return bool(hashlib.blake2b(seed_text, digest_size=1).digest()[0] & 1)
