"""The records of label files: one type a kind, from which the order of keys follows, and the one way they are written.

The keys of a line are in the order of the fields of its type; labels and item data are kept as bytes. Files are
canonical JSONL.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, TypeAlias, TypeVar

import msgspec
import orjson
from msgspec import UNSET, Meta, Raw, Struct, UnsetType, defstruct
from msgspec.structs import fields

from assay.core import Json, JsonObject

Text: TypeAlias = Annotated[str, Meta(min_length=1)]
Probability: TypeAlias = Annotated[int, Meta(ge=0, le=1)] | Annotated[float, Meta(ge=0, le=1)]
Seconds: TypeAlias = Annotated[int, Meta(ge=0, le=10**9)] | Annotated[float, Meta(ge=0, le=1e9)]
Reason: TypeAlias = Literal["ambiguous-item", "guideline-gap", "annotator-error", "edge-case", "subjective", "other"]

NOTHING = Raw()


class Item(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """What can be labelled."""

    id: Text
    data: Raw
    meta: Raw = NOTHING
    group: str | UnsetType = UNSET


class Annotation(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """One annotator's act on one item; `label` and `first` are `NOTHING` where absent."""

    item: Text
    label: Raw = NOTHING
    skip: Text | UnsetType = UNSET
    guideline: str | UnsetType = UNSET
    at: str | UnsetType = UNSET
    seconds: Seconds | UnsetType = UNSET
    confidence: Probability | dict[str, Probability] | UnsetType = UNSET
    probs: dict[str, dict[str, Probability]] | UnsetType = UNSET
    shown: Raw = NOTHING
    first: Raw = NOTHING
    suggestion: Raw = NOTHING
    flags: tuple[str, ...] | UnsetType = UNSET
    note: str | UnsetType = UNSET


if TYPE_CHECKING:

    class SourcedAnnotation(Annotation, frozen=True, kw_only=True):
        """An imported annotation; names its annotator itself."""

        annotator: Text

else:  # the same keys after the annotator, which comes first: a subclass would put them last
    SourcedAnnotation = defstruct(
        "SourcedAnnotation",
        [
            ("annotator", Text),
            ("item", Text),
            *((one.name, one.type, one.default) for one in fields(Annotation) if not one.required),
        ],
        frozen=True,
        forbid_unknown_fields=True,
        omit_defaults=True,
        gc=False,
    )


class Gold(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """An expert's answer, used to test annotators."""

    item: Text
    label: Raw
    guideline: str | UnsetType = UNSET
    why: str | UnsetType = UNSET
    at: str | UnsetType = UNSET


class Adjudication(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """An expert's decision on a disagreement."""

    item: Text
    label: Raw
    reason: Reason
    guideline: str | UnsetType = UNSET
    note: str | UnsetType = UNSET
    at: str | UnsetType = UNSET


class Returned(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """An annotation sent back to its annotator."""

    item: Text
    annotator: Text
    why: str
    at: str | UnsetType = UNSET


class Assignment(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Who is asked to label an item."""

    item: Text
    annotators: tuple[Text, ...]


class SourceAnnotator(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """An annotator of an imported source; `assay.project.roster` says what the values may be."""

    annotator: Text
    kind: str | UnsetType = UNSET
    groups: tuple[str, ...] | UnsetType = UNSET
    status: str | UnsetType = UNSET
    since: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET


R = TypeVar("R", bound=Struct)
Vote: TypeAlias = Annotation | SourcedAnnotation
Answer: TypeAlias = Gold | Adjudication
OnItem: TypeAlias = Vote | Answer | Returned | Assignment


@dataclass(frozen=True, eq=False)
class RecordKind(Generic[R]):
    """What a line of a label file is: its type, and the keys that identify it in its file, by which lines are sorted."""

    type: type[R]
    identity: tuple[str, ...] = ("item",)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The top-level keys in their order."""
        return self.type.__struct_fields__

    @cached_property
    def decoder(self) -> msgspec.json.Decoder[R]:
        """Decodes canonical bytes; what it refuses or changes goes to the strict parser."""
        return msgspec.json.Decoder(self.type)

    @cached_property
    def key_decoder(self) -> msgspec.json.Decoder[Struct]:
        """Decodes of a line only what identifies it."""
        return msgspec.json.Decoder(defstruct("Keyed", [(name, str) for name in self.identity], frozen=True, gc=False))

    @cached_property
    def encoder(self) -> msgspec.json.Encoder:
        """Gives back the bytes that were decoded exactly where the envelope is canonical."""
        return msgspec.json.Encoder(order="deterministic")

    @cached_property
    def types(self) -> Mapping[str, object]:
        """The type of each key, in their order."""
        return {field.name: field.type for field in fields(self.type)}

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The keys that no record may lack."""
        return tuple(field.name for field in fields(self.type) if field.required)

    @cached_property
    def absent(self) -> Mapping[str, object]:
        """The value of each key in a record that lacks it, in their order."""
        return {field.name: field.default for field in fields(self.type)}

    @cached_property
    def raw(self) -> tuple[str, ...]:
        """The keys whose values are kept as bytes."""
        return tuple(name for name, kind in self.types.items() if kind is Raw)


ITEM = RecordKind(Item, ("id",))
ANNOTATION = RecordKind(Annotation)
SOURCED_ANNOTATION = RecordKind(SourcedAnnotation, ("item", "annotator"))
GOLD = RecordKind(Gold)
ADJUDICATION = RecordKind(Adjudication)
RETURNED = RecordKind(Returned, ("item", "annotator"))
ASSIGNMENT = RecordKind(Assignment)
SOURCE_ANNOTATOR = RecordKind(SourceAnnotator, ("annotator",))

AnyKind: TypeAlias = RecordKind[Any]


def dump_value(value: Json) -> bytes:
    """Canonical JSON of a nested value: keys sorted by code point, no spaces, numbers as orjson writes them."""
    return compact(orjson.dumps(value, option=orjson.OPT_SORT_KEYS))


def compact(data: bytes) -> bytes:
    """The same bytes in memory of their own size: what orjson writes keeps the buffer, 4 KiB or more, as long as it lives."""
    return bytes(memoryview(data))


def dump_record(kind: AnyKind, record: JsonObject) -> bytes:
    """One canonical line, without its newline.

    Keys that the kind does not have are left out; reading a record reports them first.
    """
    parts = (
        (key, orjson.Fragment(dump_value(part)) if isinstance(part := record[key], dict | list) else part)
        for key in _present(kind.keys, tuple(record))
    )
    return compact(orjson.dumps(dict(parts)))


def dump_records(kind: AnyKind, records: Iterable[JsonObject]) -> bytes:
    """A canonical file: lines sorted by identity, each with its newline; no records are no bytes.

    Every record must hold the keys of its kind's identity, as text.
    """
    lines = [dump_record(kind, record) for record in sorted(records, key=itemgetter(*kind.identity))]
    return b"\n".join([*lines, b""]) if lines else b""


@lru_cache(maxsize=1024)
def _present(keys: tuple[str, ...], given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(key for key in keys if key in given)
