"""How an item stands: what is decided of it, whether a release may hold it, and on how many votes it rests."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import orjson

from assay.consensus.result import Consensus, Source
from assay.model.json import Json, JsonObject
from assay.schemas.validator import Validator


class Undecided(StrEnum):
    """Why an item is unresolved; where several reasons hold, the first.

    `waiting`: a field waits for a person after a migration. `tie`: a field's votes tie. `skipped`: nobody says anything.
    `required`: a field that its label must have, by itself or as what was decided asks for it, has no value. `refused`:
    the schema refuses what was decided.
    """

    WAITING = "waiting"
    TIE = "tie"
    SKIPPED = "skipped"
    REQUIRED = "required"
    REFUSED = "refused"


class Told(NamedTuple):
    """What consensus says of one field of an item, by how many votes; see `Consensus`."""

    value: Json
    source: Source
    votes: int
    waiting: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An item's label, and what it rests on.

    `fields` are those that have no value and should; `why` is None where the item is resolved. A release holds an item
    that is `complete`: it has a label, the schema admits it, and no field waits.

    `votes` is the smallest number of current votes on a field that the label cannot be without, `voted` the same of those
    of them that votes alone decided (None: there is none). Of a label that can be without each of its fields it is the
    largest.
    """

    label: JsonObject
    fields: frozenset[str]
    why: Undecided | None
    complete: bool
    votes: int
    voted: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    """What the schema says of a label: admitted or not, which fields it lacks, which it cannot be without."""

    admitted: bool
    missing: frozenset[str]
    required: frozenset[str]


class Standings:
    """Tells how items stand by the schema of their labels; each distinct label is held against it once."""

    def __init__(self, rules: Validator) -> None:
        self._rules = rules
        self._memo: dict[bytes, _Word] = {}

    def of(self, told: Mapping[str, Told]) -> Standing:
        """How an item stands, of which this is told by field."""
        label = {name: one.value for name, one in told.items() if one.source.decided}
        word = self._word(label)
        waiting = [name for name, one in told.items() if one.waiting]
        tied = [name for name, one in told.items() if one.source is Source.TIE]
        if waiting:
            why: Undecided | None = Undecided.WAITING
        elif tied:
            why = Undecided.TIE
        elif not label:
            why = Undecided.SKIPPED
        elif word.admitted:
            why = None
        else:
            why = Undecided.REQUIRED if word.missing else Undecided.REFUSED
        fewest = min if word.required else max
        needed = word.required or label
        return Standing(
            label=label,
            fields=word.missing.union(waiting, tied) if why else frozenset(),
            why=why,
            complete=bool(label) and word.admitted and not waiting,
            votes=fewest((told[name].votes for name in needed), default=0),
            voted=fewest((told[name].votes for name in needed if told[name].source.by_votes), default=None),
        )

    def _word(self, label: JsonObject) -> _Word:
        key = orjson.dumps(label)
        known = self._memo.get(key)
        if known is None:
            known = self._memo[key] = self._judged(label)
        return known

    def _judged(self, label: JsonObject) -> _Word:
        if not self._rules.admits(label):
            return _Word(admitted=False, missing=self._rules.missing(label), required=frozenset())
        without = ((name, {key: value for key, value in label.items() if key != name}) for name in label)
        required = frozenset(name for name, rest in without if not self._rules.admits(rest))
        return _Word(admitted=True, missing=frozenset(), required=required)


def standings(consensus: Consensus, rules: Validator) -> Iterator[Standing]:
    """How each item of a consensus stands, in its order; `rules` are those of a label."""
    names = [field.name for field in consensus.fields]
    judge = Standings(rules)
    columns = (consensus.value, consensus.source, consensus.votes.tolist(), consensus.waiting.tolist())
    cells = [Told(*cell) for cell in zip(*columns, strict=True)]
    for start in range(0, len(cells), max(len(names), 1)):
        yield judge.of(dict(zip(names, cells[start : start + len(names)], strict=True)))
