"""Characters that nobody sees, or that act on what shows them: control, bidirectional, zero-width and filler characters."""

import unicodedata
from functools import lru_cache

_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2065\u2800\u3164\uffa0")
_PRESENTATION = range(0xFE00, 0xFE10)
_SELECTORS = range(0xE0000, 0xE1000)
_RESERVED = range(0xFFF0, 0xFFF9)


@lru_cache(maxsize=4096)
def is_hidden(sign: str) -> bool:
    """Whether a character is invisible, or moves or hides what stands around it.

    The selectors that choose between the text and the picture of a symbol (U+FE00 to U+FE0F) are not: they show.
    """
    code = ord(sign)
    return (
        unicodedata.category(sign) in _CATEGORIES
        or sign in _FILLERS
        or code in _SELECTORS
        or code in _RESERVED
        or code & 0xFFFE == 0xFFFE
    )


def escaped_json(text: str) -> str:
    r"""A JSON text with every hidden character, and every selector, of its strings as `\uXXXX`: it says what it said.

    Line feeds are the text's own: in a string of JSON there is none.
    """
    hidden = {ord(sign): _escape(sign) for sign in set(text) - {"\n"} if is_hidden(sign) or ord(sign) in _PRESENTATION}
    return text.translate(hidden) if hidden else text


def _escape(sign: str) -> str:
    units = sign.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
