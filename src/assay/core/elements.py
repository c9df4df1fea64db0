"""Spans and boxes, rankings, and when two items show the same content."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from hashlib import blake2b

import orjson

from assay.core.values import Field, Json, JsonObject, Scale, canonical_text

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

_SHAPES = frozenset({
    "points", "polygon", "polygons", "vertices", "contour", "contours", "outline", "segmentation", "mask", "rle", "quad",
    "corners", "keypoints", "landmarks", "geometry", "coordinates", "bbox", "ranges", "fragments",
})  # fmt: skip
_MEASURES = frozenset({
    "z", "depth", "length", "angle", "theta", "yaw", "pitch", "roll", "skew", "radius", "rx", "ry", "cx", "cy", "x1", "y1",
    "x2", "y2", "xmin", "ymin", "xmax", "ymax", "start", "end", "time", "frame", "page", "slice",
})  # fmt: skip
PLACED_BY = {Scale.SPANS: "start and end", Scale.BOXES: "x, y, width, height and rotation"}
"""What the overlap of two elements is computed from."""


def names_shape(name: str) -> bool:
    """Whether a key of an element is one that files of marks give an outline, or several places, whatever stands there."""
    return name in _SHAPES


def names_measure(name: str, scale: Scale) -> bool:
    """Whether a number under this key says where an element lies, in a dimension that its extent does not have."""
    return scale is Scale.BOXES and name in _MEASURES


def lists_places(value: Json) -> bool:
    """Whether a value is a list of numbers, of lists of them, or of places of their own."""
    return isinstance(value, list) and any(
        (isinstance(one, int | float) and not isinstance(one, bool))
        or isinstance(one, list)
        or (isinstance(one, dict) and ({"x", "y"} <= one.keys() or {*SPAN} <= one.keys()))
        for one in value
    )


def stated_keys(scale: Scale, declared: Iterable[str] = ()) -> frozenset[str]:
    """The keys of an element that are its extent, its kind and its quote, and those that a schema has said something of."""
    return frozenset({*EXTENTS[scale], KIND, ROTATION if scale is Scale.BOXES else QUOTE, *declared})


def other_place(element: JsonObject, scale: Scale, known: frozenset[str]) -> str | None:
    """A key beyond the known ones that says where an element lies, which its overlap with others leaves out; else None."""
    if element.keys() <= known:
        return None
    for name, value in element.items():
        if name in known:
            continue
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if names_shape(name) or (number and names_measure(name, scale)) or lists_places(value):
            return name
    return None


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


_UNTIDY = (b"\\", b"  ", b'" ', b' "', b".0")
"""What canonical JSON of a tidy content does not hold: escapes (of white space, too), white space at ends or twice, whole numbers as floats."""
_WIDE = re.compile(r"[^\S ]")
_DIGEST = 16


def content_key(data: Json) -> str:
    """A text that two contents share when they differ only in Unicode form (NFC), white space and the order of keys.

    Upper and lower case stay apart, as do signs that only look alike: what differs in them may be labelled differently.
    `1.0` is `1`. Empty where nothing is shown: of such items nobody can say that they are the same.
    """
    return canonical_text(tidy(data)) if data != {} else ""


def content_digest(raw: bytes, files: Mapping[str, str] | None = None) -> str:
    """A digest of the content that canonical JSON holds; empty where it shows nothing.

    `files` says by top-level key what the file is that the item names there, in place of the file's name.
    """
    if raw == b"{}":
        return ""
    if files:
        raw = content_key({**orjson.loads(raw), **{key: {"file": file} for key, file in files.items()}}).encode()
    elif any(mark in raw for mark in _UNTIDY) or not (
        raw.isascii() or (unicodedata.is_normalized("NFC", text := raw.decode()) and not _WIDE.search(text))
    ):
        raw = content_key(orjson.loads(raw)).encode()
    return blake2b(raw, digest_size=_DIGEST).hexdigest()


def place_in_content(text: str, offset: int) -> int:
    """An offset in a text (in code points) as the number of signs before it that are no white space, in NFC.

    So the same place has the same number in every text of the same content.
    """
    return len("".join(unicodedata.normalize("NFC", text[:offset]).split()))


def tidy(value: Json) -> Json:
    """The value with every text in NFC and its white space folded, and whole numbers as such."""
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFC", value).split())
    if isinstance(value, float) and value.is_integer() and abs(value) <= 2**53:
        return int(value)
    if isinstance(value, list):
        return [tidy(one) for one in value]
    if isinstance(value, dict):
        return {key: tidy(one) for key, one in value.items()}
    return value


def standing(ranking: Json) -> Mapping[str, tuple[Json, float]]:
    """By its text each option of a ranking and its rank: 1 the first, and of tied ones, in a list of their own, the mean.

    Empty where it is no ranking, or an option stands in it twice.
    """
    found: dict[str, tuple[Json, float]] = {}
    behind = 0
    for place in ranking if isinstance(ranking, list) else ():
        tied = place if isinstance(place, list) else [place]
        rank = behind + (len(tied) + 1) / 2
        found.update({canonical_text(option): (option, rank) for option in tied})
        behind += len(tied)
    return found if len(found) == behind else {}
