"""One result a batch: what is wrong with it, what it holds, its tallies; kept under the content that they depend on.

A batch depends on its own files, the schema, the guideline's versions and the roster, and of the pool on the lines with the
items that it names. `BatchResults.unsettled` is what only a look at several batches tells.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import chain

import msgspec
import numpy as np

from assay.core import Batch, Finding, Purpose, is_batch_name
from assay.errors import UsageError
from assay.files import Store, digest_of_code, digest_of_parts
from assay.git import EntryKind, Snapshot, WorkTree
from assay.guidelines import Since, version_of
from assay.labels.batch_files import Rules, batch_files, context_of, load_batch_labels, load_read, pool_index
from assay.labels.batch_keys import BatchKeys, digest_of_items
from assay.labels.batch_result import BatchResult, counted_in, groups_of, items_of, result_of
from assay.labels.batches import age_key
from assay.labels.corpus import Loaded
from assay.labels.corpus_parts import CorpusPart, part_of
from assay.labels.engines import Engine, Made, Order, Processes
from assay.labels.judge import Judge
from assay.labels.pool_shards import Digests, PoolIndex
from assay.labels.times import latest_past

_MOST_LABELS = 50_000
_WORTH = 2**23
_EARLIER = timedelta(minutes=2)
_OWN = ("matches:", "places:")


@dataclass(frozen=True)
class BatchResults:
    """The results of the batches of a task at one state of a project, each made once and kept in a store.

    `now` (RFC 3339, UTC) is what times are compared with; None: no clock. `engine` makes many results at once.
    """

    snapshot: Snapshot
    rules: Rules
    store: Store
    now: str | None = None
    engine: Engine = field(default_factory=Processes)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The batches, by name, also those without a `batch.yaml`."""
        folder = f"labels/{self.rules.task}"
        inside = self.snapshot.kinds(folder).items()
        return tuple(name for name, kind in inside if kind is EntryKind.FOLDER and is_batch_name(name))

    @cached_property
    def index(self) -> PoolIndex:
        """The task's pool."""
        return pool_index(self.snapshot, self.rules.pool, self.store)

    @cached_property
    def keys(self) -> BatchKeys:
        """What the results depend on."""
        return BatchKeys(self.snapshot, self.rules, self.store, self.index)

    def key(self, name: str) -> str:
        """The key of a result: it differs where anything differs that the result depends on.

        Raises:
            LimitError, UsageError: as `all`.
        """
        return self.keys.key(name)

    @cached_property
    def all(self) -> Mapping[str, BatchResult]:
        """The result of each batch, by name.

        Raises:
            LimitError, UsageError: a file is larger than assay reads, or may not be read.
        """
        self.make(parts=False)
        return {name: self.of(name) for name in self.names}

    def make(self, *, parts: bool) -> None:
        """Makes the results that are not kept yet, and the parts of the corpus: with the engine, where that is worth it.

        Raises:
            LimitError, UsageError: as `all`; or an engine elsewhere does not see the batches as they are here.
        """
        lacking = [name for name in self.names if not self._is_kept(name, parts=parts)]
        engine = self.engine
        if not self._is_worth(lacking):
            for done, name in enumerate(lacking, start=1):
                self.of(name)
                if parts:
                    self.part(name)
                engine.tell(done, len(lacking))
            return
        results = engine.map(BatchWork(self, parts=parts), lacking)
        for done, (name, made) in enumerate(zip(lacking, results, strict=True), start=1):
            # What failed is tried again here.
            if made is not None and not self._keep(name, made, parts=parts) and engine.is_remote:
                place = f"labels/{self.rules.task}/{name}"
                raise UsageError(
                    f"the workers do not see {place} as it is here, or what it is checked with: "
                    "schema, guideline, roster, or pool",
                    fix="let them read the same content: commit and push, or copy, what changed; then run this again",
                )
            engine.tell(done, len(lacking))

    def _is_worth(self, lacking: Sequence[str]) -> bool:
        """Whether the engine is to make these results. A process that is forked for it cannot share git's objects."""
        if self.engine.is_remote:
            return bool(lacking)
        if self.engine.jobs < 2 or len(lacking) < self.engine.jobs or not isinstance(self.snapshot, WorkTree):
            return False
        files = (file for name in lacking for file in batch_files(self.snapshot, self.rules.task, name))
        if sum(self.snapshot.size(file.path) for file in files) < _WORTH:
            return False
        self.index.read(self.engine.jobs)  # before the processes are made, for all of them
        return bool(self.index.shards)

    def made(self, name: str, *, parts: bool) -> Made:
        """What is new of a batch, for a store. It is made without the open file of the store, which another process cannot use."""
        alone = replace(self, store=Store(None))
        alone.__dict__.update(index=self.index, keys=self.keys.of_one(name, alone.store), _judges=self._judges)
        alone.of(name)
        if parts:
            alone.part(name)
        return {key: value for key, value in alone.store.values().items() if not key.startswith(_OWN)}

    def _keep(self, name: str, made: Made, *, parts: bool) -> bool:
        """Keeps what was made of a batch, if it was made of what is here; whether it was: the keys name all it depends on."""
        named = f"named:{self.keys.own(name)}"
        if named not in made:
            return False
        self.store.put(named, made[named])
        key = self.key(name)
        wanted = [key, f"items:{key}", *([f"part:{key}"] if parts else ())]
        for each in wanted:
            if each in made:
                self.store.put(each, made[each])
        return all(each in made for each in wanted)

    def _is_kept(self, name: str, *, parts: bool) -> bool:
        if not self.keys.is_known(name):
            return False
        key = self.key(name)
        return self.store.has(key) and (not parts or self.store.has(f"part:{key}"))

    def of(self, name: str) -> BatchResult:
        """The result of a batch, or of the task's gold.

        Raises:
            LimitError, UsageError: as `all`.
        """
        key = self.key(name)
        with suppress(msgspec.MsgspecError):
            kept = self.store.get(key)
            result = None if kept is None else msgspec.msgpack.decode(kept, type=BatchResult)
            if result is not None and self._is_timely(result):
                return result
        named, loaded = self._load(name)
        items = items_of(named, loaded)
        result = result_of(loaded, self.rules, name, latest_past(self.clock), digest_of_items(items))
        if self.keys.is_unchanged(name):
            self.store.put(key, msgspec.msgpack.encode(result))
            self.store.put(f"items:{key}", items.tobytes())
        return result

    def _items(self, name: str) -> Digests:
        """The items of the valid votes and of the plan of a batch: digests, sorted."""
        kept = self.store.get(f"items:{self.key(name)}")
        return items_of(*self._load(name)) if kept is None else np.frombuffer(kept, dtype=np.uint64)

    def told(self, result: BatchResult) -> Iterator[Finding]:
        """The findings of a result at this time."""
        yield from (*result.findings, *(result.late if self.now is not None else ()))

    def part(self, name: str) -> CorpusPart:
        """What a batch, or the task's gold, adds to the corpus.

        Raises:
            LimitError, UsageError: as `all`.
        """
        key = f"part:{self.key(name)}"
        with suppress(msgspec.MsgspecError):
            if (kept := self.store.get(key)) is not None:
                return msgspec.msgpack.decode(kept, type=CorpusPart)
        part = part_of(self._load(name)[1].gathered)
        if self.keys.is_unchanged(name):
            self.store.put(key, msgspec.msgpack.encode(part))
        return part

    def _load(self, name: str) -> tuple[Digests, Loaded]:
        """The items that a batch names, and its labels; the last one is remembered, for several results are made of it."""
        if name not in self._last:
            self._last.clear()  # before the next one is read: two would be in memory
            files = tuple(batch_files(self.snapshot, self.rules.task, name))
            lines, named = self.keys.lines(name)
            pool = self.index.items(named, self.rules.schema, self.store)
            known = context_of(self.snapshot, self.rules, pool, self.clock, self._judge)
            self._last[name] = named, load_read(self.snapshot, self.rules, files, lines, known)
        return self._last[name]

    @cached_property
    def _last(self) -> dict[str, tuple[Digests, Loaded]]:
        return {}

    def unsettled(self) -> Iterator[Finding]:
        """`batch/unsettled` at each answer sent back that was not settled, nor asked for again by a newer relabel batch."""
        stated = {name: result.batch for name, result in self.all.items() if result.batch is not None}
        for name, batch in stated.items():
            if waiting := self.all[name].unsettled:
                later = [one for one, other in stated.items() if _replaces(other, batch)]
                asked = {pair for one in later for pair in self._asked(one)}
                yield from (found for found in waiting if (found.item, found.annotator) not in asked)

    @cached_property
    def since(self) -> Mapping[str, str]:
        """By field the earliest version under which an annotation of any batch has it."""
        found: dict[str, str] = {}
        for result in self.all.values():
            for name, version in result.since.items():
                found[name] = min(found.get(name, version), version, key=version_of)
        return found

    @property
    def first_versions(self) -> Since:
        """`since` for each field of the schema."""
        first = {field.name: self.since.get(field.name) for field in self.rules.schema.fields}
        return {name: None if version is None else version_of(version) for name, version in first.items()}

    @cached_property
    def counted(self) -> frozenset[str]:
        """Those of the people who left or paused of whom a vote of any batch counts."""
        people = self.rules.roster.annotators.items()
        away = frozenset(name for name, one in people if one.counts and one.until)
        return away.intersection(chain.from_iterable(map(self._counted, self.names if away else ())))

    def _counted(self, name: str) -> list[str]:
        """Of whom a vote of a batch counts."""
        return self.store.value(
            f"counted:{self.key(name)}",
            list[str],
            lambda: counted_in(self._load(name)[1].corpus),
            is_still=lambda: self.keys.is_unchanged(name),
        )

    @cached_property
    def groups(self) -> Sequence[tuple[str, ...]]:
        """Batches that share an item, directly or through others: all current votes of an item are in one group."""
        key = "groups:" + digest_of_parts(f"{name} {result.items}".encode() for name, result in self.all.items())
        return self.store.value(
            key, list[tuple[str, ...]], lambda: groups_of({name: self._items(name) for name in self.all})
        )

    def sharing(self, batches: Collection[str]) -> tuple[str, ...]:
        """These batches, and those that share an item with one of them, directly or through others."""
        groups = (group for group in self.groups if not set(batches).isdisjoint(group))
        return tuple(sorted(name for group in groups for name in group))

    def _asked(self, name: str) -> Iterator[tuple[str, str]]:
        """The items and annotators of the plan of a batch."""
        corpus = load_batch_labels(self.snapshot, self.rules, [name], gold=False).corpus
        plan = corpus.assignments
        people = (plan.annotator.values[code] for code in plan.annotator.codes.tolist())
        return zip((corpus.items.ids[code] for code in plan.item.tolist()), people, strict=True)

    @cached_property
    def clock(self) -> str:
        """The time of reading.

        Also who asks for no clock notes what was in the future, a little before: the next one may ask with a clock that was read
        earlier, as a review does.
        """
        return self.now or (datetime.now(UTC) - _EARLIER).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _is_timely(self, result: BatchResult) -> bool:
        """Whether a kept result holds at this time: nothing was in the future when it was read, and that is not to come."""
        latest = latest_past(self.now)
        return latest is None or (not result.late and result.latest is not None and result.latest <= latest)

    @property
    def _judge(self) -> Judge:
        """A judge that knows the labels of the batches before, as long as they are not too many to keep."""
        if not self._judges or self._judges[0].labels > _MOST_LABELS:
            self._judges[:] = [Judge(self.rules.schema)]
        return self._judges[0]

    @cached_property
    def _judges(self) -> list[Judge]:
        return []


@dataclass(frozen=True)
class BatchWork:
    """Makes results of batches, and their parts of the corpus."""

    results: BatchResults
    parts: bool

    def __call__(self, name: str) -> Made:
        """What is new of a batch, for a store."""
        return self.results.made(name, parts=self.parts)

    def order(self) -> Order:
        """The same work for another machine; the clock is that of this one, so that the results are, too."""
        index, now = self.results.index, self.results.clock
        return Order(
            task=self.results.rules.task, parts=self.parts, now=now, code=digest_of_code(), known=index.known()
        )


def _replaces(other: Batch, batch: Batch) -> bool:
    return other.purpose is Purpose.RELABEL and age_key(other) > age_key(batch)
