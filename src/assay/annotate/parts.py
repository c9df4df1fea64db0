"""An item as the page shows it: its data in parts, in the order in which the schema explains them."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from assay.annotate.media import find_media, media_kind, media_url
from assay.model.json import Json, JsonObject
from assay.model.schema import Scale
from assay.schemas import TaskSchema
from assay.schemas.fields import resolved

_ABSENT = "not here; the lead or `dvc pull` brings it"
_SIDES = ("left", "right")


class Showing:
    """How the items of a task are shown."""

    def __init__(self, schema: TaskSchema, root: Path, pool: str) -> None:
        self._root = root
        self._pool = pool
        self._pair = schema.swap
        item = schema.item.schema if schema.item else {}
        stated = item.get("properties")
        properties = stated if isinstance(stated, dict) else {}
        self._stated = {name: resolved(item, part) for name, part in properties.items()}
        self._tokens = {field.source for field in schema.fields if field.scale is Scale.SPANS}
        self._images = {field.source for field in schema.fields if field.scale is Scale.BOXES}

    def parts(self, data: JsonObject, *, swap: bool) -> list[JsonObject]:
        """The parts of an item's data; a pair stands side by side in shown order, without saying which is which."""
        keys = [name for name in self._stated if name in data]
        keys += [name for name in data if name not in self._stated]
        pair = self._pair
        if pair is None or not set(pair) <= set(keys):
            return [self._part(name, data[name]) for name in keys]
        place = min(keys.index(name) for name in pair)
        rest = [name for name in keys if name not in pair]
        shown = [self._part(name, data[name]) for name in rest]
        return [*shown[:place], *self._sides(pair[::-1] if swap else pair, data), *shown[place:]]

    def _sides(self, pair: tuple[str, ...], data: JsonObject) -> Iterator[JsonObject]:
        for side, name in zip(_SIDES, pair, strict=True):
            yield {**self._part(name, data[name]), "title": side.capitalize(), "side": side, "name": name}

    def _part(self, name: str, value: Json) -> JsonObject:
        part: JsonObject = {"key": name, "title": str(self._stated.get(name, {}).get("title") or name)}
        if isinstance(value, str) and (kind := self._media(name, value)):
            return {**part, "kind": kind, **self._file(value)}
        if isinstance(value, str):
            return {**part, "kind": "text", "value": value}
        words = isinstance(value, list) and name in self._tokens and all(isinstance(word, str) for word in value)
        return {**part, "kind": "tokens" if words else "json", "value": value}

    def _media(self, name: str, value: str) -> str:
        """The kind of file that the value names; empty where it is text."""
        stated = str(self._stated.get(name, {}).get("contentMediaType") or "").partition("/")[0]
        if stated in {"image", "audio", "video"}:
            return stated
        if name in self._images:
            return "image"
        return media_kind(value) if value.startswith("media/") else ""

    def _file(self, value: str) -> JsonObject:
        there = find_media(self._root, self._pool, value.removeprefix("media/")) is not None
        return {"url": media_url(value)} if there else {"url": media_url(value), "note": f"{value}: {_ABSENT}"}


def swapped(seed: int | None, batch: str, who: str, item: str) -> bool:
    """Whether a pair is shown swapped: half of the items are, and the same ones every time."""
    told = f"swap\n{seed or 0}\n{batch}\n{who}\n{item}".encode()
    return bool(hashlib.blake2b(told, digest_size=1).digest()[0] & 1)
