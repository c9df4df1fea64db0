"""The votes on each value, and expert answers that stand over them."""

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

from assay.consensus.result import Consensus, Source
from assay.core import (
    Codes,
    Corpus,
    Decision,
    DecisionKind,
    Field,
    FieldColumn,
    Floats,
    Json,
    JsonObject,
    Mask,
    Scale,
    canonical_text,
    canonical_value,
    ordered_values,
    value_of,
)
from assay.project import Validator


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


Counts: TypeAlias = NDArray[np.int64]

LISTS = frozenset({Scale.SEQUENCE, Scale.RANKING, Scale.SPANS, Scale.BOXES})
Answers: TypeAlias = Mapping[str, Mapping[int, Json]]


def standard(value: Json, field: Field) -> Json:
    """A value as it is compared: canonical, and of free text NFC with runs of white space as one space."""
    if field.scale is Scale.TEXT and isinstance(value, str):
        return " ".join(unicodedata.normalize("NFC", value).split())
    return canonical_value(value, field.scale)


def measurable(value: Json, scale: Scale) -> bool:
    """Whether a value says something on this scale: a null among numbers, sequences, rankings or spans is no vote."""
    if scale.numeric:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return scale not in LISTS or isinstance(value, list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The distinct values that votes on a field name, in canonical order.

    `place` maps a `FieldColumn` code to its value's place among them, -1 where it says nothing on the field's scale;
    it ends with one more -1, so that a missing value (-1) stays missing.
    """

    values: tuple[Json, ...]
    place: Codes


def choices(field: Field, column: FieldColumn) -> Choices:
    """What the votes of a column can be for, values that only differ in spelling taken as one."""
    given = tuple(standard(value, field) for value in column.values)
    values = ordered_values((value for value in given if measurable(value, field.scale)), field)
    place = {canonical_text(value): code for code, value in enumerate(values)}
    codes = [place.get(canonical_text(value), -1) for value in given]
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
    """The current counting votes on a field, as they stand after review."""
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
    """The experts' values by field name and item code, as they were written, of the fields for which they stand."""
    found: dict[str, dict[int, Json]] = defaultdict(dict)
    for item, decision in effective_decisions(corpus, kind):
        for name, value in decision.label.items():
            found[name][item] = value
    return found


def undecided_yet(corpus: Corpus, field: str) -> Mapping[int, bool]:
    """The items, by code, of which a decision stands and waits on a field after a migration, and whether it had answered it."""
    if not any(field in one.waiting for one in corpus.decisions):
        return {}
    found: dict[int, bool] = {}
    for item, one in chain.from_iterable(effective_decisions(corpus, kind) for kind in DecisionKind):
        if field in one.waiting and field in one.stands:
            found[item] = found.get(item, False) or field in one.lost
    return found


def effective_decisions(corpus: Corpus, kind: DecisionKind) -> list[tuple[int, Decision]]:
    """The decisions that stand, in part or whole, each with the code of its item and what it says as far as it stands.

    By item, then by batch; no two of them say something of the same field of an item.
    """
    wanted = [decision for decision in corpus.decisions if decision.kind is kind and decision.stands]
    code = {item: code for code, item in enumerate(corpus.items.ids)} if wanted else {}
    speaking = [(code[one.item], _as_it_stands(one)) for one in wanted if one.item in code]
    return sorted(speaking, key=lambda entry: (entry[0], entry[1].batch, entry[1].who))


def _as_it_stands(decision: Decision) -> Decision:
    if decision.label.keys() <= set(decision.stands):
        return decision
    return replace(decision, label={name: value for name, value in decision.label.items() if name in decision.stands})


def decided_items(corpus: Corpus) -> Mask:
    """The items that have a gold or an adjudication."""
    decided = {decision.item for decision in corpus.decisions}
    return np.fromiter((item in decided for item in corpus.items.ids), dtype=np.bool_, count=len(corpus.items))
