"""Elements: spans and boxes. Each is its extent (where it is), its kind and its attributes (what is said of it besides)."""

from collections.abc import Mapping

from assay.model.json import Json, JsonObject
from assay.model.schema import Field, Scale
from assay.model.values import canonical_text

SPAN = ("start", "end")
BOX = ("x", "y", "width", "height")
ROTATION = "rotation"
"""Degrees clockwise about the centre of a box; without it a box stands upright."""
KIND = "label"
QUOTE = "text"
"""Of a span, what stands there: it follows from the extent, and is no attribute."""
EXTENTS: Mapping[Scale, tuple[str, ...]] = {Scale.SPANS: SPAN, Scale.BOXES: BOX}
SAME = 0.5
"""The intersection over union from which on two elements show the same thing: that of PASCAL VOC (Everingham et al. 2010)."""


def said_besides(element: JsonObject, field: Field) -> JsonObject:
    """The attributes of an element, also those that the schema does not declare."""
    known = {attribute.name for attribute in field.attributes}
    left = {*EXTENTS[field.scale], KIND, ROTATION if field.scale is Scale.BOXES else QUOTE} - known
    return {key: value for key, value in element.items() if key not in left}


def kind_of(element: JsonObject) -> str:
    """The kind of an element as a text; empty where it has none."""
    label = element.get(KIND)
    return label if isinstance(label, str) else "" if label is None else canonical_text(label)


def place_of(element: Json, scale: Scale) -> tuple[float, ...] | None:
    """The numbers of an extent, of a box with its rotation from 0 to 180; None where it marks nothing, or has no numbers."""
    if not isinstance(element, dict):
        return None
    keys = EXTENTS[scale]
    place = tuple(float(number) for key in keys if isinstance(number := element.get(key), int | float))
    if len(place) < len(keys):
        return None
    if scale is Scale.SPANS:
        return place if 0 <= place[0] < place[1] else None
    turn = element.get(ROTATION)
    return (*place, float(turn) % 180 if isinstance(turn, int | float) else 0.0) if min(place[2:]) > 0 else None
