"""What consensus says about a task's items."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from assay.model.json import Json
from assay.model.schema import Field
from assay.table.columns import Codes, Floats


class Source(StrEnum):
    """Where a value comes from; `tie` and `none` have no value."""

    UNANIMOUS = "unanimous"
    VOTED = "voted"
    ADJUDICATED = "adjudicated"
    GOLD = "gold"
    TIE = "tie"
    NONE = "none"


class Ruling(NamedTuple):
    """What is decided of one item and field, and on which votes."""

    value: Json
    confidence: float
    votes: int
    distribution: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Consensus:
    """A row per item and field, by item, then in the order of `fields`.

    The items are those with a current round, a gold or an adjudication. `item` is a code into `Corpus.items.ids`,
    `field` into `fields`. `value` is canonical, None where `source` is `tie` or `none`. `votes` are the counting
    votes of the current round, `distribution` canonical JSON of how often each was given, `{value_text: count}`.

    `confidence`, 0 to 1, is 1 for gold and adjudicated values and else the mean likeness of the votes to the value:
    on most scales a vote is like it or not, so this is the share of votes for it (of a tie, the share of each of the
    tied values); spans and boxes are alike in part. It is 0 where there is no vote.
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

    def __len__(self) -> int:
        """How many (item, field) cells."""
        return len(self.item)
