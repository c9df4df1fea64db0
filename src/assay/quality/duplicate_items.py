"""Items with the same content, exactly or nearly: all of their texts, by the Jaccard index of their shingles.

Candidates for near ones come from MinHash, so that not every text is compared with every other: Broder, A. (1997), On the
resemblance and containment of documents; Leskovec, Rajaraman & Ullman, Mining of Massive Datasets, chapter 3. A signature
has 128 values in 16 bands of 8: two texts whose shingles have the Jaccard index J share a band with probability
1 - (1 - J^8)^16, which is .9999 at .9 and .95 at .8. The library `rensa` makes signatures and finds those that share a
band; each candidate is then compared exactly.
"""

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import orjson
from numpy.typing import NDArray

from assay import core
from assay.agreement import DISPUTABLE
from assay.consensus import Consensus, Doubt, Reason
from assay.core import Corpus, DuplicatesReport, Field, Ints, ItemTable, Json, Scale
from assay.extras import load
from assay.quality.conflicts import spans_in_content

PERMUTATIONS, BANDS, SHINGLE = 128, 16, 5
_SEED = 1
_CROWD = 8
_SLACK = 0.12
_CHUNK = 2**22
_BLOCK = 2**16
_DENSE = 128
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

    Where many items share a band, each is compared only with the first and the one before it, so that the work grows with the
    number of items and not with its square.
    """
    if len(items) < 2:
        return []
    rows = _in_a_band(items, at_least)
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


def _in_a_band(items: Sequence[Texts], at_least: float) -> Ints:
    """The places of the items that share a band with another one."""
    index = load("rensa").RMinHashLSH(at_least, PERMUTATIONS, BANDS)
    if _shingles_in(items) <= _DENSE * len(items):
        # An index that can be added to takes as much memory as `_DENSE` shingles an item, and is several times slower.
        flags = index.query_duplicate_flags_matrix_one_shot(_signatures(items))
        return np.flatnonzero(np.array(flags, dtype=np.bool_))
    matrices = []
    for start, end in _parts(items, _CHUNK):
        matrices.append(_signatures(items[start:end]))
        index.insert_matrix(matrices[-1], start)
    parts = [np.array(index.query_duplicate_flags_matrix(matrix), dtype=np.bool_) for matrix in matrices]
    return np.flatnonzero(np.concatenate(parts))


def _parts(items: Sequence[Texts], size: int) -> Iterator[tuple[int, int]]:
    """Start and end of parts of the items, each of about as many code points."""
    start = held = 0
    for end, texts in enumerate(items, start=1):
        held += sum(len(text) for _, text in texts)
        if held >= size or end == len(items):
            yield start, end
            start, held = end, 0


def _signatures(items: Sequence[Texts]) -> Any:
    counts = [_shingles_in((item,)) for item in items]
    bounds = np.cumsum([0, *counts])
    hashes = np.empty(bounds[-1], dtype=np.uint64)
    # What is hashed at once stays in the processor's cache.
    for start, end in _parts(items, _BLOCK):
        hashes[bounds[start] : bounds[end]] = _shingles(items[start:end])
    make = load("rensa").RMinHash.digest_matrix_from_flat_token_hashes
    return make(hashes, bounds.astype(np.uint64), PERMUTATIONS, _SEED)


def _shingles_in(items: Iterable[Texts]) -> int:
    return sum(len(text) - SHINGLE + 1 for item in items for _, text in item)


def _shingles(items: Sequence[Texts]) -> _Hashes:
    """The hashes of all shingles, which are `SHINGLE` code points that follow each other."""
    texts = [one for item in items for one in item]
    sizes = np.array([len(text) for _, text in texts], dtype=np.int64)
    signs = np.frombuffer("".join(text for _, text in texts).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    hashes = np.zeros(max(len(signs) - SHINGLE + 1, 0), dtype=np.uint64)
    for step in range(SHINGLE):
        hashes *= _ODD
        hashes += signs[step : len(hashes) + step]
    whole = np.ones(len(signs), dtype=np.bool_)
    ends = np.cumsum(sizes)
    for step in range(1, SHINGLE):
        whole[ends - step] = False
    places = np.array([place for place, _ in texts], dtype=np.uint64)
    if places.any():
        hashes += np.repeat(places * _ODD, sizes)[: len(hashes)]
    hashes = hashes[whole[: len(hashes)]]
    for shift, factor in _STEPS:
        hashes ^= hashes >> np.uint64(shift)
        hashes *= factor
    return hashes


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
    """The content of an item: its `texts` to be compared by shingles, by place, and the `rest`, which must be the same."""

    rest: str
    texts: tuple[tuple[str, str], ...]


def shown_content(data: Json, files: Collection[str]) -> Shown:
    """The content of an item; `files` are the top-level keys that name a file.

    Texts are compared in NFKC, casefolded, their white space collapsed; a list of texts as one text. A short text, and a
    word of ASCII characters, such as a name or an address, belongs to the rest.
    """
    texts: list[tuple[str, str]] = []
    parts = data if isinstance(data, dict) else {}
    rest = {key: value if key in files else _rest(value, key, texts) for key, value in parts.items()}
    return Shown(rest=core.canonical_text(rest), texts=tuple(texts))


def _rest(value: Json, place: str, texts: list[tuple[str, str]]) -> Json:
    if isinstance(value, dict):
        return {key: _rest(part, f"{place}/{key}", texts) for key, part in sorted(value.items())}
    if isinstance(value, list) and not all(isinstance(part, str) for part in value):
        return [_rest(part, f"{place}/{at}", texts) for at, part in enumerate(value)]
    if not isinstance(value, str | list):
        return core.tidy_content(value)
    whole = value if isinstance(value, str) else " ".join(map(str, value))
    text = " ".join(unicodedata.normalize("NFKC", whole).casefold().split())
    if len(text) < SHORT or (text.isascii() and " " not in text):
        return text
    texts.append((place, text))
    return _TEXT


def near_pairs(items: Iterable[tuple[int, Shown]], at_least: float) -> Iterator[tuple[int, int, float]]:
    """Pairs of items, by their places, that are at least so near; as many as it takes to join each group of near items.

    Each pair has the earlier item first, and how near the two are: the lowest Jaccard index of their texts.

    Of items that differ only in case and white space, each is paired with the first.
    """
    first: dict[Shown, int] = {}
    for place, seen in items:
        if seen.texts and (earlier := first.setdefault(seen, place)) != place:
            yield earlier, place, 1.0
    places, distinct = [*first.values()], [*first]
    # Places of texts and kinds of rests as numbers.
    place_of: dict[str, int] = {}
    kind_of: dict[str, int] = {}
    texts = [
        tuple((place_of.setdefault(place, len(place_of)), text) for place, text in shown.texts) for shown in distinct
    ]
    kinds = [kind_of.setdefault(shown.rest, len(kind_of)) for shown in distinct]
    joined = core.Joined[int]()
    compared = _Compared(distinct)
    for one, other in candidates(texts, kinds, at_least):
        if joined.top(one) != joined.top(other) and (likeness := compared.likeness(one, other)) >= at_least:
            joined.join(one, other)
            yield places[one], places[other], likeness


class _Compared:
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


_COMPARED = DISPUTABLE | {Scale.SPANS, Scale.BOXES}
"""Where two right answers to one content are the same, as free text and rankings seldom are."""
_OF_PLACES = frozenset({Scale.SPANS, Scale.BOXES, Scale.SEQUENCE})
_SHOWN = 60


class DuplicateKind(StrEnum):
    """Whether two items have the same content, or nearly the same."""

    EXACT = "exact"
    NEAR = "near"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """An item with the content of another one of a smaller id; `likeness` is the lowest Jaccard index of their texts, 1 where exact."""

    item: str
    other: str
    how: DuplicateKind
    likeness: float


def duplicates(items: ItemTable, at_least: float | None, files: Mapping[int, Collection[str]]) -> tuple[Duplicate, ...]:
    """Exact duplicates, each with the first of its content, then near ones of at least that likeness (None: none), by ids.

    `files` are, by the place of an item, the keys under which it names a file. There are as many near pairs as it takes to
    join each group.
    """
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
        near = (
            Duplicate(item=items.ids[later], other=items.ids[earlier], how=DuplicateKind.NEAR, likeness=likeness)
            for earlier, later, likeness in near_pairs(seen, at_least)
        )
        found += sorted(near, key=lambda pair: (pair.item, pair.other))
    return tuple(found)


def summary_of_duplicates(found: Sequence[Duplicate], at_least: float | None) -> DuplicatesReport:
    """How many items have the content of an earlier one, exactly and nearly."""
    exact = sum(pair.how is DuplicateKind.EXACT for pair in found)
    return DuplicatesReport(exact=exact, near=len(found) - exact, at_least=at_least)


def duplicates_apart(found: Sequence[Duplicate], decided: Consensus, corpus: Corpus) -> Iterator[Doubt]:
    """A doubt on both items of each pair, and each field, for which the dataset has different values.

    An item has one doubt a field, however many duplicates it has: items of one template would fill the queue with pairs.
    Where one of the two has no value, the other is compared with the first item of the same content that has one.
    Spans, boxes and sequences are compared where the content is the same; free text and rankings are not.
    """
    concerned = {name for pair in found for name in (pair.item, pair.other)}
    place = {name: corpus.items.code(name) for name in sorted(concerned)}
    cells: dict[str, dict[str, Json]] = {field.name: {} for field in decided.fields if field.scale in _COMPARED}
    is_concerned = np.zeros(len(corpus.items), dtype=np.bool_)
    is_concerned[list(place.values())] = True
    for row in np.flatnonzero(is_concerned[decided.item]).tolist():
        if (cell := cells.get(decided.fields[int(decided.field[row])].name)) is not None:
            cell[corpus.items.ids[int(decided.item[row])]] = decided.value[row]
    shown = ((name, orjson.loads(corpus.items.data[at])) for name, at in place.items())
    data = {name: content if isinstance(content, dict) else {} for name, content in shown}
    exact = ((pair.item, pair.other) for pair in found if pair.how is DuplicateKind.EXACT)
    same = _firsts(exact), _firsts((pair.item, pair.other) for pair in found)
    for field in decided.fields:
        values = {name: value for name, value in cells.get(field.name, {}).items() if value is not None}
        doubted: set[str] = set()
        for how, one, other in _pairs(found, values, *same):
            if how is DuplicateKind.NEAR and field.scale in _OF_PLACES:
                continue
            first, second = (
                core.canonical_text(spans_in_content(values[name], field, data[name])) for name in (one, other)
            )
            if first != second:
                for here, there in ((one, other), (other, one)):
                    if here not in doubted:
                        yield _doubt(how, (here, there), field, (values[here], values[there]))
                doubted |= {one, other}


def _pairs(
    found: Iterable[Duplicate], valued: Collection[str], same: Mapping[str, str], near: Mapping[str, str]
) -> Iterator[tuple[DuplicateKind, str, str]]:
    """The pairs to compare, of items with a value; `same` and `near` map an item to the first of its group."""
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


def _firsts(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """The first member of the part of each member, once all pairs are joined."""
    joined = core.Joined[str]()
    for one, other in pairs:
        joined.join(one, other)
    return {member: members[0] for members in joined.groups for member in members}


def _doubt(how: DuplicateKind, items: tuple[str, str], field: Field, values: tuple[Json, Json]) -> Doubt:
    what = "duplicate" if how is DuplicateKind.EXACT else "near duplicate"
    mine, theirs = (core.clip(core.value_text(value, field), _SHOWN) for value in values)
    said = f"{what} of {items[1]} labelled differently: {mine} here, {theirs} there"
    return Doubt(item=items[0], field=field.name, why=Reason.DUPLICATE, said=said)
