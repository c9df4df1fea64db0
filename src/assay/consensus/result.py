"""The consensus on a task's items, and its summary."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from assay import core
from assay.core import EXTENTS, Codes, ConsensusReport, Field, FieldConsensus, Floats, Json, Mask, Scale

COUNTABLE = frozenset({Scale.NOMINAL, Scale.ORDINAL, Scale.SET, Scale.TREE})


class Source(StrEnum):
    """Where a value comes from: two votes or more that are all alike, votes that differ, a single vote, or an expert.

    `tie`, `apart` (votes too far apart for one value) and `none` have no value.
    """

    UNANIMOUS = "unanimous"
    VOTED = "voted"
    SINGLE = "single"
    ADJUDICATED = "adjudicated"
    GOLD = "gold"
    TIE = "tie"
    APART = "apart"
    NONE = "none"

    @property
    def decided(self) -> bool:
        """Whether there is a value."""
        return self not in {Source.TIE, Source.APART, Source.NONE}

    @property
    def by_votes(self) -> bool:
        """Whether annotators' votes alone made the value."""
        return self is Source.UNANIMOUS or self is Source.VOTED or self is Source.SINGLE


class Ruling(NamedTuple):
    """The decision on one item and field, and its votes."""

    value: Json
    confidence: float
    votes: int
    distribution: str
    source: Source
    undecided: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consensus:
    """A row per item and field, by item, then in the order of `fields`.

    The items are those with a current batch, a gold or an adjudication. `item` is a code into `Corpus.items.ids`,
    `field` into `fields`. `value` is canonical, None where `source` is `tie`, `apart` or `none`. `votes` are the counting
    current votes, `distribution` canonical JSON of how often each was given, `{value_text: count}`.

    `confidence`, 0 to 1, is 1 for gold and adjudicated values and else the mean likeness of the votes to the value:
    on most scales a vote is like it or not, so this is the share of votes for it (of a tie, the share of each of the
    tied values; of votes that are apart, of those for the value that they would have come to); sequences, spans and boxes are alike
    in part. It is 0 where there is no vote, and nan of one vote alone: no other vote confirms it.

    `undecided` is canonical JSON of the attributes of elements that votes leave open, empty where there is none:
    `[{"at", "attribute", "votes", "why"}]`, `at` being the extent and kind of the element, `votes` how often each value was
    given ("" for none), `why` `tie` or `apart`. With an attribute that every element must have the source is `tie`;
    another one is absent from its element.

    `waiting`: there is no other value, and a migration removed the value of an effective decision or a current vote, or added
    a value that it lacks.
    """

    method: str
    fields: tuple[Field, ...]
    item: Codes
    field: Codes
    value: tuple[Json, ...]
    confidence: Floats
    votes: Codes
    distribution: tuple[str, ...]
    source: tuple[Source, ...]
    waiting: Mask
    undecided: tuple[str, ...]

    def __len__(self) -> int:
        """How many (item, field) cells."""
        return len(self.item)


def summary(consensus: Consensus, fields: Sequence[Field]) -> ConsensusReport:
    """Counts by field: all sources, and the decided values of scales whose values recur (not numbers or text); see `FieldConsensus`."""
    return ConsensusReport(
        method=consensus.method,
        items=len(np.unique(consensus.item)),
        fields={field.name: _of_field(consensus, field) for field in fields},
    )


def _of_field(consensus: Consensus, field: Field) -> FieldConsensus:
    cells = np.flatnonzero(consensus.field == consensus.fields.index(field)).tolist()
    sources = Counter(consensus.source[cell] for cell in cells)
    decided = tuple(consensus.value[cell] for cell in cells if consensus.source[cell].decided)
    elements = tuple(one for value in decided if isinstance(value, list) for one in value)
    tags, kinds, attributes = dict[str, int](), Counter[str](), dict[str, dict[str, int]]()
    if field.scale is Scale.SEQUENCE:
        tags = _spread(elements, replace(field, textual=all(isinstance(tag, str) for tag in elements)))
    if field.scale in EXTENTS:
        marks = [element for element in elements if isinstance(element, dict)]
        kinds.update(map(core.kind_of, marks))
        for attribute in (one for one in field.attributes if one.scale in COUNTABLE):
            attributes[attribute.name] = _spread(
                [mark[attribute.name] for mark in marks if attribute.name in mark], attribute
            )
    return FieldConsensus(
        items=len(cells),
        sources={source.value: sources[source] for source in Source},
        values=_spread(decided, field) if field.scale in COUNTABLE else {},
        elements=tags if field.scale is Scale.SEQUENCE else {kind: kinds[kind] for kind in sorted(kinds)},
        attributes={name: counts for name, counts in attributes.items() if counts},
    )


def _spread(values: Iterable[Json], field: Field) -> dict[str, int]:
    given = tuple(core.canonical_value(value, field.scale) for value in values if not core.is_missing(value))
    counts = Counter(core.value_text(value, field) for value in given)
    return {
        text: counts[text] for text in (core.value_text(value, field) for value in core.ordered_values(given, field))
    }
