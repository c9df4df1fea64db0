"""How an item stands: what is decided of it, whether a release may hold it, and on how many votes it rests."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import orjson

from assay.consensus.result import Consensus, Source
from assay.model.json import Json, JsonObject
from assay.model.schema import Field
from assay.model.values import value_of
from assay.schemas.validator import Validator


class Undecided(StrEnum):
    """Why an item is unresolved; where several reasons hold, the first.

    `waiting`: a field waits for a person after a migration. `tie`: the votes on a field, or on an attribute of an element,
    tie. `apart`: they are too far apart for one value. `skipped`: nobody says anything.
    `required`: a field that its label must have, by itself or as what was decided asks for it, has no value. `refused`:
    the schema refuses what was decided.
    """

    WAITING = "waiting"
    TIE = "tie"
    APART = "apart"
    SKIPPED = "skipped"
    REQUIRED = "required"
    REFUSED = "refused"


class Told(NamedTuple):
    """What consensus says of one field of an item, by how many votes; see `Consensus`.

    `given`: where that is open, what was said. `undecided`: an attribute of an element is open.
    """

    value: Json
    source: Source
    votes: int
    waiting: bool
    given: tuple[Json, ...] = ()
    undecided: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An item's label, and what it rests on.

    `fields` are those that have no value and should; `why` is None where the item is resolved. A release holds an item
    that is `complete`: it has a label, the schema admits it, no field waits, and no element lacks an attribute that all must have.

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
        label = self._label(told)
        word = self._word(label)
        waiting = [name for name, one in told.items() if one.waiting]
        open_yet = [
            name
            for name, one in told.items()
            if (one.source in {Source.TIE, Source.APART} and not self._ruled_out(label, told, name))
            or (one.undecided and name in label)
        ]
        tied = [name for name in open_yet if told[name].source is not Source.APART]
        far = [name for name in open_yet if told[name].source is Source.APART]
        halved = [name for name in tied if told[name].undecided and name not in label]
        if waiting:
            why: Undecided | None = Undecided.WAITING
        elif tied:
            why = Undecided.TIE
        elif far:
            why = Undecided.APART
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
            fields=word.missing.union(waiting, tied, far) if why else frozenset(),
            why=why,
            complete=bool(label) and word.admitted and not waiting and not halved,
            votes=fewest((told[name].votes for name in needed), default=0),
            voted=fewest((told[name].votes for name in needed if told[name].source.by_votes), default=None),
        )

    def _ruled_out(self, label: JsonObject, told: Mapping[str, Told], tied: str) -> bool:
        """Whether an expert decided what a label is that the schema admits as it is, and with nothing that ties."""
        return (
            any(told[name].source.decided and not told[name].source.by_votes for name in label)
            and self._word(label).admitted
            and bool(told[tied].given)
            and not any(self._word({**label, tied: value}).admitted for value in told[tied].given)
        )

    def _label(self, told: Mapping[str, Told]) -> JsonObject:
        """What was decided, without the votes that the schema refuses beside what experts said, if it admits that alone.

        An expert's label is whole: a field that it cannot hold is absent from it, and nobody could say so otherwise.
        """
        label = {name: one.value for name, one in told.items() if one.source.decided}
        expert = {name: value for name, value in label.items() if not told[name].source.by_votes}
        word = self._word(label)
        if word.admitted or word.missing or not expert or not self._word(expert).admitted:
            return label
        for name, value in label.items():
            if self._word({**expert, name: value}).admitted:
                expert[name] = value
        return expert

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
    given = (
        given_values(counts, consensus.fields[code], source)
        for counts, code, source in zip(consensus.distribution, consensus.field.tolist(), consensus.source, strict=True)
    )
    undecided = map(bool, consensus.undecided)
    columns = (
        consensus.value,
        consensus.source,
        consensus.votes.tolist(),
        consensus.waiting.tolist(),
        given,
        undecided,
    )
    cells = [Told(*cell) for cell in zip(*columns, strict=True)]
    for start in range(0, len(cells), max(len(names), 1)):
        yield judge.of(dict(zip(names, cells[start : start + len(names)], strict=True)))


def given_values(counts: str, field: Field, source: Source) -> tuple[Json, ...]:
    """Of a tie, and of votes too far apart, the values in the `distribution`; of anything else none."""
    if source not in {Source.TIE, Source.APART}:
        return ()
    return tuple(value_of(text, field) for text in orjson.loads(counts))
