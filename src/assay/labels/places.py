"""Check spans and boxes against what they mark: text, tokens, picture, and the quotes of spans."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import cos, inf, isfinite, radians, sin
from typing import Any
from unicodedata import normalize

import numpy as np
import orjson

from assay import core
from assay.core import BOX, EXTENTS, SPAN, Codes, Fault, Field, JsonObject, Scale
from assay.labels.items import Pool
from assay.labels.media import Gallery
from assay.labels.reader import Lines
from assay.labels.records import Answer, Vote
from assay.project import TaskSchema

_BLANK = "\u200b\u2060\ufeff"
_SHOWN = 40
_FEW = 2
_TOLERANCE = 1.0
_AS_SHOWN = "draw the box again; positions count pixels of the picture as it is shown"


@dataclass(frozen=True, slots=True)
class Misquoted:
    """What is wrong with a quote, and the offsets that it has in the text, where one place is meant."""

    cause: str
    start: int | None = None
    end: int | None = None


def misquoted(text: str, start: int, end: int, quote: str) -> Misquoted | None:
    """Why a quote is not `text[start:end]`; None if it is."""
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
        return Misquoted("the offsets are those of another place", places[0], places[0] + len(quote))
    forms = {normalize(form, quote) for form in ("NFC", "NFD")} - {quote} if not places else set[str]()
    spelled = [*islice(((place, place + len(form)) for form in forms for place in _places(text, form)), _FEW)]
    if len(spelled) == 1:
        return Misquoted("the quote, and so the offsets, are of another Unicode normal form", *spelled[0])
    return Misquoted("the text has the quote several times" if places else "the text does not have the quote")


def blank_edges(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Where a span begins and ends without the white space at its edges, equal where it holds nothing else; None: it has none."""
    low, high = start, min(end, len(text))
    while low < high and _is_blank(text[low]):
        low += 1
    while high > low and _is_blank(text[high - 1]):
        high -= 1
    return None if (low, high) == (start, min(end, len(text))) else (low, high)


def shown(text: str) -> str:
    """A piece of text as it is written in messages."""
    return repr(core.clip(text, _SHOWN))


def _is_blank(sign: str) -> bool:
    return sign.isspace() or sign in _BLANK


def _places(text: str, quote: str) -> Iterator[int]:
    place = text.find(quote)
    while place >= 0:
        yield place
        place = text.find(quote, place + 1)


def tokens_of(words: Sequence[str], quote: str) -> tuple[int, int] | None:
    """The range of tokens that make up a quote, ignoring white space; None if none or several do."""
    wanted, found = "".join(quote.split()), []
    for start in range(len(words) if wanted else 0):
        joined = ""
        if not words[start].strip():
            continue
        for end in range(start, len(words)):
            joined += "".join(words[end].split())
            if joined == wanted:
                found.append((start, end + 1))
            if len(joined) >= len(wanted):
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
    ("`end` is the last character, not the one after it", _moved(0, 1)),
    ("the offsets count from 1", _moved(-1, -1)),
    ("the offsets count from 1, and `end` is the last character", _moved(-1, 0)),
    ("the offsets count line ends as two characters", _of_carriage_returns),
    ("the offsets count line ends as one character", _of_line_feeds),
)


@dataclass(slots=True)
class MarkCheck:
    """Checks spans and boxes against the items of a pool and their pictures (None: not looked at)."""

    schema: TaskSchema
    pool: Pool
    gallery: Gallery | None
    _last: tuple[int, Any] = field(default=(-1, None))

    def faults(self, lines: Lines[Vote | Answer], labels: Codes, items: Codes, key: str) -> Iterator[tuple[int, Fault]]:
        """The faults of spans and boxes by row; `labels` are the indices of the labels under `key` (-1: not checked)."""
        fields = [of for of in self.schema.fields if of.scale in EXTENTS]
        raws = lines.raws.get(key, ()) if fields else ()
        for row in np.flatnonzero((labels >= 0) & (items >= 0)).tolist() if fields else ():
            label = orjson.loads(raws[row])
            for of in fields:
                elements = label.get(of.name)
                # A label made before a migration is as it was stated, and may have another shape than the one judged.
                placed = isinstance(elements, list) and all(self._is_placed(element, of.scale) for element in elements)
                if not placed or not elements:
                    continue
                item = int(items[row])
                if of.scale is Scale.SPANS:
                    found = span_mark_faults(of, elements, self.text(of, item))
                else:
                    found = self._box_faults(of, elements, item)
                yield from ((row, fault) for fault in found)

    @staticmethod
    def _is_placed(element: Any, scale: Scale) -> bool:
        """Whether an element has numbers for its place, a span whole ones."""
        if scale is Scale.SPANS:
            return isinstance(element, dict) and type(element.get("start")) is int and type(element.get("end")) is int
        return isinstance(element, dict) and all(isinstance(element.get(key), int | float) for key in BOX)

    def _box_faults(self, of: Field, boxes: list[dict[str, Any]], item: int) -> Iterator[Fault]:
        size = self.size(of, item)
        if len(boxes) > 1:
            yield from _duplicates(of, boxes, (*BOX, "rotation"))
        width, height = size or (inf, inf)
        of_size = f" of {size[0]} x {size[1]}" if size else ""
        for number, box in enumerate(boxes):
            left, top, right, bottom = extent = _extent(box)
            beyond = max(-left, -top, right - width, bottom - height)
            rule, message, fix = "label/span", "", _AS_SHOWN
            if not all(map(isfinite, extent)):
                message, fix = "has no finite corners", "draw the box again"
            elif left >= width or top >= height or right <= 0 or bottom <= 0:
                message = f"is outside the picture{of_size if size else ', whatever its size'}"
            elif not box.get("rotation") and beyond > _TOLERANCE:
                rule, message, fix = "label/box-edge", f"reaches {beyond:g} beyond the picture{of_size}", ""
            if message:
                pointer = f"/{core.escape(of.name)}/{number}"
                yield Fault(rule=rule, message=f"{of.name}: box {number + 1} {message}", pointer=pointer, fix=fix)

    def _data(self, item: int) -> Any:
        if self._last[0] != item:
            self._last = (item, orjson.loads(self.pool.data[item]))
        return self._last[1]

    def text(self, of: Field, item: int) -> Any:
        """What a field of spans marks of an item: a text, a list of tokens, or None if unknown."""
        data = self._data(item)
        return data.get(of.source) if isinstance(data, dict) and of.source is not None else None

    def size(self, of: Field, item: int) -> tuple[int, int] | None:
        """The size of the picture that a field of boxes marks; None if unknown."""
        return self.gallery.size(of, self._data(item)) if self.gallery else None


def span_mark_faults(of: Field, spans: list[dict[str, Any]], source: Any) -> Iterator[Fault]:
    """The faults of spans with whole numbers as offsets, checked against a text or a list of tokens."""
    if len(spans) > 1:
        yield from _duplicates(of, spans, SPAN)
    for number, span in enumerate(spans if isinstance(source, str | list) else ()):
        if isinstance(source, list):
            yield from _token_faults(of, number, span, source)
            continue
        start, end, quote = span["start"], span["end"], span.get("text")
        inner = blank_edges(source, start, end) if end <= len(source) else None
        why = misquoted(source, start, end, quote) if isinstance(quote, str) else None
        if inner is None and why is None:
            continue
        prefix, pointer = f"{of.name}: span {start} to {end}", f"/{core.escape(of.name)}/{number}"
        there = source[start:end]
        if inner is not None:
            low, high = inner
            message = f"{prefix} {'begins' if low > start else 'ends'} in white space: {shown(there)}"
            fix = f"{low} to {high} is without it"
            if low == high:
                message, fix = f"{prefix} is only white space", "remove it, or mark a word"
            yield Fault(rule="label/span-edge", message=message, pointer=pointer, fix=fix)
        if why is not None:
            message = f"{prefix} quotes {shown(str(quote))}, and the text there is {shown(there)}: {why.cause}"
            fix = "" if why.start is None else f"write {why.start} to {why.end}"
            if (why.start, why.end) == (start, end):
                fix = f"write {shown(there)}, as the text has it"
            yield Fault(rule="label/quote", message=message, pointer=f"{pointer}/text", fix=fix)


def _token_faults(of: Field, number: int, span: dict[str, Any], source: list[Any]) -> Iterator[Fault]:
    start, end, quote = span["start"], span["end"], span.get("text")
    prefix, pointer = f"{of.name}: span {start} to {end}", f"/{core.escape(of.name)}/{number}"
    if end <= len(source) and not all(str(word).strip() for word in (source[start], source[end - 1])):
        message = f"{prefix} begins or ends with a token of white space"
        yield Fault(rule="label/span-edge", message=message, pointer=pointer)
    if isinstance(quote, str):
        words = "".join(map(str, source[start:end]))
        if "".join(quote.split()) != "".join(words.split()):
            message, meant = f"{prefix} quotes {shown(quote)}, and the tokens there are {shown(words)}", ""
            if found := tokens_of([*map(str, source)], quote):
                message = f"{message}: the offsets are of other tokens, or count no tokens"
                meant = f"write {found[0]} to {found[1]}"
            yield Fault(rule="label/quote", message=message, pointer=f"{pointer}/text", fix=meant)


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


def _duplicates(of: Field, elements: list[dict[str, Any]], place: tuple[str, ...]) -> Iterator[Fault]:
    """Elements of the same place and kind, whatever their other attributes."""
    first: dict[str, int] = {}
    for number, element in enumerate(elements):
        keys = (*place, "label") if "label" in element else tuple(element)
        named: JsonObject = {key: core.canonical_value(element.get(key), Scale.NOMINAL) for key in keys}
        earlier = first.setdefault(core.canonical_text(named), number)
        if earlier != number:
            message = f"{of.name}: element {number + 1} is the same as element {earlier + 1}"
            pointer = f"/{core.escape(of.name)}/{number}"
            yield Fault(rule="label/span-twice", message=message, pointer=pointer, fix="keep one of the two")
