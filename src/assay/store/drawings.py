"""How large a drawing (SVG) is: its root element's `width` and `height` are its pixels."""

import re
from collections.abc import Iterable, Mapping
from math import floor
from xml.parsers import expat

_NAMESPACE = "http://www.w3.org/2000/svg"
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_LENGTH = re.compile(r"\s*([+-]?(?:\d*\.)?\d+(?:e[+-]?\d+)?)(px|pt|pc|mm|cm|in|q|r?em)?\s*", re.IGNORECASE)
_UNITS: Mapping[str, float] = {
    "px": 1, "pt": 4 / 3, "pc": 16, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96, "q": 96 / 101.6, "em": 16, "rem": 16
}  # fmt: skip


class _FoundError(Exception):
    """The root element has come."""


def root_of(parts: Iterable[bytes]) -> Mapping[str, str] | None:
    """The attributes of the root element of a drawing, of which no more parts are taken than hold it; None where it is none.

    Nothing that a drawing refers to is read, and its entities grow only as far as the parser's own bound lets them. As
    in browsers, it is UTF-8 whatever it says of itself, or UTF-16 with a byte order mark.
    """
    found: list[tuple[str, Mapping[str, str]]] = []

    def started(name: str, attributes: Mapping[str, str]) -> None:
        found.append((name, attributes))
        raise _FoundError

    try:
        for number, part in enumerate(parts):
            if not number:
                parser = expat.ParserCreate(None if part[:2] in _WIDE else "utf-8", " ")
                parser.StartElementHandler = started
            parser.Parse(part)
    except _FoundError:
        pass
    except expat.ExpatError:
        return None
    return next((attributes for name, attributes in found if name == f"{_NAMESPACE} svg"), None)


def drawn_size(root: Mapping[str, str]) -> tuple[int, int] | None:
    """Width and height in whole pixels, as browsers round them; None where one is not stated as a length above 0."""
    width, height = (_pixels(root.get(side, "")) for side in ("width", "height"))
    return (width, height) if width > 0 and height > 0 else None


def _pixels(stated: str) -> int:
    length = _LENGTH.fullmatch(stated)
    return floor(float(length[1]) * _UNITS[(length[2] or "px").lower()] + 0.5) if length else 0
