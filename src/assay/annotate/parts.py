"""An item as the page shows it: its data in parts, in the order in which the schema's `x-item` explains them."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from assay.annotate.media import media_url
from assay.annotate.unshown import cut, unshown
from assay.model.json import Json, JsonObject
from assay.model.media import media_kind
from assay.model.schema import Scale
from assay.schemas import TaskSchema
from assay.schemas.fields import resolved

_SIDES = ("left", "right")


class Showing:
    """How the items of a task are shown.

    The order is that of the properties of `x-item`, of objects within it, too; what it does not name comes after, by
    code point. A pair stands where the first of its two is named.
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
        """The parts of an item's data; a pair stands side by side in shown order, without saying which is which.

        A part that cannot be shown has a `note` that says why: of its file, or that a required field refers to it and
        there is nothing to mark.
        """
        keys = [name for name in self._stated if name in data or name in self._needed]
        keys += sorted(name for name in {*data, *self._needed} if name not in self._stated)
        pair = self._pair
        if pair is None or not set(pair) <= set(keys):
            return [self._part(name, data) for name in keys]
        place = min(keys.index(name) for name in pair)
        rest = [name for name in keys if name not in pair]
        shown = [self._part(name, data) for name in rest]
        return [*shown[:place], *self._sides(pair[::-1] if swap else pair, data), *shown[place:]]

    def _sides(self, pair: tuple[str, ...], data: JsonObject) -> Iterator[JsonObject]:
        for side, name in zip(_SIDES, pair, strict=True):
            yield {**self._part(name, data), "title": side.capitalize(), "side": side, "name": name}

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
        """Why what a required field refers to cannot be marked; empty where it can, or none does."""
        value = data.get(name)
        if name not in self._needed:
            return ""
        if value is None:
            return f"this item has no `{cut(name)}`"
        unfit = name in self._images or (name in self._tokens and not (isinstance(value, str) or _all_words(value)))
        return f"`{cut(name)}` is nothing that can be marked" if unfit else ""

    def _media(self, name: str, value: str) -> str:
        """The kind of file that the value names; empty where it is text."""
        stated = str(self._stated.get(name, {}).get("contentMediaType") or "").partition("/")[0]
        if stated in {"image", "audio", "video"}:
            return stated
        if name in self._images:
            return "image"
        return media_kind(value) if value.startswith("media/") else ""

    def _file(self, name: str, value: str, kind: str) -> JsonObject:
        why = unshown(self._root, self._pool, value, kind, marked=name in self._images)
        return {"url": media_url(value), **({"note": f"{cut(value)}: {why}"} if why else {})}

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
    """Whether a pair is shown swapped: half of the items are, and the same ones every time."""
    told = f"swap\n{seed or 0}\n{batch}\n{who}\n{item}".encode()
    return bool(hashlib.blake2b(told, digest_size=1).digest()[0] & 1)
