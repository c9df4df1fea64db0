"""The breakdowns of agreement: the tallies of their parts, and what is left out because it has too many parts.

`slices` are the keys of objects that have a few plain values.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import orjson

from assay import core
from assay.agreement.coefficient import MEASURED
from assay.agreement.orders import by_tag, tags_in
from assay.agreement.pair_rows import BETWEEN
from assay.agreement.pairwise import pairs
from assay.agreement.part_alpha import by_kind, kinds_in
from assay.agreement.sets import members
from assay.core import Column, Corpus, JsonObject, LeftOut, Ratings, Repeated, Scale, Tally

MOST_SLICES = 50
"""A key with more distinct values makes no slices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slices:
    """A key with two values or more, and which each object has: a text itself, another value as JSON; -1 without one."""

    key: str
    column: Column

    @property
    def fits(self) -> bool:
        """Whether the values are few enough."""
        return len(self.column.values) <= MOST_SLICES


def slices(objects: Iterable[JsonObject]) -> tuple[Slices, ...]:
    """The keys of objects, by name; lists, objects and null do not count as values."""
    texts_of: dict[str, dict[int, str]] = {}
    rows = 0
    for row, properties in enumerate(objects):
        rows = row + 1
        for key, value in properties.items():
            if isinstance(value, str | int | float):
                texts_of.setdefault(key, {})[row] = value if isinstance(value, str) else core.canonical_text(value)
    found = []
    for key, texts in sorted(texts_of.items()):
        values = sorted(set(texts.values()))
        if len(values) >= 2:
            place = {text: code for code, text in enumerate(values)}
            codes = np.full(rows, -1, dtype=np.int32)
            codes[list(texts)] = [place[text] for text in texts.values()]
            found.append(Slices(key=key, column=Column(values=tuple(values), codes=codes)))
    return tuple(found)


MOST_VALUES = 100
MOST_ANNOTATORS = 1000
MOST_PAIRS = 300

_ELEMENTS = frozenset({Scale.SPANS, Scale.BOXES})
_MOST_INTERVALS = 50
_MOST_PATTERNS = 2**22
_MOST_DRAWN = 2**18


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """One way to break a field down; `parts` are tallied lazily. `drawn`: they have intervals."""

    name: str
    parts: Iterator[tuple[str, Tally]]
    drawn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """The properties that a corpus can be broken down by, made once for all fields.

    Of each item (I,): `batch` its current batch (the newest closed one that holds it; votes of older ones may be current
    too), `version` the one version under which all its current counting votes were made (-1: several), `meta` its keys; `groups` (A,) those of the annotators of `annotations.annotator`.
    """

    batch: Column
    version: Column
    meta: tuple[Slices, ...]
    annotators: tuple[str, ...]
    groups: tuple[Slices, ...]


def facets(corpus: Corpus) -> Facets:
    """Batches, guideline versions, the items' `meta` and the annotators' groups."""
    names = corpus.annotations.annotator.values
    roster = corpus.annotators
    made = core.guideline_versions(corpus)
    rows = corpus.annotations.current & corpus.annotations.counts
    version = np.full(len(corpus.items), -1, dtype=np.int32)
    version[corpus.annotations.item[rows]] = made.codes[rows]
    version = np.where(core.single_version_items(corpus, made, rows), version, -1).astype(np.int32)
    return Facets(
        batch=Column(values=tuple(batch.name for batch in corpus.batches), codes=corpus.items.current_batch),
        version=Column(values=made.values, codes=version),
        meta=_meta(corpus.items.meta),
        annotators=names,
        groups=slices(roster[name].groups if name in roster else {} for name in names),
    )


def _meta(texts: Sequence[bytes]) -> tuple[Slices, ...]:
    """The keys of objects as canonical JSON; equal ones are read once."""
    if not isinstance(texts, Repeated):
        place = {text: code for code, text in enumerate(dict.fromkeys(texts))}
        codes = np.fromiter(map(place.__getitem__, texts), dtype=np.int32, count=len(texts))
        texts = Repeated(tuple(place), codes)
    return tuple(
        replace(found, column=found.column.at(texts.codes)) for found in slices(map(orjson.loads, texts.values))
    )


def breakdowns(rated: Ratings, known: Facets) -> Iterator[Breakdown | LeftOut]:
    """All parts of a field whose agreement is measured like the field's, in the order of the report.

    - `value`: each value against the rest, of a set field each member, in the set or not, of a
      sequence each tag, at an element or not, of spans and boxes those of each kind alone; up to 100.
    - `batch`: the items whose current batch it is; `version`: those whose votes were all made under one version of the guideline.
    - `annotator`: what all the others gave; up to 1,000, and up to four million patterns in all.
    - `pair`, where values are not compared as wholes: what two annotators gave the units that both rated, up to 300 pairs. Of other
      scales these rows are made by `assay.agreement.pair_rows`, without a tally for each.
    - `meta.KEY`: the items with one value of a key; `groups`: what the annotators of one group gave, by `KEY=VALUE`.
      A key has 2 to 50 values.

    Parts have intervals where they are no more than 50; without an annotator, where they also have no more than
    262,144 patterns.
    """
    yield from _by_value(rated.whole)
    yield _by_item(rated, "batch", known.batch)
    name, many, patterns = rated.field.name, len(rated.annotators), len(rated.whole.patterns)
    limit = min(MOST_ANNOTATORS, _MOST_PATTERNS // max(patterns, 1))
    if many > limit:
        yield LeftOut(field=name, breakdown="annotator", keys=many, limit=limit)
    else:
        drawn = many <= _MOST_INTERVALS and many * patterns <= _MOST_DRAWN
        yield Breakdown(name="annotator", parts=core.without_each(rated), drawn=drawn)
    if rated.whole.field.scale not in MEASURED:
        yield _by_pair(rated)
    yield _by_item(rated, "version", known.version)
    for found in known.meta:
        key = f"meta.{found.key}"
        yield _by_item(rated, key, found.column) if found.fits else _too_many(rated, key, found)
    yield from (_too_many(rated, f"groups.{found.key}", found) for found in known.groups if not found.fits)
    yield _by_group(rated, known)


def by_value(whole: Tally) -> Iterator[tuple[str, Tally]]:
    """Each value against the rest; of a set field, each member: in the set or not."""
    keys, groups = _choices(whole)
    for key in keys:
        yield key, core.dichotomy(whole, np.array([key in group for group in groups]))


def _choices(whole: Tally) -> tuple[list[str], list[frozenset[str]]]:
    """The choices of a field, and the choices that each value consists of."""
    if whole.field.scale is Scale.SET:
        sets = [members(value) for value in whole.values]
        return sorted(frozenset().union(*sets)), sets
    keys = [core.value_text(value, whole.field) for value in whole.values]
    return keys, [frozenset({key}) for key in keys]


def _by_value(whole: Tally) -> Iterator[Breakdown | LeftOut]:
    if whole.field.scale in _ELEMENTS:
        parts, many = by_kind(whole), len(kinds_in(whole))
    elif whole.field.scale is Scale.SEQUENCE:
        parts, many = by_tag(whole), len(tags_in(whole))
    elif whole.field.scale in MEASURED:
        parts, many = by_value(whole), len(_choices(whole)[0])
    else:
        return
    if many > MOST_VALUES:
        yield LeftOut(field=whole.field.name, breakdown="value", keys=many, limit=MOST_VALUES)
    else:
        yield Breakdown(name="value", parts=parts, drawn=many <= _MOST_INTERVALS)


def _by_item(rated: Ratings, name: str, column: Column) -> Breakdown:
    """The units whose item has each value of a column (I,), in the order of the values."""
    codes = column.codes[rated.item]
    many = int(np.count_nonzero(np.bincount(codes[codes >= 0])))
    parts = ((column.values[code], part) for code, part in core.tallies_by_unit(rated, codes))
    return Breakdown(name=name, parts=parts, drawn=many <= _MOST_INTERVALS)


def _by_pair(rated: Ratings) -> Breakdown | LeftOut:
    """Each two annotators who share a unit, on the units they share."""
    shared = pairs(replace(rated, values=(None,), codes=np.zeros(len(rated), dtype=np.int32)))
    many = len(rated.annotators) ** 2 if shared is None else len(shared)
    if shared is None or many > MOST_PAIRS:
        return LeftOut(field=rated.field.name, breakdown="pair", keys=many, limit=MOST_PAIRS)
    people = np.arange(len(rated.annotators))
    couples = list(zip(shared.first.tolist(), shared.second.tolist(), strict=True))
    parts = (
        (
            f"{rated.annotators[one]}{BETWEEN}{rated.annotators[other]}",
            core.tally_of_annotators(rated, (people == one) | (people == other)),
        )
        for one, other in couples
    )
    return Breakdown(name="pair", parts=parts, drawn=False)


def _by_group(rated: Ratings, known: Facets) -> Breakdown:
    place = {name: code for code, name in enumerate(known.annotators)}
    own = [place[name] for name in rated.annotators]
    chosen = [
        (f"{found.key}={value}", found.column.codes[own] == code)
        for found in known.groups
        if found.fits
        for code, value in enumerate(found.column.values)
    ]
    some = [(key, annotators) for key, annotators in chosen if annotators.any()]
    parts = ((key, core.tally_of_annotators(rated, annotators)) for key, annotators in some)
    return Breakdown(name="groups", parts=parts, drawn=len(some) <= _MOST_INTERVALS)


def _too_many(rated: Ratings, name: str, found: Slices) -> LeftOut:
    return LeftOut(field=rated.field.name, breakdown=name, keys=len(found.column.values), limit=MOST_SLICES)
