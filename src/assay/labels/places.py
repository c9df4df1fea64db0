"""Spans and boxes held against what they mark: text, tokens, picture, and the quotes that spans state."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import cos, isfinite, radians, sin
from typing import Any
from unicodedata import normalize

import numpy as np
import orjson

from assay.core import Codes, Fault, Field, JsonObject, Scale, canonical_text, canonical_value, clip, escape
from assay.labels.items import Pool
from assay.labels.media import Gallery
from assay.labels.reader import Lines
from assay.labels.records import Answer, Vote
from assay.project import TaskSchema

_BLANK = "\u200b\u2060\ufeff"
_SHOWN = 40
_FEW = 2


@dataclass(frozen=True, slots=True)
class Misquoted:
    """What is wrong with a quote, and the offsets that it has in the text, where one place is meant."""

    cause: str
    start: int | None = None
    end: int | None = None


def misquoted(text: str, start: int, end: int, quote: str) -> Misquoted | None:
    """Why a quote is not `text[start:end]`; None where it is."""
    if text[start:end] == quote:
        return None
    if normalize("NFC", text[start:end]) == normalize("NFC", quote):
        return Misquoted("the quote is written in another Unicode normal form", start, end)
    for cause, counted in _COUNTED:
        found = counted(text, start, end)
        if found is not None and text[found[0] : found[1]] == quote:
            return Misquoted(cause, *found)
    places = [*islice(_places(text, quote), _FEW)] if quote else []
    if len(places) == 1:
        return Misquoted("the offsets are of another place", places[0], places[0] + len(quote))
    if not places and (spelled := [*islice(_spelled_otherwise(text, quote), _FEW)]) and len(spelled) == 1:
        return Misquoted("the quote, and so the offsets, are of another Unicode normal form", *spelled[0])
    return Misquoted("the text holds the quote several times" if places else "the text does not hold the quote")


def blank_edges(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Where a span begins and ends without the white space at its edges, equal where it holds nothing else; None: it has none."""
    low, high = start, min(end, len(text))
    while low < high and _is_blank(text[low]):
        low += 1
    while high > low and _is_blank(text[high - 1]):
        high -= 1
    return None if (low, high) == (start, min(end, len(text))) else (low, high)


def shown(text: str) -> str:
    """A piece of text as a message names it."""
    return repr(clip(text, _SHOWN))


def _is_blank(sign: str) -> bool:
    return sign.isspace() or sign in _BLANK


def _places(text: str, quote: str) -> Iterator[int]:
    place = text.find(quote)
    while place >= 0:
        yield place
        place = text.find(quote, place + 1)


def _spelled_otherwise(text: str, quote: str) -> Iterator[tuple[int, int]]:
    """Where the text has the quote in another normal form."""
    if normalize("NFC", quote) == quote == normalize("NFD", quote):
        return
    for form in ("NFC", "NFD"):
        other = normalize(form, quote)
        if other != quote:
            yield from ((place, place + len(other)) for place in _places(text, other))


def tokens_of(words: Sequence[str], quote: str) -> tuple[int, int] | None:
    """The tokens, the last one excluded, that make up a quote whatever white space is between them; None: none do, or several."""
    wanted, found = "".join(quote.split()), []
    for start in range(len(words) if wanted else 0):
        said = ""
        if not words[start].strip():
            continue
        for end in range(start, len(words)):
            said += "".join(words[end].split())
            if said == wanted:
                found.append((start, end + 1))
            if len(said) >= len(wanted):
                break
    return found[0] if len(found) == 1 else None


def _of_units(encoding: str, width: int) -> Callable[[str, int, int], tuple[int, int] | None]:
    """Offsets in code points of offsets in units of an encoding; None where they fall within a character."""

    def counted(text: str, start: int, end: int) -> tuple[int, int] | None:
        data = text.encode(encoding, "surrogatepass")
        try:
            low = len(data[: start * width].decode(encoding, "surrogatepass"))
            return low, low + len(data[start * width : end * width].decode(encoding, "surrogatepass"))
        except UnicodeDecodeError:
            return None

    return counted


def _moved(before: int, after: int) -> Callable[[str, int, int], tuple[int, int] | None]:
    return lambda _text, start, end: (start + before, end + after) if start + before >= 0 else None


def _of_carriage_returns(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Offsets that count every line end as two characters."""
    lines = text.replace("\n", "\r\n")
    low = start - lines[:start].count("\r\n")
    return low, low + len(lines[start:end].replace("\r\n", "\n"))


def _of_line_feeds(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Offsets that count a line end of two characters as one."""
    places = [place for place, sign in enumerate(text) if not (sign == "\r" and text[place + 1 : place + 2] == "\n")]
    return (places[start], places[end - 1] + 1) if 0 <= start < end <= len(places) else None


_COUNTED = (
    ("the offsets count UTF-16 units", _of_units("utf-16-le", 2)),
    ("the offsets count bytes of UTF-8", _of_units("utf-8", 1)),
    ("`end` names the last character, not the one after it", _moved(0, 1)),
    ("the offsets count from 1", _moved(-1, -1)),
    ("the offsets count from 1, and `end` names the last character", _moved(-1, 0)),
    ("the offsets count line ends as two characters", _of_carriage_returns),
    ("the offsets count line ends as one character", _of_line_feeds),
)


_TOLERANCE = 1.0


@dataclass(slots=True)
class Ground:
    """What spans and boxes lie on: the pool's items, and their pictures (None: nobody looks at any)."""

    schema: TaskSchema
    pool: Pool
    gallery: Gallery | None
    _last: tuple[int, Any] = field(default=(-1, None))

    def said(self, lines: Lines[Vote | Answer], labels: Codes, items: Codes, key: str) -> Iterator[tuple[int, Fault]]:
        """By row what is said of the spans and boxes of the labels under `key`, given by index; of -1 nothing is."""
        fields = [one for one in self.schema.fields if one.scale in _JUDGES]
        raws = lines.raws.get(key, ()) if fields else ()
        for row in np.flatnonzero((labels >= 0) & (items >= 0)).tolist() if fields else ():
            label = orjson.loads(raws[row])
            for one in fields:
                elements = label.get(one.name)
                # A label of before a migration stands as it was stated, and may have another shape than the one judged.
                if isinstance(elements, list) and elements and all(map(_PLACED[one.scale], elements)):
                    for said in _JUDGES[one.scale](self, one, elements, int(items[row])):
                        yield row, said

    def _data(self, item: int) -> Any:
        if self._last[0] != item:
            self._last = (item, orjson.loads(self.pool.data[item]))
        return self._last[1]

    def text(self, of: Field, item: int) -> Any:
        """What a field of spans marks of an item: a text, a list of tokens, or None where nobody knows."""
        data = self._data(item)
        return data.get(of.source) if isinstance(data, dict) and of.source is not None else None

    def size(self, of: Field, item: int) -> tuple[int, int] | None:
        """The size of the picture that a field of boxes marks; None where nobody knows."""
        return self.gallery.size(of, self._data(item)) if self.gallery else None


def _is_span(element: Any) -> bool:
    return isinstance(element, dict) and type(element.get("start")) is int and type(element.get("end")) is int


def _is_box(element: Any) -> bool:
    sides = [element.get(name) for name in ("x", "y", "width", "height")] if isinstance(element, dict) else [None]
    return all(isinstance(side, int | float) for side in sides)


def _of_spans(ground: Ground, of: Field, spans: list[dict[str, Any]], item: int) -> Iterator[Fault]:
    yield from said_of_spans(of, spans, ground.text(of, item))


def said_of_spans(of: Field, spans: list[dict[str, Any]], source: Any) -> Iterator[Fault]:
    """What is said of spans with whole numbers for edges in view of what they mark: a text, or a list of tokens."""
    if len(spans) > 1:
        yield from _twice(of, spans, ("start", "end"))
    for number, span in enumerate(spans):
        start, end, quote = span["start"], span["end"], span.get("text")
        if isinstance(source, str):
            if end <= len(source) and (inner := blank_edges(source, start, end)):
                yield _blank(of, number, (start, end), inner, source)
            if isinstance(quote, str) and (why := misquoted(source, start, end, quote)):
                yield _misquoted(of, number, (start, end), why, (quote, source[start:end]))
        elif isinstance(source, list):
            yield from _of_tokens(of, number, (start, end), quote, source)


def _blank(of: Field, number: int, place: tuple[int, int], inner: tuple[int, int], source: str) -> Fault:
    (start, end), (low, high) = place, inner
    told, pointer = f"{of.name}: span {start} to {end}", f"/{escape(of.name)}/{number}"
    if low == high:
        return Fault(
            rule="label/span-edge",
            message=f"{told} holds white space alone",
            pointer=pointer,
            fix="take it out, or mark a word",
        )
    message = f"{told} {'begins' if low > start else 'ends'} in white space: {shown(source[start:end])}"
    return Fault(rule="label/span-edge", message=message, pointer=pointer, fix=f"{low} to {high} is without it")


def _misquoted(of: Field, number: int, place: tuple[int, int], why: Misquoted, said: tuple[str, str]) -> Fault:
    (start, end), (quote, there) = place, said
    message = (
        f"{of.name}: span {start} to {end} quotes {shown(quote)}, and the text there is {shown(there)}: {why.cause}"
    )
    fix = "" if why.start is None else f"write {why.start} to {why.end}"
    if (why.start, why.end) == place:
        fix = f"write {shown(there)}, as the text has it"
    return Fault(rule="label/quote", message=message, pointer=f"/{escape(of.name)}/{number}/text", fix=fix)


def _of_tokens(of: Field, number: int, place: tuple[int, int], quote: Any, source: list[Any]) -> Iterator[Fault]:
    start, end = place
    told, pointer = f"{of.name}: span {start} to {end}", f"/{escape(of.name)}/{number}"
    if end <= len(source) and not all(str(word).strip() for word in (source[start], source[end - 1])):
        yield Fault(
            rule="label/span-edge", message=f"{told} begins or ends with a token of white space", pointer=pointer
        )
    if isinstance(quote, str):
        words = "".join(map(str, source[start:end]))
        if "".join(quote.split()) != "".join(words.split()):
            message, meant = f"{told} quotes {shown(quote)}, and the tokens there are {shown(words)}", ""
            if found := tokens_of([*map(str, source)], quote):
                message = f"{message}: the offsets are of other tokens, or count no tokens"
                meant = f"write {found[0]} to {found[1]}"
            yield Fault(rule="label/quote", message=message, pointer=f"{pointer}/text", fix=meant)


def _of_boxes(ground: Ground, of: Field, boxes: list[dict[str, Any]], item: int) -> Iterator[Fault]:
    size = ground.size(of, item)
    if len(boxes) > 1:
        yield from _twice(of, boxes, ("x", "y", "width", "height", "rotation"))
    for number, box in enumerate(boxes):
        pointer = f"/{escape(of.name)}/{number}"
        left, top, right, bottom = extent = _extent(box)
        if not all(map(isfinite, extent)):
            yield Fault(
                rule="label/span",
                message=f"{of.name}: box {number + 1} has no finite corners",
                pointer=pointer,
                fix="draw the box again",
            )
        elif size is None:
            if right <= 0 or bottom <= 0:
                message = f"{of.name}: box {number + 1} lies outside the picture, whatever its size"
                yield Fault(rule="label/span", message=message, pointer=pointer, fix=_AS_SHOWN)
            elif not box.get("rotation") and max(-left, -top) > _TOLERANCE:
                message = f"{of.name}: box {number + 1} reaches {max(-left, -top):g} beyond the picture"
                yield Fault(rule="label/box-edge", message=message, pointer=pointer)
        elif left >= size[0] or top >= size[1] or right <= 0 or bottom <= 0:
            message = f"{of.name}: box {number + 1} lies outside the picture of {size[0]} x {size[1]}"
            yield Fault(rule="label/span", message=message, pointer=pointer, fix=_AS_SHOWN)
        elif not box.get("rotation"):
            beyond = max(-left, -top, right - size[0], bottom - size[1])
            if beyond > _TOLERANCE:
                message = f"{of.name}: box {number + 1} reaches {beyond:g} beyond the picture of {size[0]} x {size[1]}"
                yield Fault(rule="label/box-edge", message=message, pointer=pointer)


def _extent(box: Mapping[str, Any]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a box, turned about its centre by `rotation` degrees."""
    x, y, width, height = (float(box[name]) for name in ("x", "y", "width", "height"))
    turn = box.get("rotation")
    if isinstance(turn, bool) or not isinstance(turn, int | float) or turn == 0:
        return x, y, x + width, y + height
    angle = radians(turn)
    across = (abs(width * cos(angle)) + abs(height * sin(angle))) / 2
    down = (abs(width * sin(angle)) + abs(height * cos(angle))) / 2
    middle, centre = x + width / 2, y + height / 2
    return middle - across, centre - down, middle + across, centre + down


def _twice(of: Field, elements: list[dict[str, Any]], place: tuple[str, ...]) -> Iterator[Fault]:
    """The same place with the same kind, whatever else is said of it."""
    first: dict[str, int] = {}
    for number, element in enumerate(elements):
        keys = (*place, "label") if "label" in element else tuple(element)
        named: JsonObject = {key: canonical_value(element.get(key), Scale.NOMINAL) for key in keys}
        earlier = first.setdefault(canonical_text(named), number)
        if earlier != number:
            message = f"{of.name}: element {number + 1} marks the same as element {earlier + 1}"
            yield Fault(
                rule="label/span-twice",
                message=message,
                pointer=f"/{escape(of.name)}/{number}",
                fix="keep one of the two",
            )


_AS_SHOWN = "draw the box again; positions count pixels of the picture as it is shown"
_Judges = Mapping[Scale, Callable[[Ground, Field, list[dict[str, Any]], int], Iterator[Fault]]]
_PLACED: Mapping[Scale, Callable[[Any], bool]] = {Scale.SPANS: _is_span, Scale.BOXES: _is_box}
_JUDGES: _Judges = {Scale.SPANS: _of_spans, Scale.BOXES: _of_boxes}
