"""The fields of a task and how each is measured."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from assay.model.json import Json


class Scale(StrEnum):
    """How a field is measured."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"
    SET = "set"
    SEQUENCE = "sequence"
    RANKING = "ranking"
    TREE = "tree"
    SPANS = "spans"
    BOXES = "boxes"
    TEXT = "text"

    @property
    def numeric(self) -> bool:
        """Whether values of this scale are numbers that may be subtracted."""
        return self in {Scale.INTERVAL, Scale.RATIO}

    @property
    def of_members(self) -> bool:
        """Whether a value of this scale is made of members, each by itself: a set, a sequence, a ranking, spans or boxes."""
        return self in {Scale.SET, Scale.SEQUENCE, Scale.RANKING, Scale.SPANS, Scale.BOXES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One top-level property of a label.

    `ordered` is false where the values of an ordinal scale are no numbers and nothing states their order: then nothing that
    rests on it is measured or decided.

    `values` are the declared values in their declared order (`x-order`, else `enum`; of the array's items for
    a set, a sequence or a ranking), or None where the schema does not list them. `textual` says that every value is a string, so a
    value's text is the value itself; otherwise its text is canonical JSON. `stepped` says that a number between two of its
    values need not be one: whole numbers, or listed ones. `source` is the key of the item's `data` that spans, boxes or a
    sequence refer to; a sequence always has one. `paths` says of a set that its members are paths of a tree, so that two
    members are near each other as two values of the scale tree are. `attributes` are what the elements of spans or boxes say
    besides their extent and kind, each measured like a field; what is told of one by `values`, `textual` and so on holds of
    its value in an element.
    """

    name: str
    scale: Scale
    values: tuple[Json, ...] | None = None
    textual: bool = True
    required: bool = False
    ordered: bool = True
    stepped: bool = False
    source: str | None = None
    paths: bool = False
    attributes: "tuple[Field, ...]" = ()


def with_attributes(fields: Iterable[Field]) -> Iterator[Field]:
    """All that is measured: each field, and behind it its attributes, named `FIELD.ATTRIBUTE`.

    A field of exactly that name goes before an attribute.
    """
    known = tuple(fields)
    names = {field.name for field in known}
    for field in known:
        yield field
        for attribute in field.attributes:
            if (name := attribute_name(field.name, attribute.name)) not in names:
                yield replace(attribute, name=name)


def attribute_name(field: str, attribute: str) -> str:
    """What rules, tables and reports call an attribute of a field."""
    return f"{field}.{attribute}"
