"""The status of items by the schema of their labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import orjson

from assay import core
from assay.consensus.result import Coded, Consensus, Source, distinct_rows
from assay.core import Field, Json, JsonObject
from assay.project import Validator

_OPEN = (Source.TIE, Source.APART)


class Undecided(StrEnum):
    """Why an item is unresolved; where several reasons hold, the first.

    `waiting`: a field waits for a person after a migration. `tie`: the votes on a field, or on an attribute of an element,
    tie. `apart`: they are too far apart for one value. `skipped`: no one gives a value.
    `required`: a field that its label must have, by itself or as what was decided asks for it, has no value. `refused`:
    the schema refuses what was decided.
    """

    WAITING = "waiting"
    TIE = "tie"
    APART = "apart"
    SKIPPED = "skipped"
    REQUIRED = "required"
    REFUSED = "refused"


class CellResult(NamedTuple):
    """The consensus on one field of an item; see `Consensus`.

    `given`: the tied values, where it is undecided. `undecided`: an attribute of an element is open.
    """

    value: Json
    source: Source
    votes: int
    waiting: bool
    given: tuple[Json, ...] = ()
    undecided: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemStatus:
    """An item's label, why it is unresolved, and its votes.

    `fields` are those that lack a value; `why` is None if the item is resolved. A release contains `complete` items: there is
    a label, the schema admits it, no field waits, and no element lacks a required attribute.

    `votes` is the smallest number of current votes on a required field, `voted` the same for required fields that votes
    alone decided (None: none). Without required fields it is the largest.
    """

    label: JsonObject
    fields: frozenset[str]
    why: Undecided | None
    complete: bool
    votes: int
    voted: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    """The schema check of a label: admitted or not, the fields it lacks, and the required ones."""

    admitted: bool
    missing: frozenset[str]
    required: frozenset[str]


class StatusRules:
    """Finds the status of items by the schema of their labels; each distinct label is checked once."""

    def __init__(self, rules: Validator) -> None:
        self._rules = rules
        self._memo: dict[bytes, _Verdict] = {}

    def of(self, cells: Mapping[str, CellResult]) -> ItemStatus:
        """The status of an item, from the consensus by field."""
        label = self._label(cells)
        verdict = self._verdict(label)
        waiting = [name for name, cell in cells.items() if cell.waiting]
        open_yet = [
            name
            for name, cell in cells.items()
            if (cell.source in _OPEN and not self._ruled_out(label, cells, name)) or (cell.undecided and name in label)
        ]
        tied = [name for name in open_yet if cells[name].source is not Source.APART]
        far = [name for name in open_yet if cells[name].source is Source.APART]
        halved = [name for name in tied if cells[name].undecided and name not in label]
        reasons = (
            (waiting, Undecided.WAITING),
            (tied, Undecided.TIE),
            (far, Undecided.APART),
            (not label, Undecided.SKIPPED),
            (verdict.admitted, None),
            (verdict.missing, Undecided.REQUIRED),
        )
        why = next((reason for holds, reason in reasons if holds), Undecided.REFUSED)
        fewest = min if verdict.required else max
        needed = verdict.required or label
        return ItemStatus(
            label=label,
            fields=verdict.missing.union(waiting, tied, far),
            why=why,
            complete=bool(label) and verdict.admitted and not waiting and not halved,
            votes=fewest((cells[name].votes for name in needed), default=0),
            voted=fewest((cells[name].votes for name in needed if cells[name].source.by_votes), default=None),
        )

    def _ruled_out(self, label: JsonObject, cells: Mapping[str, CellResult], tied: str) -> bool:
        """Whether experts decided a label that the schema admits as it is, but with none of the tied values."""
        return (
            any(cells[name].source.decided and not cells[name].source.by_votes for name in label)
            and self._verdict(label).admitted
            and bool(cells[tied].given)
            and not any(self._verdict({**label, tied: value}).admitted for value in cells[tied].given)
        )

    def _label(self, cells: Mapping[str, CellResult]) -> JsonObject:
        """The decided values, without votes that the schema rejects together with a valid expert's label.

        An expert's label is complete: a field that it cannot have is absent from it.
        """
        label = {name: cell.value for name, cell in cells.items() if cell.source.decided}
        expert = {name: value for name, value in label.items() if not cells[name].source.by_votes}
        verdict = self._verdict(label)
        if verdict.admitted or verdict.missing or not expert or not self._verdict(expert).admitted:
            return label
        for name, value in label.items():
            if self._verdict({**expert, name: value}).admitted:
                expert[name] = value
        return expert

    def _verdict(self, label: JsonObject) -> _Verdict:
        key = orjson.dumps(label)
        known = self._memo.get(key)
        if known is None:
            known = self._memo[key] = self._judged(label)
        return known

    def _judged(self, label: JsonObject) -> _Verdict:
        if not self._rules.admits(label):
            return _Verdict(admitted=False, missing=self._rules.missing(label), required=frozenset())
        without = ((name, {key: value for key, value in label.items() if key != name}) for name in label)
        required = frozenset(name for name, rest in without if not self._rules.admits(rest))
        return _Verdict(admitted=True, missing=frozenset(), required=required)


def item_statuses(consensus: Consensus, rules: Validator) -> Coded[ItemStatus]:
    """The status of each item of a consensus, in its order; `rules` are those of a label.

    Items whose cells are the same have the same status, which is found once.
    """
    names, judge = [field.name for field in consensus.fields], StatusRules(rules)
    if not names:
        return Coded(values=(), codes=np.zeros(0, dtype=np.int32))
    undecided = ~consensus.undecided.among("")
    given = np.where(consensus.source.among(*_OPEN), consensus.distribution.codes, -1)
    columns = (consensus.value.codes, consensus.source.codes, consensus.votes, consensus.waiting, given, undecided)
    by_field = [column.reshape(-1, len(names)) for column in columns]
    first, codes = distinct_rows([column for table in by_field for column in table.T])

    def cell(row: int) -> CellResult:
        field, source = consensus.fields[int(consensus.field[row])], consensus.source[row]
        return CellResult(
            value=consensus.value[row],
            source=source,
            votes=int(consensus.votes[row]),
            waiting=bool(consensus.waiting[row]),
            given=tied_values(consensus.distribution[row], field, source),
            undecided=bool(undecided[row]),
        )

    # The cells of each field, one for all items in which they are the same.
    cells: list[list[CellResult]] = []
    for place in range(len(names)):
        row, which = distinct_rows([table[first, place] for table in by_field])
        found = [cell(start + place) for start in (first[row] * len(names)).tolist()]
        cells.append([found[code] for code in which.tolist()])
    return Coded(
        values=tuple(judge.of(dict(zip(names, of_item, strict=True))) for of_item in zip(*cells, strict=True)),
        codes=codes.astype(np.int32),
    )


def tied_values(counts: str, field: Field, source: Source) -> tuple[Json, ...]:
    """The values in the `distribution` of a tie or of votes too far apart; empty for other sources."""
    return tuple(core.value_of(text, field) for text in orjson.loads(counts)) if source in _OPEN else ()
