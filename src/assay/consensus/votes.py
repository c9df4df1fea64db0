"""The votes on each value, experts' decisions, and the status of items by the schema of their labels."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain
from typing import NamedTuple, TypeAlias

import numpy as np
import orjson
from numpy.typing import NDArray

from assay import core
from assay.consensus.result import Consensus, Source
from assay.core import Codes, Corpus, Decision, DecisionKind, Field, FieldColumn, Floats, Json, JsonObject, Mask, Scale
from assay.project import Validator


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
            if (cell.source in {Source.TIE, Source.APART} and not self._ruled_out(label, cells, name))
            or (cell.undecided and name in label)
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


def item_statuses(consensus: Consensus, rules: Validator) -> Iterator[ItemStatus]:
    """The status of each item of a consensus, in its order; `rules` are those of a label."""
    names = [field.name for field in consensus.fields]
    judge = StatusRules(rules)
    given = (
        tied_values(counts, consensus.fields[code], source)
        for counts, code, source in zip(consensus.distribution, consensus.field.tolist(), consensus.source, strict=True)
    )
    votes, waiting = consensus.votes.tolist(), consensus.waiting.tolist()
    columns = (consensus.value, consensus.source, votes, waiting, given, map(bool, consensus.undecided))
    cells = list(map(CellResult, *columns))
    for start in range(0, len(cells), max(len(names), 1)):
        yield judge.of(dict(zip(names, cells[start : start + len(names)], strict=True)))


def tied_values(counts: str, field: Field, source: Source) -> tuple[Json, ...]:
    """The values in the `distribution` of a tie or of votes too far apart; empty for other sources."""
    if source not in {Source.TIE, Source.APART}:
        return ()
    return tuple(core.value_of(text, field) for text in orjson.loads(counts))


Counts: TypeAlias = NDArray[np.int64]

LISTS = frozenset({Scale.SEQUENCE, Scale.RANKING, Scale.SPANS, Scale.BOXES})
Answers: TypeAlias = Mapping[str, Mapping[int, Json]]


def standard(value: Json, field: Field) -> Json:
    """A value as it is compared: canonical, and of free text NFC with runs of white space as one space."""
    if field.scale is Scale.TEXT and isinstance(value, str):
        return " ".join(unicodedata.normalize("NFC", value).split())
    return core.canonical_value(value, field.scale)


def measurable(value: Json, scale: Scale) -> bool:
    """Whether a value is one on this scale: a null among numbers, sequences, rankings or spans is not a vote."""
    if scale.numeric:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return scale not in LISTS or isinstance(value, list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The distinct values that votes on a field name, in canonical order.

    `place` maps a `FieldColumn` code to its value's place among them, -1 if it is not one on the field's scale;
    it ends with one more -1, so that a missing value (-1) stays missing.
    """

    values: tuple[Json, ...]
    place: Codes


def choices(field: Field, column: FieldColumn) -> Choices:
    """The choices of a column, with values that only differ in spelling united."""
    given = tuple(standard(value, field) for value in column.values)
    values = core.ordered_values((value for value in given if measurable(value, field.scale)), field)
    place = {core.canonical_text(value): code for code, value in enumerate(values)}
    codes = [place.get(core.canonical_text(value), -1) for value in given]
    return Choices(values=values, place=np.array([*codes, -1], dtype=np.int32))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballots:
    """How often each value was given to each item: a cell per (item, value), sorted by both.

    `items` are the distinct item codes, `starts` the first cell of each; `value` (a code into `values`) and `count`
    are a cell each. Who voted is not kept, so no consensus can depend on it.
    """

    values: tuple[Json, ...]
    items: Codes
    starts: Counts
    value: Codes
    count: Counts

    @property
    def cells(self) -> Counts:
        """Distinct values given, per item."""
        return np.diff(self.starts, append=len(self.value))

    @property
    def group(self) -> Counts:
        """Which of `items` a cell belongs to."""
        return np.repeat(np.arange(len(self.items)), self.cells)

    @property
    def votes(self) -> Counts:
        """Votes per item."""
        return self.total(self.count)

    def total(self, amounts: NDArray[np.int64 | np.bool_]) -> Counts:
        """Amounts per cell, summed per item."""
        return np.add.reduceat(amounts, self.starts, dtype=np.int64)

    def iter_votes(self) -> Iterator[tuple[tuple[Json, int], ...]]:
        """Each item's distinct values with their counts."""
        cells = [(self.values[code], count) for code, count in zip(self.value, self.count.tolist(), strict=True)]
        for start, size in zip(self.starts.tolist(), self.cells.tolist(), strict=True):
            yield tuple(cells[start : start + size])


def tally_votes(item: Codes, code: Codes, values: tuple[Json, ...]) -> Ballots:
    """Ballots of votes given as item codes and value codes (none missing)."""
    width = max(len(values), 1)
    cells, count = np.unique(item.astype(np.int64) * width + code, return_counts=True)
    items, starts = np.unique(cells // width, return_index=True)
    return Ballots(
        values=values,
        items=items.astype(np.int32),
        starts=starts.astype(np.int64),
        value=(cells % width).astype(np.int32),
        count=count.astype(np.int64),
    )


def poll(corpus: Corpus, field: Field) -> Ballots:
    """The current counting votes on a field, after review."""
    rows = corpus.annotations
    column = rows.fields[field.name]
    options = choices(field, column)
    codes = options.place[column.codes]
    voting = rows.counts & corpus.annotations.current & (codes >= 0)
    return tally_votes(rows.item[voting], codes[voting], options.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """A value, its confidence and whether the votes tie (then the value is None), for each of `Ballots.items`.

    `undecided` are the attributes of elements that are open, as `Consensus` has them; empty where a scale has no elements.
    """

    value: tuple[Json, ...]
    confidence: Floats
    tied: Mask
    undecided: tuple[str, ...] = ()


Rule: TypeAlias = Callable[[Ballots], Opinion]


def answers(corpus: Corpus, kind: DecisionKind) -> Answers:
    """The experts' values by field name and item code, as they were written, where they are in effect."""
    found: dict[str, dict[int, Json]] = defaultdict(dict)
    for item, decision in effective_decisions(corpus, kind):
        for name, value in decision.label.items():
            found[name][item] = value
    return found


def undecided_yet(corpus: Corpus, field: str) -> Mapping[int, bool]:
    """The items, by code, with an effective decision that waits on a field after a migration, and whether it had a value for it."""
    if not any(field in decision.waiting for decision in corpus.decisions):
        return {}
    found: dict[int, bool] = {}
    for item, decision in chain.from_iterable(effective_decisions(corpus, kind) for kind in DecisionKind):
        if field in decision.waiting and field in decision.stands:
            found[item] = found.get(item, False) or field in decision.lost
    return found


def effective_decisions(corpus: Corpus, kind: DecisionKind) -> list[tuple[int, Decision]]:
    """The decisions in effect, each with the code of its item and the part of its label that is in effect.

    By item, then by batch; no two of them decide the same field of an item.
    """
    wanted = [decision for decision in corpus.decisions if decision.kind is kind and decision.stands]
    code = {item: code for code, item in enumerate(corpus.items.ids)} if wanted else {}
    speaking: list[tuple[int, Decision]] = []
    for decision in (each for each in wanted if each.item in code):
        label = {name: value for name, value in decision.label.items() if name in decision.stands}
        effective = decision if len(label) == len(decision.label) else replace(decision, label=label)
        speaking.append((code[decision.item], effective))
    return sorted(speaking, key=lambda entry: (entry[0], entry[1].batch, entry[1].who))


def decided_items(corpus: Corpus) -> Mask:
    """The items that have a gold or an adjudication."""
    decided = {decision.item for decision in corpus.decisions}
    return np.fromiter((item in decided for item in corpus.items.ids), dtype=np.bool_, count=len(corpus.items))
