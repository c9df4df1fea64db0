"""The one way a record is written: canonical JSONL, as every label file holds it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from operator import itemgetter

import orjson

from assay.model.json import Json, JsonObject

_ANNOTATION = (
    "item",
    "label",
    "skip",
    "guideline",
    "at",
    "seconds",
    "confidence",
    "probs",
    "shown",
    "first",
    "suggestion",
    "flags",
    "note",
)


@dataclass(frozen=True, slots=True)
class Layout:
    """The top-level keys of a kind of record in their order, and the keys that identify one in its file."""

    keys: tuple[str, ...]
    identity: tuple[str, ...]


class RecordKind(Enum):
    """What a line of a label file is."""

    ITEM = Layout(("id", "data", "meta", "group"), ("id",))
    ANNOTATION = Layout(_ANNOTATION, ("item",))
    SOURCED_ANNOTATION = Layout(("annotator", *_ANNOTATION), ("item", "annotator"))
    GOLD = Layout(("item", "label", "guideline", "why", "at"), ("item",))
    ADJUDICATION = Layout(("item", "label", "reason", "guideline", "note", "at"), ("item",))
    RETURNED = Layout(("item", "annotator", "why", "at"), ("item", "annotator"))
    ASSIGNMENT = Layout(("item", "annotators"), ("item",))
    ANNOTATOR = Layout(("annotator", "kind", "groups", "status", "since", "reason"), ("annotator",))

    @property
    def keys(self) -> tuple[str, ...]:
        """The top-level keys in their order."""
        return self.value.keys

    @property
    def identity(self) -> tuple[str, ...]:
        """The keys that identify a record in its file; lines are sorted by them."""
        return self.value.identity


def dump_value(value: Json) -> bytes:
    """Canonical JSON of a nested value: keys sorted by code point, no spaces, numbers as orjson writes them."""
    return fitted(orjson.dumps(value, option=orjson.OPT_SORT_KEYS))


def fitted(data: bytes) -> bytes:
    """The same bytes in memory of their own size: what orjson writes keeps the buffer, 4 KiB or more, as long as it lives."""
    return bytes(memoryview(data))


def dump_record(kind: RecordKind, record: JsonObject) -> bytes:
    """One canonical line, without its newline.

    Keys that the kind does not know are left out; whoever reads a record reports them first.
    """
    return _line(kind.keys, record)


def dump_records(kind: RecordKind, records: Iterable[JsonObject]) -> bytes:
    """A canonical file: lines sorted by identity, each with its newline; no records are no bytes.

    Every record must hold the keys of its kind's identity, as text.
    """
    keys = kind.keys
    lines = [_line(keys, record) for record in sorted(records, key=itemgetter(*kind.identity))]
    return b"\n".join([*lines, b""]) if lines else b""


def _line(keys: tuple[str, ...], record: JsonObject) -> bytes:
    written = orjson.dumps(
        {
            key: orjson.Fragment(orjson.dumps(value, option=orjson.OPT_SORT_KEYS))
            if isinstance(value := record[key], dict | list)
            else value
            for key in _present(keys, tuple(record))
        }
    )
    return fitted(written)


@lru_cache(maxsize=1024)
def _present(keys: tuple[str, ...], given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(key for key in keys if key in given)
