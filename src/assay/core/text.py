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
from typing import Any, Generic, TypeVar, cast

from assay.core.values import Json
from assay.extras import load

Member = TypeVar("Member", int, str)

NAME_PATTERN = "^[a-z0-9][a-z0-9_-]{0,47}$"
TASK_PATTERN = "^[a-z][a-z0-9_-]{0,47}$"
VERSION_PATTERN = r"^(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})$"
SOURCE_FOLDERS = ("labels", "guidelines", "schemas", "checks", "releases")
RESERVED = frozenset({"annotators", "sources", "items", "gold"})

_ALIKE, _COMPARED, _AT_MOST = 0.7, 80, 1024
_NAME = re.compile(NAME_PATTERN)
_TASK = re.compile(TASK_PATTERN)


def is_name(text: str) -> bool:
    """Whether it is a valid name of a pool, shard or source."""
    return _NAME.fullmatch(text) is not None


def is_annotator_name(text: str) -> bool:
    """Whether it is a valid annotator name: `assignments.jsonl` is not an annotator's file."""
    return is_name(text) and text != "assignments"


def is_batch_name(text: str) -> bool:
    """Whether it is a valid batch name: `gold` and the other folders of `labels/` are reserved."""
    return is_name(text) and text not in RESERVED


def is_task_name(text: str) -> bool:
    """Whether it is a valid task name."""
    return _TASK.fullmatch(text) is not None and text not in RESERVED


def is_source(path: str) -> bool:
    """Whether assay reads a file below the folders of a project; backup files of editors are not."""
    name = path.rpartition("/")[2]
    return not name.startswith(".") and name.endswith((".jsonl", ".yaml", ".md", ".sig", "allowed_signers"))


def id_text(value: Json) -> Json:
    """An id as it is stored: an integer as decimal text (7 is `7`), anything else unchanged.

    The rule for ids of items, annotators and groups from elsewhere. Text is unchanged, so `007`, `7` and `7.0` are three
    ids; a float, `true` and null are not valid ids.
    """
    return str(value) if type(value) is int else value


def legible(path: str) -> str:
    """A path as valid Unicode text: bytes that are not UTF-8 are escaped."""
    return path.encode(errors="surrogateescape").decode(errors="backslashreplace")


def name_from(text: str) -> str:
    """A valid name made from free text: lower case, other characters as `-`, at most 48 characters; may be empty."""
    dashed = re.sub(r"[^a-z0-9_-]+", "-", text.lower())
    return dashed.lstrip("-_")[:48].rstrip("-")


def nearest(word: str, known: Iterable[str]) -> str:
    """The known name most similar to a misspelled one, ignoring case; empty if none is similar.

    Among more than 1,024 names only one that differs in case alone, because comparing takes time.
    """
    folded = {name.casefold(): name for name in sorted(known, reverse=True)}
    meant = word[:_COMPARED].casefold()
    if meant in folded or len(folded) > _AT_MOST:
        return folded.get(meant, "")
    return next((folded[one] for one in difflib.get_close_matches(meant, folded, n=1, cutoff=_ALIKE)), "")


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """`did you mean 'alpha'?`, or `otherwise` if no known name is similar."""
    near = nearest(word, known)
    return f"did you mean {near!r}?" if near else otherwise


def clip(text: str, width: int) -> str:
    """The text, cut to `width` characters with an ellipsis."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2065\u2800\u3164\uffa0")
_PRESENTATION = range(0xFE00, 0xFE10)
_SELECTORS = range(0xE0000, 0xE1000)
_RESERVED = range(0xFFF0, 0xFFF9)


@lru_cache(maxsize=4096)
def is_hidden(sign: str) -> bool:
    """Whether a character is invisible, or moves or hides the text around it.

    The variation selectors U+FE00 to U+FE0F, which choose between text and picture of a symbol, are visible.
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
    r"""An equivalent JSON text with every hidden character and variation selector of its strings as `\uXXXX`.

    Line feeds stay: a JSON string contains none.
    """
    hidden: dict[int, str] = {}
    for sign in set(text) - {"\n"}:
        if is_hidden(sign) or ord(sign) in _PRESENTATION:
            units = sign.encode("utf-16-be", "surrogatepass").hex()
            hidden[ord(sign)] = "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
    return text.translate(hidden) if hidden else text


_ALIKE_IN_ASCII = str.maketrans("1i|0", "lllo")
_MARK = "\u200e"
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)


def lookalikes(texts: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """The groups of two or more of the distinct texts that look alike, sorted.

    Lower-case ASCII texts cost one pass over all of them together.
    """
    whole = "".join(texts)
    if whole.isascii() and whole == whole.lower() and whole.split() == [whole]:
        return ()
    alike, known = Joined[str](), frozenset(texts)
    first: dict[str, str] = {}
    strange: list[str] = []
    for text in texts:
        key = _key(text)
        if key != text:
            alike.join(first.setdefault(key, key if key in known else text), text)
        if not key.isascii():
            strange.append(text)
    for one, other in _same_looks(known, first, strange) if strange else ():
        alike.join(one, other)
    return alike.groups


def how_alike(one: str, other: str) -> str:
    """How two look-alike texts differ, in words."""
    steps: Mapping[str, Callable[[str], str]] = {
        "white space": str,
        "Unicode form": lambda text: _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)),
        "case": str.casefold,
        "case and Unicode form": _key,
    }
    names = (name for name, plain in steps.items() if plain(one).split() == plain(other).split())
    return next(names, "letters that look the same")


def difference_between(one: str, other: str) -> str:
    """A sentence that the second text looks like the first, and how they differ."""
    return f"{quoted_text(other)} looks like {quoted_text(one)}: they differ in {how_alike(one, other)}"


def quoted_text(text: str) -> str:
    """A text in quotes for a message; beyond ASCII also with escapes, because readers may mistake characters."""
    return repr(text) if text.isascii() else f"{text!r} ({yaml_text(text)[1:-1]})"


def yaml_text(text: str) -> str:
    """A text as a quoted YAML scalar in ASCII, so that copying cannot change its Unicode form."""
    escaped = text.encode("unicode_escape").decode()
    return '"' + escaped.replace('"', '\\"') + '"'


def _key(text: str) -> str:
    """A text normalized for case, white space, Unicode form and invisible characters."""
    if not text.isascii():
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        text = _INVISIBLE.sub("", folded)
    return " ".join(text.lower().split())


def _same_looks(known: Collection[str], first: Mapping[str, str], strange: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of texts that look the same, at least one not ASCII; `first` maps a key to a text."""
    seen: dict[str, str] = {}
    in_ascii: dict[str, str] = {}
    for text in strange:
        # Upper and lower case may look like different letters: the Cyrillic capital Ve like a B, its lower case like none.
        for look in {_key(form.translate(_looks())) for form in {unicodedata.normalize("NFKC", text), _key(text)}}:
            yield seen.setdefault(look, text), text
            if look.isascii():
                in_ascii[look.translate(_ALIKE_IN_ASCII)] = text
                yield from ((other, text) for other in (look, first.get(look, look)) if other in known)
    for text in known if in_ascii else ():
        if text.isascii() and (other := in_ascii.get(_key(text).translate(_ALIKE_IN_ASCII))):
            yield text, other


class _Looks(dict[int, str]):
    """Maps a character to the representative of its look-alikes: ASCII if there is one; ASCII characters map to themselves."""

    def __init__(self, data: Mapping[str, list[Mapping[str, str]]]) -> None:
        self.data = data

    def __missing__(self, number: int) -> str:
        sign = chr(number)
        if not sign.isascii():
            sign = self._lowest(sign)
        self[number] = sign
        return sign

    def _lowest(self, sign: str) -> str:
        """Follows the list from a character to lower ones to the end."""
        others = [other["c"].strip(_MARK) for other in self.data.get(sign, ())]
        lowest = min((other for other in others if other), key=lambda one: (not one.isascii(), one), default=sign)
        if lowest.isascii():
            return lowest
        return self._lowest(lowest) if lowest < sign else sign


@cache
def _looks() -> _Looks:
    data: Any = load("confusable_homoglyphs.confusables").confusables_data
    return _Looks(cast("Mapping[str, list[Mapping[str, str]]]", data))


class Joined(Generic[Member]):
    """What belongs together (union-find); each group goes by its first member."""

    def __init__(self) -> None:
        self._above: dict[Member, Member] = {}

    def top(self, member: Member) -> Member:
        """The first member of the group of a member."""
        above, top = self._above, member
        while top in above:
            top = above[top]
        while member != top:
            above[member], member = top, above[member]
        return top

    def join(self, one: Member, other: Member) -> None:
        """Unites the groups of two members."""
        first, second = sorted((self.top(one), self.top(other)))
        if first != second:
            self._above[second] = first

    @property
    def groups(self) -> tuple[tuple[Member, ...], ...]:
        """Every group of two or more members, sorted."""
        found: dict[Member, list[Member]] = {}
        for member in self._above:
            top = self.top(member)
            found.setdefault(top, [top]).append(member)
        return tuple(sorted(tuple(sorted(members)) for members in found.values()))
