"""Items that are nearly the same: all of their texts, by the Jaccard index of their shingles.

Which texts may be nearly the same: candidates by MinHash, so that not every text is compared with every other. Broder, A. (1997), On the resemblance and containment of documents; Leskovec, Rajaraman & Ullman, Mining of Massive Datasets,
chapter 3. A signature has 128 values in 16 bands of 8: two texts whose shingles have the Jaccard index J share a band with
probability 1 - (1 - J^8)^16, which is .9999 at .9 and .95 at .8. The library `rensa` makes signatures and finds those that share a
band; what becomes of its candidates is not its concern.
"""

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from assay.extras import load
from assay.model.content import tidy
from assay.model.json import Json
from assay.model.values import canonical_text
from assay.table.columns import Ints

PERMUTATIONS, BANDS, SHINGLE = 128, 16, 5
_SEED = 1
_CROWD = 8
_SLACK = 0.12
_CHUNK = 2**22
_PAIRS = 2**17
_ODD = np.uint64(0x9E3779B97F4A7C15)
_STEPS = ((30, np.uint64(0xBF58476D1CE4E5B9)), (27, np.uint64(0x94D049BB133111EB)), (31, np.uint64(1)))
_Hashes: TypeAlias = NDArray[np.uint64]
_Signatures: TypeAlias = NDArray[np.uint32]

Texts: TypeAlias = Sequence[tuple[int, str]]
"""The texts of an item, each with a number of its place in the item: shingles of different places are different."""
SHORT = 20
"""A text of fewer code points is compared as a whole: in one so short another word is another content."""
_TEXT = "\x00text"


def candidates(items: Sequence[Texts], kinds: Sequence[int], at_least: float) -> list[tuple[int, int]]:
    """Pairs of items of one kind that may be as near as that, the nearest by their signatures first; each text has a shingle.

    Items of which many share a band are held against the first and the one before them alone, so that the work grows with the
    number of items and not with its square.
    """
    if len(items) < 2:
        return []
    chunks = list(_chunks(items))
    matrices = [_signatures(items[start:end]) for start, end in chunks]
    index = load("rensa").RMinHashLSH(at_least, PERMUTATIONS, BANDS)
    for (start, _), matrix in zip(chunks, matrices, strict=True):
        index.insert_matrix(matrix, start)
    flags = [flag for matrix in matrices for flag in index.query_duplicate_flags_matrix(matrix)]
    rows = np.flatnonzero(np.array(flags, dtype=np.bool_))
    if not len(rows):
        return []
    parts = [
        _signatures([items[row] for row in some]).to_rows() for some in np.array_split(rows, len(rows) // 8192 + 1)
    ]
    signatures = np.concatenate([np.array(part, dtype=np.uint32) for part in parts])
    pairs = _sharing(signatures, np.asarray(kinds, dtype=np.uint64)[rows])
    # The share of values that two signatures have in common: an estimate of the Jaccard index, by at most .045 off at one sigma.
    some = np.array_split(pairs, len(pairs) // _PAIRS + 1)
    likeness = np.concatenate([(signatures[part[:, 0]] == signatures[part[:, 1]]).mean(axis=1) for part in some])
    pairs, likeness = pairs[likeness >= at_least - _SLACK], likeness[likeness >= at_least - _SLACK]
    order = np.lexsort((pairs[:, 1], pairs[:, 0], -likeness))
    return [(one, other) for one, other in rows[pairs[order]].tolist()]


def _chunks(items: Sequence[Texts]) -> Iterator[tuple[int, int]]:
    start = size = 0
    for at, texts in enumerate(items):
        size += sum(len(text) for _, text in texts)
        if size >= _CHUNK:
            yield start, at + 1
            start, size = at + 1, 0
    if start < len(items):
        yield start, len(items)


def _signatures(items: Sequence[Texts]) -> Any:
    """The signatures of items, as the library keeps them."""
    hashes, bounds = _shingles(items)
    return load("rensa").RMinHash.digest_matrix_from_flat_token_hashes(hashes, bounds, PERMUTATIONS, _SEED)


def _shingles(items: Sequence[Texts]) -> tuple[_Hashes, _Hashes]:
    """The hashes of all shingles (`SHINGLE` code points that follow each other), and where those of each item end."""
    texts = [one for item in items for one in item]
    sizes = np.array([len(text) for _, text in texts], dtype=np.int64)
    signs = np.frombuffer("".join(text for _, text in texts).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    hashes = np.zeros(max(len(signs) - SHINGLE + 1, 0), dtype=np.uint64)
    for step in range(SHINGLE):
        hashes = hashes * _ODD + signs[step : len(hashes) + step]
    whole = np.ones(len(signs), dtype=np.bool_)
    ends = np.cumsum(sizes)
    for step in range(1, SHINGLE):
        whole[ends - step] = False
    places = np.repeat(np.array([place for place, _ in texts], dtype=np.uint64), sizes)
    kept = whole[: len(hashes)]
    hashes = (hashes + places[: len(hashes)] * _ODD)[kept]
    for shift, factor in _STEPS:
        hashes = (hashes ^ (hashes >> np.uint64(shift))) * factor
    counts = [sum(len(text) - SHINGLE + 1 for _, text in item) for item in items]
    return hashes, np.cumsum([0, *counts]).astype(np.uint64)


def _sharing(signatures: _Signatures, kinds: _Hashes) -> Ints:
    """Pairs of one kind that share a band, (P, 2), each once."""
    width = PERMUTATIONS // BANDS
    found = [np.zeros(0, dtype=np.int64)]
    for band in range(BANDS):
        key = kinds.copy()
        for column in range(band * width, (band + 1) * width):
            key = (key ^ signatures[:, column]) * _ODD
            key ^= key >> np.uint64(29)
        order = np.argsort(key, kind="stable")
        found += (one * len(key) + other for one, other in _of_band(order, key[order]))
    return np.column_stack(np.divmod(np.unique(np.concatenate(found)), max(len(signatures), 1)))


def _of_band(order: Ints, key: _Hashes) -> Iterator[tuple[Ints, Ints]]:
    starts = np.append(0, np.flatnonzero(key[1:] != key[:-1]) + 1)
    sizes = np.diff(starts, append=len(key))
    size, start = np.repeat(sizes, sizes), np.repeat(starts, sizes)
    at = np.arange(len(key))
    for lag in range(1, _CROWD):
        left = at[(at + lag < start + size) & ((size <= _CROWD) | (lag == 1))]
        yield order[left], order[left + lag]
    behind = at[(size > _CROWD) & (at > start + 1)]
    yield order[start[behind]], order[behind]


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


def shown_content(data: Json, files: Collection[str]) -> Shown:
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
    whole = value if isinstance(value, str) else " ".join(map(str, value))
    text = " ".join(unicodedata.normalize("NFKC", whole).casefold().split())
    if len(text) < SHORT or (text.isascii() and " " not in text):
        return text
    texts.append((place, text))
    return _TEXT


def near_pairs(items: Iterable[tuple[int, Shown]], at_least: float) -> Iterator[Near]:
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
