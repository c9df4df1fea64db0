"""A task from the parts of its batches, some batches at a time; and what only a look at all of them tells.

The most that is in memory are the batches of one group (`BatchResults.groups`): those that share items.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from assay.core import (
    AssignmentTable,
    Batch,
    Codes,
    Column,
    Corpus,
    Decision,
    Field,
    FieldColumn,
    Ints,
    ItemTable,
    Mask,
)
from assay.extras import load
from assay.labels.batch_results import BatchResults
from assay.labels.corpus_parts import (
    Places,
    Plan,
    Stated,
    assignments_of,
    codes_of,
    corpus_of,
    decisions_of,
    ordered_decisions,
    people_of,
    plan_of,
)
from assay.labels.current import with_current
from assay.labels.pool_table import PoolTable

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = 2**15
_NONE: Codes = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True)
class Marks:
    """Of each annotation of a batch what only a look at the whole task tells, as `AnnotationTable` has it.

    `answered` is by field as `Waits` has it. `bare` are the annotations that say nothing of any field.
    """

    current: Mask
    open: Mask
    taken: Codes
    bare: Mask
    answered: Mapping[str, Codes]


@dataclass(frozen=True)
class Whole:
    """What all batches of a task together tell.

    `marks` are by batch, `decisions` have the fields for which they stand, `current_batch` and `open_batch` are as `ItemTable` has them.
    """

    marks: Mapping[str, Marks]
    decisions: tuple[Decision, ...]
    current_batch: Codes
    open_batch: Codes


class BatchParts:
    """The parts of the batches of a task and of its gold, which are made and kept, and their pool."""

    def __init__(self, results: BatchResults, pool: PoolTable) -> None:
        """Looks at each part once.

        Raises:
            LimitError, UsageError: a file is larger than assay reads, or may not be read.
        """
        self.results, self.pool = results, pool
        self.annotators: set[str] = set()
        self.counted: set[str] = set()
        self._asked: set[str] = set()
        self._plans: dict[str, Plan] = {}
        self._codes: dict[str, Codes] = {}
        self._given: dict[int, list[Decision]] = {}
        index = {name: place for place, name in enumerate(pool.ids.to_pylist())}
        stated: dict[str, Batch] = {}
        self.sizes: dict[str, int] = {}
        for name in ("gold", *results.names):
            part = results.part(name)
            for decision in decisions_of([part]):
                self._given.setdefault(index[decision.item], []).append(decision)
            for batch in part.batches:
                stated[name] = batch
                self.sizes[name] = part.rows["item"].length
                self._codes[name] = codes_of(part, index)
                self._plans[name] = plan_of(part)
            people = people_of(part)
            self.annotators |= people.answered
            self.counted |= people.counted
            self._asked |= people.asked
        self.names = tuple(sorted(stated, key=lambda name: stated[name].name))
        self._rank = {name: place for place, name in enumerate(self.names)}
        self.batches = tuple(stated[name] for name in self.names)

    @property
    def people(self) -> Collection[str]:
        """Everyone whom the batches or decisions name."""
        named = {name for batch in self.batches for name in batch.annotators}
        deciding = {decision.who for several in self._given.values() for decision in several}
        return self.annotators | self._asked | named | deciding

    def chunks(self, groups: Iterable[Collection[str]]) -> Iterator[Sequence[str]]:
        """Groups of batches, as many at a time as have some annotations together, each chunk in the order of the batches."""
        found, held = list[str](), 0
        for group in groups:
            if held >= _ROWS:
                yield sorted(found, key=self._rank.__getitem__)
                found, held = [], 0
            some = self._rank.keys() & group
            found += some
            held += sum(self.sizes[name] for name in some)
        yield sorted(found, key=self._rank.__getitem__)

    def corpus(
        self, names: Sequence[str], fields: Sequence[Field], decided: Collection[int] = ()
    ) -> tuple[Corpus, Codes]:
        """The corpus of some batches and of the decisions on some items, by their places; and the place of each item in the pool.

        Of an item it has at most the id, and that only where there is a decision.
        """
        places, codes = self._places(names, np.array([*decided], dtype=np.int32))
        decisions = ordered_decisions(one for place in decided for one in self._given[place])
        none, empty = np.full(len(places), -1, dtype=np.int32), (b"{}",) * len(places)
        table = ItemTable(
            ids=tuple(self.ids(places).to_pylist()) if decisions else ("",) * len(places),
            data=empty,
            meta=empty,
            group=Column(values=(), codes=none),
            current_batch=none,
            open_batch=none,
        )
        own = Places(table, codes)
        parts, rules = [self.results.part(name) for name in names], self.results.rules
        stated = Stated(rules.task, self.batches, decisions, rules.roster.annotators)
        return corpus_of(parts, own, fields, stated), places

    def plan(self, names: Sequence[str]) -> "tuple[AssignmentTable, pa.Array]":
        """The assignments of some batches, and the items that their codes mean."""
        places, codes = self._places(names)
        ranks = [self._rank[name] for name in names]
        return assignments_of([self._plans[name] for name in names], ranks, codes), self.ids(places)

    def _places(self, names: Sequence[str], besides: Codes = _NONE) -> tuple[Codes, list[Codes]]:
        """The places in the pool of the items of some batches, and of others; by batch the codes into them."""
        codes = [self._codes[name] for name in names]
        places = np.unique(np.concatenate([besides, *codes]))
        return places, [np.searchsorted(places, each).astype(np.int32) for each in codes]

    def ids(self, places: Codes) -> "pa.Array":
        """The ids of the items at some places of the pool."""
        return self.pool.ids.take(load("pyarrow").array(places))

    @cached_property
    def whole(self) -> "Whole":
        """What all batches together tell."""
        current, open_ = np.full((2, len(self.pool.ids)), -1, dtype=np.int32)
        marks: dict[str, Marks] = {}
        standing: list[Decision] = []
        left = set(self._given)
        for names in (*self.chunks(self.results.groups), ()):
            held = self._places(names)[0].tolist() if left else ()
            decided = left.intersection(held) if names else left  # at last those on items without votes and plans
            left = left - decided
            corpus, places = self._known(names, decided)
            current[places], open_[places] = corpus.items.current_batch, corpus.items.open_batch
            standing += corpus.decisions
            ends = np.cumsum([0, *(self.sizes[name] for name in names)]).tolist()
            marks.update((name, _marks(corpus, slice(*ends[at : at + 2]))) for at, name in enumerate(names))
        return Whole(marks=marks, decisions=ordered_decisions(standing), current_batch=current, open_batch=open_)

    def _known(self, names: Sequence[str], decided: Collection[int]) -> tuple[Corpus, Codes]:
        """The corpus of the batches of a group, in which it is known what is current."""
        results, rules = self.results, self.results.rules
        gathered, places = self.corpus(names, rules.schema.fields, decided)
        since, migrations = results.first_versions, rules.schema.migrations
        return with_current(gathered, rules.guideline, migrations, since, self.counted), places


def rows_with(column: FieldColumn) -> Mask:
    """The annotations that say something of a field, also what waits for a new answer."""
    there = (column.codes >= 0) | (column.first >= 0)
    there[column.waiting.rows] = True
    return there


def _marks(corpus: Corpus, rows: slice) -> Marks:
    table = corpus.annotations
    said = [rows_with(column)[rows] for column in table.fields.values()]
    return Marks(
        current=table.current[rows],
        open=table.open[rows],
        taken=table.taken[rows],
        bare=~np.logical_or.reduce(said) if said else np.ones(rows.stop - rows.start, dtype=np.bool_),
        answered={
            name: _between(column.waiting.rows, column.waiting.answered, rows) for name, column in table.fields.items()
        },
    )


def _between(waiting: Ints, answered: Codes, rows: slice) -> Codes:
    return answered[np.searchsorted(waiting, rows.start) : np.searchsorted(waiting, rows.stop)]
