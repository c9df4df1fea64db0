"""The fields of a task and how each is measured."""

from dataclasses import dataclass
from enum import StrEnum

from assay.model.json import Json


class Scale(StrEnum):
    """How a field is measured."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"
    SET = "set"
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
        """Whether a value of this scale is made of members, each by itself: a set, a ranking, spans or boxes."""
        return self in {Scale.SET, Scale.RANKING, Scale.SPANS, Scale.BOXES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One top-level property of a label.

    `values` are the declared values in their declared order (`x-order`, else `enum`; of the array's items for
    a set or a ranking), or None where the schema does not list them. `textual` says that every value is a string, so a
    value's text is the value itself; otherwise its text is canonical JSON. `stepped` says that a number between two of its
    values need not be one: whole numbers, or listed ones. `source` is the key of the item's `data` that spans or boxes
    refer to.
    """

    name: str
    scale: Scale
    values: tuple[Json, ...] | None = None
    textual: bool = True
    required: bool = False
    stepped: bool = False
    source: str | None = None
