"""Items that show the same, exactly or nearly."""

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import orjson
from numpy.typing import NDArray

from assay.agreement import DISPUTABLE
from assay.consensus import Consensus, Doubt, Reason
from assay.core import Corpus, DuplicatesReport, Field, Ints, Json, Scale, canonical_text, clip, tidy, value_text
from assay.extras import load
from assay.quality.conflicts import spans_in_content

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


_COMPARED = DISPUTABLE | {Scale.SPANS, Scale.BOXES}
"""Where two right answers to one content are the same, as free text and rankings seldom are."""
_OF_PLACES = frozenset({Scale.SPANS, Scale.BOXES, Scale.SEQUENCE})
_SHOWN = 60


class DuplicateKind(StrEnum):
    """Whether two items show the same, or nearly the same."""

    EXACT = "exact"
    NEAR = "near"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """An item that shows what another one of a smaller id shows; `likeness` is the lowest Jaccard index of their texts, 1 where exact."""

    item: str
    other: str
    how: DuplicateKind
    likeness: float


def duplicates(corpus: Corpus, at_least: float | None, files: Mapping[int, Collection[str]]) -> tuple[Duplicate, ...]:
    """Exact duplicates, each with the first of its content, then those that are as near as that (None: no near ones), by ids.

    `files` says of items, by their place, under which keys they name a file. Near ones are as many as join what belongs together.
    """
    items = corpus.items
    first: dict[str, int] = {}
    found: list[Duplicate] = []
    alone: list[int] = []
    for at, content in enumerate(items.content):
        earlier = first.setdefault(content, at) if content else at
        if earlier == at:
            alone.append(at)
        else:
            found.append(Duplicate(item=items.ids[at], other=items.ids[earlier], how=DuplicateKind.EXACT, likeness=1.0))
    if at_least is not None:
        seen = ((at, shown_content(orjson.loads(items.data[at]), files.get(at, ()))) for at in alone)
        found += sorted(
            (
                Duplicate(
                    item=items.ids[pair.other],
                    other=items.ids[pair.first],
                    how=DuplicateKind.NEAR,
                    likeness=pair.likeness,
                )
                for pair in near_pairs(seen, at_least)
            ),
            key=lambda one: (one.item, one.other),
        )
    return tuple(found)


def summary_of_duplicates(found: Sequence[Duplicate], at_least: float | None) -> DuplicatesReport:
    """How many items show what an earlier one shows, exactly and nearly."""
    exact = sum(one.how is DuplicateKind.EXACT for one in found)
    return DuplicatesReport(exact=exact, near=len(found) - exact, at_least=at_least)


def duplicates_apart(found: Sequence[Duplicate], decided: Consensus, corpus: Corpus) -> Iterator[Doubt]:
    """A doubt on both items of each pair, and each field, for which the dataset says different values of them.

    An item has one a field, however many there are like it: what one template made would fill the queue with pairs.
    Where it says nothing of one of the two, the other is held against the first that shows the same and of which it says something.
    Spans, boxes and sequences are compared where the content is the same; free text and rankings are not.
    """
    concerned = {name for one in found for name in (one.item, one.other)}
    cells: dict[str, dict[str, Json]] = {field.name: {} for field in decided.fields if field.scale in _COMPARED}
    for item, code, value in zip(decided.item.tolist(), decided.field.tolist(), decided.value, strict=True):
        if (name := corpus.items.ids[item]) in concerned and (said := cells.get(decided.fields[code].name)) is not None:
            said[name] = value
    data = {name: orjson.loads(corpus.items.data[at]) for at, name in enumerate(corpus.items.ids) if name in concerned}
    same = _firsts(one for one in found if one.how is DuplicateKind.EXACT), _firsts(found)
    for field in decided.fields:
        values = {name: value for name, value in cells.get(field.name, {}).items() if value is not None}
        told: set[str] = set()
        for how, one, other in _pairs(found, values, *same):
            if how is DuplicateKind.NEAR and field.scale in _OF_PLACES:
                continue
            mine, theirs = values[one], values[other]
            if _compared(mine, field, data[one]) != _compared(theirs, field, data[other]):
                if one not in told:
                    yield _doubt(how, (one, other), field, (mine, theirs))
                if other not in told:
                    yield _doubt(how, (other, one), field, (theirs, mine))
                told |= {one, other}


def _pairs(
    found: Iterable[Duplicate], valued: Collection[str], same: Mapping[str, str], near: Mapping[str, str]
) -> Iterator[tuple[DuplicateKind, str, str]]:
    """The pairs to be compared, of those that have a value; `same` and `near` say by which item their like goes."""
    first: dict[tuple[DuplicateKind, str], str] = {}
    for name in sorted(valued):
        first.setdefault((DuplicateKind.EXACT, same.get(name, name)), name)
        first.setdefault((DuplicateKind.NEAR, near[name]), name)
    for pair in found:
        here = [name for name in (pair.item, pair.other) if name in valued]
        if len(here) > 1:
            yield pair.how, pair.item, pair.other
        for name in here if len(here) == 1 else ():
            content = same.get(name, name)
            twin, like = first[DuplicateKind.EXACT, content], first[DuplicateKind.NEAR, near[name]]
            if twin != name:
                yield DuplicateKind.EXACT, name, twin
            if same.get(like, like) != content:
                yield DuplicateKind.NEAR, name, like


def _firsts(found: Iterable[Duplicate]) -> Mapping[str, str]:
    """By each item that is joined with others one of these, the same for all of them."""
    above: dict[str, str] = {}

    def top(name: str) -> str:
        while (higher := above.setdefault(name, name)) != name:
            above[name] = above[higher]
            name = higher
        return name

    for one in found:
        first, second = sorted((top(one.item), top(one.other)))
        above[second] = first
    return {name: top(name) for name in [*above]}


def _compared(value: Json, field: Field, data: Json) -> str:
    return canonical_text(spans_in_content(value, field, data if isinstance(data, dict) else {}))


def _doubt(how: DuplicateKind, items: tuple[str, str], field: Field, values: tuple[Json, Json]) -> Doubt:
    what = "duplicate" if how is DuplicateKind.EXACT else "near duplicate"
    mine, theirs = (clip(value_text(value, field), _SHOWN) for value in values)
    said = f"{what} of {items[1]} labelled differently: {mine} here, {theirs} there"
    return Doubt(item=items[0], field=field.name, why=Reason.DUPLICATE, said=said)
