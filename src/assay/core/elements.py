"""Spans, boxes and rankings, and the digest by which two items have the same content."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b

import orjson

from assay.core.values import Field, Json, JsonObject, Scale, canonical_text

SPAN = ("start", "end")
BOX = ("x", "y", "width", "height")
ROTATION = "rotation"
"""Degrees clockwise about the centre of a box; a box without it is upright."""
KIND = "label"
QUOTE = "text"
"""The marked text of a span: it follows from the extent, and is not an attribute."""
EXTENTS: Mapping[Scale, tuple[str, ...]] = {Scale.SPANS: SPAN, Scale.BOXES: BOX}
SAME = 0.5
"""The minimum intersection over union of two elements that match: that of PASCAL VOC (Everingham et al. 2010)."""

_SHAPES = frozenset({
    "points", "polygon", "polygons", "vertices", "contour", "contours", "outline", "segmentation", "mask", "rle", "quad",
    "corners", "keypoints", "landmarks", "geometry", "coordinates", "bbox", "ranges", "fragments",
})  # fmt: skip
_MEASURES = frozenset({
    "z", "depth", "length", "angle", "theta", "yaw", "pitch", "roll", "skew", "radius", "rx", "ry", "cx", "cy", "x1", "y1",
    "x2", "y2", "xmin", "ymin", "xmax", "ymax", "start", "end", "time", "frame", "page", "slice",
})  # fmt: skip
PLACED_BY = {Scale.SPANS: "start and end", Scale.BOXES: "x, y, width, height and rotation"}
"""The keys from which the overlap of two elements is computed."""


def names_shape(name: str) -> bool:
    """Whether annotation formats use this key of an element for an outline or several places, whatever its value."""
    return name in _SHAPES


def names_measure(name: str, scale: Scale) -> bool:
    """Whether a number under this key is a position in a dimension that the element's extent does not have."""
    return scale is Scale.BOXES and name in _MEASURES


def lists_places(value: Json) -> bool:
    """Whether a value is a list of numbers, of lists, or of positions."""
    return isinstance(value, list) and any(
        (isinstance(one, int | float) and not isinstance(one, bool))
        or isinstance(one, list)
        or (isinstance(one, dict) and ({"x", "y"} <= one.keys() or {*SPAN} <= one.keys()))
        for one in value
    )


def stated_keys(scale: Scale, declared: Iterable[str] = ()) -> frozenset[str]:
    """The keys of an element for its extent, kind and quote, and those that the schema declares."""
    return frozenset({*EXTENTS[scale], KIND, ROTATION if scale is Scale.BOXES else QUOTE, *declared})


def other_place(element: JsonObject, scale: Scale, known: frozenset[str]) -> str | None:
    """A key beyond the known ones that positions an element and that its overlap ignores; else None."""
    if element.keys() <= known:
        return None
    for name, value in element.items():
        if name in known:
            continue
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if names_shape(name) or (number and names_measure(name, scale)) or lists_places(value):
            return name
    return None


def other_attributes(element: JsonObject, field: Field) -> JsonObject:
    """The attributes of an element, including undeclared ones."""
    known = {attribute.name for attribute in field.attributes}
    left = {*EXTENTS[field.scale], KIND, ROTATION if field.scale is Scale.BOXES else QUOTE} - known
    return {key: value for key, value in element.items() if key not in left}


def kind_of(element: JsonObject) -> str:
    """The kind of an element as text; empty if it has none."""
    label = element.get(KIND)
    return label if isinstance(label, str) else "" if label is None else canonical_text(label)


def extent_of(element: Json, scale: Scale) -> tuple[float, ...] | None:
    """The numbers of an extent, for a box with its rotation from 0 to 180; None if it is empty or has no numbers."""
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


_UNTIDY = re.compile(rb'\\|  |" | "|\.0')
"""What canonical JSON of tidy content never contains: escapes (also of white space), outer or double white space, whole floats."""
_WIDE = re.compile(r"[^\S ]")
_DIGEST = 16


def content_key(data: Json) -> str:
    """A text that two contents share if they differ only in Unicode form (NFC), white space and the order of keys.

    Case and look-alike characters make a difference: such contents may be labelled differently. `1.0` is `1`. Empty if
    nothing is shown: such items cannot be compared.
    """
    return canonical_text(tidy_content(data)) if data != {} else ""


def content_digest(raw: bytes, files: Mapping[str, str] | None = None) -> str:
    """A digest of the content in canonical JSON; empty if it shows nothing.

    `files` gives by top-level key the digest of the file that the item names there, in place of its name.
    """
    if raw == b"{}":
        return ""
    if files:
        raw = content_key({**orjson.loads(raw), **{key: {"file": file} for key, file in files.items()}}).encode()
    elif _UNTIDY.search(raw) or not (
        raw.isascii() or (unicodedata.is_normalized("NFC", text := raw.decode()) and not _WIDE.search(text))
    ):
        raw = content_key(orjson.loads(raw)).encode()
    return blake2b(raw, digest_size=_DIGEST).hexdigest()


def content_digests(raws: Sequence[bytes]) -> list[bytes]:
    """`content_digest` of several contents, as bytes."""
    whole = b"\n".join(raws)
    if whole.isascii() and not _UNTIDY.search(whole):  # all of them are tidy
        return [blake2b(raw, digest_size=_DIGEST).digest() if raw != b"{}" else b"" for raw in raws]
    return [bytes.fromhex(content_digest(raw)) for raw in raws]


def place_in_content(text: str, offset: int) -> int:
    """An offset in a text (in code points) as the number of characters before it that are not white space, in NFC.

    The same place has the same number in every text of the same content.
    """
    return len("".join(unicodedata.normalize("NFC", text[:offset]).split()))


def tidy_content(value: Json) -> Json:
    """The value with every text in NFC, white space collapsed, and whole floats as integers."""
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFC", value).split())
    if isinstance(value, float) and value.is_integer() and abs(value) <= 2**53:
        return int(value)
    if isinstance(value, list):
        return [tidy_content(member) for member in value]
    if isinstance(value, dict):
        return {key: tidy_content(member) for key, member in value.items()}
    return value


def ranks_of(ranking: Json) -> Mapping[str, tuple[Json, float]]:
    """Each option of a ranking and its rank, by the option's text: 1 for the first, the mean rank for tied ones (a nested list).

    Empty if it is not a ranking, or an option is a duplicate.
    """
    found: dict[str, tuple[Json, float]] = {}
    behind = 0
    for place in ranking if isinstance(ranking, list) else ():
        tied = place if isinstance(place, list) else [place]
        rank = behind + (len(tied) + 1) / 2
        found.update({canonical_text(option): (option, rank) for option in tied})
        behind += len(tied)
    return found if len(found) == behind else {}
