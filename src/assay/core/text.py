"""Names that are allowed in paths, invisible characters, and names that look alike.

Two texts look alike where they are equal without regard to case, to white space (blanks around them, several in a row), to
the Unicode form (NFC, NFD, NFKC: full width, ligatures) and to invisible characters; and where they are equal once each
letter beyond ASCII is written as the one that looks the same (Unicode's list of confusables). ASCII letters and digits are
never taken for each other by themselves, or every `item-1` would be an `item-l`.
"""

import difflib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any, cast

from assay.core.values import Json
from assay.extras import load

NAME_PATTERN = "^[a-z0-9][a-z0-9_-]{0,47}$"
TASK_PATTERN = "^[a-z][a-z0-9_-]{0,47}$"
VERSION_PATTERN = r"^(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})$"
SOURCE_FOLDERS = ("labels", "guidelines", "schemas", "checks", "releases")
RESERVED = frozenset({"annotators", "sources", "items", "gold"})

_ALIKE, _COMPARED, _AT_MOST = 0.7, 80, 1024
_NAME = re.compile(NAME_PATTERN)
_TASK = re.compile(TASK_PATTERN)


def is_name(text: str) -> bool:
    """Whether it names a pool, shard or source."""
    return _NAME.fullmatch(text) is not None


def is_annotator_name(text: str) -> bool:
    """Whether it names an annotator: their file must not be the one that holds a batch's plan."""
    return is_name(text) and text != "assignments"


def is_batch_name(text: str) -> bool:
    """Whether it names a batch: `gold` and the other folders of `labels/` do not."""
    return is_name(text) and text not in RESERVED


def is_task_name(text: str) -> bool:
    """Whether it names a task."""
    return _TASK.fullmatch(text) is not None and text not in RESERVED


def is_source(path: str) -> bool:
    """Whether a file below the folders of a project is one that assay reads; no editor's leftover."""
    name = path.rpartition("/")[2]
    return not name.startswith(".") and name.endswith((".jsonl", ".yaml", ".md", ".sig", "allowed_signers"))


def id_text(value: Json) -> Json:
    """An id as it is kept: a whole number as its decimal text (7 is `7`), and what is no number as it stands.

    The one rule for the ids of items, annotators and groups that come from elsewhere. A text stays as it is spelled, so
    `007`, `7` and `7.0` are three; a number with a point, `true` and null are no id.
    """
    return str(value) if type(value) is int else value


def legible(path: str) -> str:
    """A path as text that any file can hold: bytes that are not UTF-8 are spelled out."""
    return path.encode(errors="surrogateescape").decode(errors="backslashreplace")


def name_from(text: str) -> str:
    """The nearest name to a free text: lower case, other characters as `-`, at most 48 of them; may be empty."""
    dashed = re.sub(r"[^a-z0-9_-]+", "-", text.lower())
    return dashed.lstrip("-_")[:48].rstrip("-")


def nearest(word: str, known: Iterable[str]) -> str:
    """The known name that a misspelled one probably means, whatever its case; empty where none is like it.

    Of more than 1,024 names only one that differs in case alone: comparing takes time.
    """
    folded = {name.casefold(): name for name in sorted(known, reverse=True)}
    meant = word[:_COMPARED].casefold()
    if meant in folded or len(folded) > _AT_MOST:
        return folded.get(meant, "")
    return next((folded[one] for one in difflib.get_close_matches(meant, folded, n=1, cutoff=_ALIKE)), "")


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """`did you mean 'alpha'?`, or `otherwise` where no known name is like the word."""
    near = nearest(word, known)
    return f"did you mean {near!r}?" if near else otherwise


def clip(text: str, width: int) -> str:
    """The text, cut to `width` characters, the last of which says that it was cut."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


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
