"""The records around a label, as msgspec structs: fields in canonical key order, labels and item data kept as bytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Generic, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from assay.labels.canonical import RecordKind

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


class SourcedAnnotation(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """An imported annotation; says itself whose it is."""

    annotator: Text
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


R = TypeVar("R", bound=Struct)
Vote: TypeAlias = Annotation | SourcedAnnotation
Answer: TypeAlias = Gold | Adjudication
OnItem: TypeAlias = Vote | Answer | Returned | Assignment


@dataclass(frozen=True)
class Form(Generic[R]):
    """How one kind of record is decoded and encoded."""

    kind: RecordKind
    type: type[R]

    @cached_property
    def decoder(self) -> msgspec.json.Decoder[R]:
        """Decodes canonical bytes; what it refuses or changes goes to the strict parser."""
        return msgspec.json.Decoder(self.type)

    @cached_property
    def encoder(self) -> msgspec.json.Encoder:
        """Gives back the bytes that were decoded exactly where the envelope is canonical."""
        return msgspec.json.Encoder(order="deterministic")

    @cached_property
    def types(self) -> Mapping[str, object]:
        """The type of each key, in canonical order."""
        return {field.name: field.type for field in msgspec.structs.fields(self.type)}

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The keys that no record may lack."""
        return tuple(field.name for field in msgspec.structs.fields(self.type) if field.required)

    @cached_property
    def absent(self) -> Mapping[str, object]:
        """What stands for each key in a record that lacks it; in canonical order."""
        return {field.name: field.default for field in msgspec.structs.fields(self.type)}

    @cached_property
    def raw(self) -> tuple[str, ...]:
        """The keys whose values are kept as bytes."""
        return tuple(name for name, kind in self.types.items() if kind is Raw)


ITEM = Form(RecordKind.ITEM, Item)
ANNOTATION = Form(RecordKind.ANNOTATION, Annotation)
SOURCED_ANNOTATION = Form(RecordKind.SOURCED_ANNOTATION, SourcedAnnotation)
GOLD = Form(RecordKind.GOLD, Gold)
ADJUDICATION = Form(RecordKind.ADJUDICATION, Adjudication)
RETURNED = Form(RecordKind.RETURNED, Returned)
ASSIGNMENT = Form(RecordKind.ASSIGNMENT, Assignment)
