"""Names and ids that look alike: people take them for one, and programs do not.

Two texts look alike where they are equal without regard to case, to white space (blanks around them, several in a row), to
the Unicode form (NFC, NFD, NFKC: full width, ligatures) and to invisible characters; and where they are equal once each
letter beyond ASCII is written as the one that looks the same (Unicode's list of confusables). ASCII letters and digits are
never taken for each other by themselves, or every `item-1` would be an `item-l`.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, cast

from assay.extras import load

_ALIKE_IN_ASCII = str.maketrans("1i|0", "lllo")
_MARK = "\u200e"
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)


def alike(texts: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """The groups of two or more of the texts that look alike, each sorted, the groups by their first; each text is given once.

    Plain lower-case ASCII costs one pass over all texts together, however many there are.
    """
    whole = "".join(texts)
    if whole.isascii() and whole == whole.lower() and whole.split() == [whole]:
        return ()
    groups, known = _Groups(), frozenset(texts)
    first: dict[str, str] = {}
    strange: list[str] = []
    for text in texts:
        key = _key(text)
        if key != text:
            groups.join(first.setdefault(key, key if key in known else text), text)
        if not key.isascii():
            strange.append(text)
    for one, other in _same_looks(known, first, strange) if strange else ():
        groups.join(one, other)
    return groups.all()


def how_alike(one: str, other: str) -> str:
    """In what two texts that look alike differ, in words."""
    steps: Mapping[str, Callable[[str], str]] = {
        "white space": str,
        "Unicode form": lambda text: _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)),
        "case": str.casefold,
        "case and Unicode form": _key,
    }
    told = (name for name, plain in steps.items() if plain(one).split() == plain(other).split())
    return next(told, "letters that look the same")


def difference_between(one: str, other: str) -> str:
    """A sentence on two texts that look alike: the second looks like the first, and in what they differ."""
    return f"{spelled(other)} looks like {spelled(one)}: they differ in {how_alike(one, other)}"


def spelled(text: str) -> str:
    """A text for a message: quoted, and where it has characters beyond ASCII, which a reader may mistake, with their numbers."""
    return repr(text) if text.isascii() else f"{text!r} ({yaml_text(text)[1:-1]})"


def yaml_text(text: str) -> str:
    """A text as a quoted YAML scalar of ASCII alone: no copy and paste changes its Unicode form."""
    escaped = text.encode("unicode_escape").decode()
    return '"' + escaped.replace('"', '\\"') + '"'


def _key(text: str) -> str:
    """A text without regard to case, white space, Unicode form and invisible characters."""
    if not text.isascii():
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        text = _INVISIBLE.sub("", folded)
    return " ".join(text.lower().split())


def _same_looks(known: Collection[str], first: Mapping[str, str], strange: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of texts that look the same, one of which at least is not ASCII; `first` gives a text by its key."""
    seen: dict[str, str] = {}
    in_ascii: dict[str, str] = {}
    for text in strange:
        # A capital may look like another letter than its small form does: the Cyrillic Ve like a B, its small form like nothing.
        for look in {_look(one) for one in {unicodedata.normalize("NFKC", text), _key(text)}}:
            yield seen.setdefault(look, text), text
            if look.isascii():
                in_ascii[look.translate(_ALIKE_IN_ASCII)] = text
                yield from ((other, text) for other in (look, first.get(look, look)) if other in known)
    for text in known if in_ascii else ():
        if text.isascii() and (other := in_ascii.get(_key(text).translate(_ALIKE_IN_ASCII))):
            yield text, other


def _look(text: str) -> str:
    return _key(text.translate(_looks()))


class _Looks(dict[int, str]):
    """By character the one that stands for all that look like it: of ASCII where there is one; ASCII stands for itself."""

    def __init__(self, data: Mapping[str, list[Mapping[str, str]]]) -> None:
        self.data = data

    def __missing__(self, number: int) -> str:
        sign = chr(number)
        if not sign.isascii():
            sign = self._lowest(sign)
        self[number] = sign
        return sign

    def _lowest(self, sign: str) -> str:
        """Follows the list from a character to lower ones for as long as it leads to any."""
        others = [other["c"].strip(_MARK) for other in self.data.get(sign, ())]
        lowest = min((other for other in others if other), key=lambda one: (not one.isascii(), one), default=sign)
        if lowest.isascii():
            return lowest
        return self._lowest(lowest) if lowest < sign else sign


@cache
def _looks() -> _Looks:
    data: Any = load("confusable_homoglyphs.confusables").confusables_data
    return _Looks(cast("Mapping[str, list[Mapping[str, str]]]", data))


class _Groups:
    """Texts that belong together."""

    def __init__(self) -> None:
        self._under: dict[str, str] = {}

    def join(self, one: str, other: str) -> None:
        """Makes the groups of two texts one."""
        above, below = sorted((self._top(one), self._top(other)))
        if above != below:
            self._under[below] = above

    def all(self) -> tuple[tuple[str, ...], ...]:
        """Every group of more than one, sorted."""
        found: dict[str, list[str]] = {}
        for text in self._under:
            top = self._top(text)
            found.setdefault(top, [top]).append(text)
        return tuple(sorted(tuple(sorted(members)) for members in found.values()))

    def _top(self, text: str) -> str:
        while (above := self._under.get(text, text)) != text:
            text = above
        return text
