"""A span that quotes what it marks: whether the quote is the slice, and if not, how its offsets were probably counted."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from unicodedata import normalize

from assay.model.names import clip

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
