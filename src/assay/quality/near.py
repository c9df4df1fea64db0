"""Items that are nearly the same: all of their texts, by the Jaccard index of their shingles."""

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assay.model.content import tidy
from assay.model.json import Json
from assay.model.values import canonical_text
from assay.quality.minhash import SHINGLE, candidates

SHORT = 20
"""A text of fewer code points is compared as a whole: in one so short another word is another content."""
_TEXT = "\x00text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What an item shows: its `texts` to be compared by shingles, by place, and the `rest`, which must be the same."""

    rest: str
    texts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Two items by their places, the earlier one first, and how near they are: the lowest Jaccard index of their texts."""

    first: int
    other: int
    likeness: float


def shown(data: Json, files: Collection[str]) -> Shown:
    """What the data of an item show; `files` are the top-level keys that name one.

    Texts are compared in NFKC, without upper case, their white space folded; a list of texts as one text. What is short, and a
    word of ASCII signs, such as a name or an address, is no text and belongs to the rest.
    """
    texts: list[tuple[str, str]] = []
    parts = data if isinstance(data, dict) else {}
    rest = {key: value if key in files else _rest(value, key, texts) for key, value in parts.items()}
    return Shown(rest=canonical_text(rest), texts=tuple(texts))


def _rest(value: Json, place: str, texts: list[tuple[str, str]]) -> Json:
    if isinstance(value, dict):
        return {key: _rest(part, f"{place}/{key}", texts) for key, part in sorted(value.items())}
    if isinstance(value, list) and not all(isinstance(part, str) for part in value):
        return [_rest(part, f"{place}/{at}", texts) for at, part in enumerate(value)]
    if not isinstance(value, str | list):
        return tidy(value)
    text = _folded(value if isinstance(value, str) else " ".join(map(str, value)))
    if len(text) < SHORT or (text.isascii() and " " not in text):
        return text
    texts.append((place, text))
    return _TEXT


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def near(items: Iterable[tuple[int, Shown]], at_least: float) -> Iterator[Near]:
    """Pairs of items, given by their places, that are as near as that; enough of them to join all that are found to belong together.

    Of items that differ in nothing but the case of letters and the like, each is paired with the first.
    """
    first: dict[Shown, int] = {}
    for place, seen in items:
        if seen.texts and (earlier := first.setdefault(seen, place)) != place:
            yield Near(first=earlier, other=place, likeness=1.0)
    places, distinct = [*first.values()], [*first]
    joined = _Joined(len(distinct))
    compared = _Compared(distinct)
    for one, other in candidates(*_numbered(distinct), at_least):
        if joined.top(one) != joined.top(other) and (likeness := compared.likeness(one, other)) >= at_least:
            joined.join(one, other)
            yield Near(first=places[one], other=places[other], likeness=likeness)


def _numbered(distinct: Sequence[Shown]) -> tuple[list[tuple[tuple[int, str], ...]], list[int]]:
    places: dict[str, int] = {}
    kinds: dict[str, int] = {}
    texts = [tuple((places.setdefault(place, len(places)), text) for place, text in one.texts) for one in distinct]
    return texts, [kinds.setdefault(one.rest, len(kinds)) for one in distinct]


class _Compared:
    """The exact comparison of two items."""

    def __init__(self, distinct: Sequence[Shown]) -> None:
        self._distinct = distinct
        self._shingles = lru_cache(maxsize=4096)(self._of)

    def likeness(self, one: int, other: int) -> float:
        """The lowest Jaccard index of two texts at the same place; 0 where the rest differs."""
        if self._distinct[one].rest != self._distinct[other].rest:
            return 0.0
        pairs = zip(self._shingles(one), self._shingles(other), strict=True)
        return min(len(mine & theirs) / len(mine | theirs) for mine, theirs in pairs)

    def _of(self, at: int) -> tuple[frozenset[str], ...]:
        return tuple(
            frozenset(text[start : start + SHINGLE] for start in range(len(text) - SHINGLE + 1))
            for _, text in self._distinct[at].texts
        )


class _Joined:
    """What belongs together so far; each part goes by its first member."""

    def __init__(self, number: int) -> None:
        self._above = list(range(number))

    def top(self, one: int) -> int:
        """The first member of what one belongs to."""
        while self._above[one] != one:
            self._above[one] = self._above[self._above[one]]
            one = self._above[one]
        return one

    def join(self, one: int, other: int) -> None:
        """Joins what two belong to."""
        first, second = sorted((self.top(one), self.top(other)))
        self._above[second] = first
