"""One result a batch: what is wrong with it, what it holds, its tallies; kept under the content that they depend on.

A batch depends on its own files, the schema, the guideline's versions and the roster, and of the pool on the lines with the
items that it names. `BatchResults.unsettled` is what only a look at several batches tells.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial

import msgspec
import numpy as np

from assay.core import Batch, Corpus, Finding, Joined, Purpose, Scale, guideline_versions, is_batch_name, tally
from assay.errors import UsageError
from assay.files import Store, digest_of_code, digest_of_parts
from assay.git import Snapshot, WorkTree
from assay.guidelines import lost_values, ordered_changes, version_of
from assay.labels.batch_files import (
    LinesByFile,
    Rules,
    batch_files,
    context_of,
    has_plan,
    load_batch_labels,
    load_read,
    named_in,
    pool_index,
    read_some,
    state_of,
)
from assay.labels.batches import age_key
from assay.labels.corpus import Loaded
from assay.labels.corpus_parts import CorpusPart, part_of
from assay.labels.engines import Engine, Made, Order, Processes
from assay.labels.judge import Judge
from assay.labels.kept_tallies import KeptTally, kept_tally
from assay.labels.pool_shards import Digests, PoolIndex, digests_of_ids
from assay.labels.times import latest_past

_MOST_LABELS = 50_000
_MOST_MATCHES = 1_000
_WORTH = 2**23
_EARLIER = timedelta(minutes=2)
_OWN = ("matches:", "places:")
STATES = ("closed", "open")
_LATE, _UNSETTLED = "label/future-time", "batch/unsettled"


class BatchResult(msgspec.Struct, frozen=True, array_like=True):
    """What reading a batch by itself gives.

    `records` are its annotations and `valid` those that can be used, `items` a digest of the items of its valid votes and its
    plan. `since` holds by field the earliest guideline version under which one of its annotations has it.
    `tallies` are, by `state/field`, those of its own votes. `late` are the findings on times after `latest`, when it was read
    (microseconds since 1970), `unsettled` those on answers sent back, which a newer batch may settle; neither is among
    `findings`.
    """

    findings: list[Finding]
    records: int
    valid: int
    batch: Batch | None
    items: str
    since: dict[str, str]
    tallies: dict[str, KeptTally]
    unsettled: list[Finding]
    late: list[Finding]
    latest: int | None


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
        names = filter(is_batch_name, self.snapshot.names(folder))
        return tuple(name for name in names if self.snapshot.is_folder(f"{folder}/{name}"))

    @cached_property
    def index(self) -> PoolIndex:
        """The task's pool."""
        return pool_index(self.snapshot, self.rules.pool, self.store)

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
        # The shards are read before the processes are made, for all of them.
        return sum(self.snapshot.size(file.path) for file in files) >= _WORTH and bool(self.index.shards)

    def made(self, name: str, *, parts: bool) -> Made:
        """What is new of a batch, for a store. It is made without the open file of the store, which another process cannot use."""
        alone = replace(self, store=Store(None))
        alone.__dict__.update(index=self.index, _contents={name: self._listing(name)}, _judges=self._judges)
        alone.of(name)
        if parts:
            alone.part(name)
        return {key: value for key, value in alone.store.values().items() if not key.startswith(_OWN)}

    def _keep(self, name: str, made: Made, *, parts: bool) -> bool:
        """Keeps what was made of a batch, if it was made of what is here; whether it was: the keys name all it depends on."""
        named = f"named:{self._own(name)}"
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
        own = self._own(name)
        if own not in self._matches:
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
        items = _items(named, loaded)
        result = _result(loaded, self.rules, name, latest_past(self.clock), _digest_of(items))
        if self._is_unchanged(name):
            self.store.put(key, msgspec.msgpack.encode(result))
            self.store.put(f"items:{key}", items.tobytes())
        return result

    def _items(self, name: str) -> Digests:
        """The items of the valid votes and of the plan of a batch: digests, sorted."""
        kept = self.store.get(f"items:{self.key(name)}")
        return _items(*self._load(name)) if kept is None else np.frombuffer(kept, dtype=np.uint64)

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
        if self._is_unchanged(name):
            self.store.put(key, msgspec.msgpack.encode(part))
        return part

    def _load(self, name: str) -> tuple[Digests, Loaded]:
        """The items that a batch names, and its labels; the last one is remembered, for several results are made of it."""
        if name not in self._last:
            self._last.clear()  # before the next one is read: two would be in memory
            files = tuple(batch_files(self.snapshot, self.rules.task, name))
            lines, named = self._lines.pop(name) if name in self._lines else self._read(name)
            pool = self.index.items(named, self.rules.schema, self.store)
            known = context_of(self.snapshot, self.rules, pool, self.clock, self._judge)
            self._last[name] = named, load_read(self.snapshot, self.rules, files, lines, known)
        return self._last[name]

    @cached_property
    def _last(self) -> dict[str, tuple[Digests, Loaded]]:
        return {}

    def key(self, name: str) -> str:
        """The key of a result: it differs where anything differs that the result depends on."""
        own = self._own(name)
        known = self._matches.get(own)
        if known is None:
            named = self._named(own, name)
            alike = _digest_of(named)  # a batch that names the same items as before needs no look at the pool
            known = self._matches.get(alike) or self.index.matching(named)
            self._matches.update({own: known, alike: known})
            if self._is_unchanged(name):
                if len(self._lasting) > _MOST_MATCHES + 4 * len(self.names):
                    self._lasting.clear()
                self._lasting.update({own: known, alike: known})
                self.store.put(self._matches_key, partial(msgspec.msgpack.encode, self._lasting))
        return f"batch:{own}:{known}"

    def _own(self, name: str) -> str:
        """A digest of all that a result depends on but the pool."""
        planned = (
            b"planned" if has_plan(self.snapshot, self.rules.task, name) else b""
        )  # also an empty folder of that name
        return digest_of_parts([self._common, name.encode(), planned, *self._contents.get(name, ())])

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

    @cached_property
    def groups(self) -> Sequence[tuple[str, ...]]:
        """Batches that share an item, directly or through others: all current votes of an item are in one group."""
        key = "groups:" + digest_of_parts(f"{name} {result.items}".encode() for name, result in self.all.items())
        return self.store.value(key, list[tuple[str, ...]], self._grouped)

    def _grouped(self) -> list[tuple[str, ...]]:
        names = list(self.all)
        items = [self._items(name) for name in names]
        digests = np.concatenate([np.empty(0, dtype=np.uint64), *items])
        batches = np.repeat(np.arange(len(items)), np.array([*map(len, items)], dtype=np.int64))
        # Neighbours in the order of (item, batch) with the same item are enough to join all batches that share one.
        order = np.argsort(digests, kind="stable")
        same = digests[order[1:]] == digests[order[:-1]]
        pairs = np.unique(np.column_stack([batches[order[:-1]], batches[order[1:]]])[same], axis=0)
        together = Joined[int]()
        for first, second in pairs.tolist():
            together.join(first, second)
        groups: dict[int, list[str]] = {}
        for number, name in enumerate(names):
            groups.setdefault(together.top(number), []).append(name)
        return [tuple(group) for group in groups.values()]

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

    def _is_unchanged(self, name: str) -> bool:
        """Whether what was read is still what was listed: another program may have written meanwhile."""
        shards = self.snapshot.contents(self.index.contents)
        return self._listing(name) == self._contents.get(name, []) and shards == self.index.contents

    def _named(self, own: str, name: str) -> Digests:
        """The items that a batch names."""
        key = f"named:{own}"
        if (kept := self.store.get(key)) is not None and len(kept) % 8 == 0:
            return np.frombuffer(kept, dtype=np.uint64)
        _, named = self._lines[name] = self._read(name)
        if self._is_unchanged(name):
            self.store.put(key, named.tobytes())
        return named

    def _read(self, name: str) -> tuple[LinesByFile, Digests]:
        lines = read_some(self.snapshot, batch_files(self.snapshot, self.rules.task, name))
        return lines, named_in(lines)

    @property
    def _judge(self) -> Judge:
        """A judge that knows the labels of the batches before, as long as they are not too many to keep."""
        if not self._judges or self._judges[0].labels > _MOST_LABELS:
            self._judges[:] = [Judge(self.rules.schema)]
        return self._judges[0]

    @cached_property
    def _judges(self) -> list[Judge]:
        return []

    @cached_property
    def _lines(self) -> dict[str, tuple[LinesByFile, Digests]]:
        """The lines of a batch and the items in them, which were read for its key, until its result is made."""
        return {}

    @cached_property
    def _matches(self) -> dict[str, str]:
        """What the pool has of the items that a batch names, by the batch's own digest."""
        return dict(self._lasting)

    @cached_property
    def _lasting(self) -> dict[str, str]:
        """What of it is kept: known while the pool is the same."""
        with suppress(msgspec.MsgspecError):
            return msgspec.msgpack.decode(self.store.get(self._matches_key) or b"\x80", type=dict[str, str])
        return {}

    @property
    def _matches_key(self) -> str:
        return f"matches:{self.index.digest}"

    def _listing(self, name: str) -> list[bytes]:
        """What is in the folder of a batch now."""
        return _listed(self.snapshot.contents(self.snapshot.under(f"labels/{self.rules.task}/{name}")))

    @cached_property
    def _contents(self) -> Mapping[str, list[bytes]]:
        """What is in the folder of each batch."""
        folder = f"labels/{self.rules.task}"
        found: dict[str, dict[str, str]] = {}
        for path, content in self.snapshot.contents(self.snapshot.under(folder)).items():
            found.setdefault(path[len(folder) + 1 :].partition("/")[0], {})[path] = content
        return {name: _listed(contents) for name, contents in found.items()}

    @cached_property
    def _common(self) -> bytes:
        """What all batches of the task are read with; the pictures of the pool, too, where boxes lie on them."""
        guideline, roster = self.rules.guideline, self.rules.roster
        stated = (
            (sorted(guideline.versions), ordered_changes(guideline)),
            (sorted(roster.annotators.items()), sorted(roster.broken), sorted(roster.same.items())),
        )
        media: list[bytes] = []
        if any(one.scale is Scale.BOXES for one in self.rules.schema.fields):
            media = _listed(self.snapshot.contents(self.snapshot.under(f"labels/items/{self.rules.pool}")))
        parts = (digest_of_code(), self.rules.pool, *map(repr, stated))
        texts = (part.encode(errors="surrogatepass") for part in parts)
        return digest_of_parts([state_of(self.rules.schema), *texts, *media]).encode()


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


def _digest_of(named: Digests) -> str:
    return digest_of_parts([named.tobytes()])


def _listed(contents: Mapping[str, str]) -> list[bytes]:
    return [f"{path} {content}".encode(errors="surrogateescape") for path, content in sorted(contents.items())]


def _replaces(other: Batch, batch: Batch) -> bool:
    return other.purpose is Purpose.RELABEL and age_key(other) > age_key(batch)


def _items(named: Digests, loaded: Loaded) -> Digests:
    """The items of the valid votes and of the plan of a batch that names `named`."""
    corpus = loaded.corpus
    codes = np.union1d(corpus.annotations.item, corpus.assignments.item).tolist()
    is_all = len(codes) == len(named)
    return named if is_all else np.unique(digests_of_ids(corpus.items.ids[code].encode() for code in codes))


def _result(loaded: Loaded, rules: Rules, name: str, latest: int | None, items: str) -> BatchResult:
    corpus, apart = loaded.corpus, (_LATE, _UNSETTLED)
    return BatchResult(
        findings=[one for one in loaded.findings if one.rule not in apart],
        records=loaded.report.records,
        valid=loaded.report.valid,
        batch=next((batch for batch in corpus.batches if batch.name == name), None),
        items=items,
        since=dict(since_of(corpus, rules)),
        tallies=tallies_of(corpus, rules),
        unsettled=[one for one in loaded.findings if one.rule == _UNSETTLED],
        late=[one for one in loaded.findings if one.rule == _LATE],
        latest=latest,
    )


def since_of(corpus: Corpus, rules: Rules) -> Iterator[tuple[str, str]]:
    """By field the earliest version under which one of the annotations has it, or had it before a migration."""
    made = guideline_versions(corpus)
    lost = lost_values(corpus, made, rules.schema.migrations)
    for name, column in corpus.annotations.fields.items():
        under = np.unique(made.codes[(column.codes >= 0) | lost[name]]).tolist()
        if under:
            yield name, min((made.values[code] for code in under), key=version_of)


def tallies_of(corpus: Corpus, rules: Rules) -> dict[str, KeptTally]:
    """The tallies of the current votes of closed and of open batches, by `state/field`; those without a unit are left out."""
    kept: dict[str, KeptTally] = {}
    for one in rules.schema.fields:
        for state, rows in zip(STATES, (corpus.annotations.current, corpus.annotations.open), strict=True):
            found = tally(corpus, one, rows)
            if len(found.patterns):
                kept[f"{state}/{one.name}"] = kept_tally(found)
    return kept
