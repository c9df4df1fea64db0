"""One annotator's part of a batch: all they need to label, and nothing about their peers."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b

import numpy as np
import orjson

from assay.core import Batch, Finding, JsonObject, Purpose, Severity, same_value
from assay.errors import ConfigError, UsageError
from assay.git import Snapshot
from assay.labels.annotator_file import NOTHING_UNMERGED, OwnFile, Unmerged, own_path, read_own
from assay.labels.assignments import items_by_annotator, read_plan
from assay.labels.batch_files import pool_index
from assay.labels.batches import read_batch
from assay.labels.items import Pool
from assay.labels.paths import FileRole, Layout, lay_out, read_label_file
from assay.labels.pool_results import PoolResults
from assay.labels.pool_shards import PoolIndex, digests_of_ids
from assay.labels.reader import read_lines
from assay.labels.records import GOLD, RETURNED
from assay.labels.times import ABSENT, microseconds
from assay.project import Project, Roster, TaskSchema

_ANSWER = frozenset({"label", "skip", "flags", "note"})
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """An annotation sent back: the reviewer's comment, and when (empty: not stated)."""

    item: str
    why: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """An annotator's progress in a batch: for the page, the sheet, `todo`, `submit`, `team` and closing the batch.

    `asked` are the items assigned to them, in order, `answered` those with a record of theirs, and `returned` what was
    sent back to them and is not settled, answered or not.
    """

    asked: Collection[str]
    answered: Collection[str]
    returned: Mapping[str, Return] = field(default_factory=dict)

    @property
    def done(self) -> tuple[str, ...]:
        """The assigned items that have an answer, also one that was sent back."""
        return tuple(item for item in self.asked if item in self.answered)

    @property
    def open(self) -> tuple[str, ...]:
        """The assigned items that have no answer."""
        return tuple(item for item in self.asked if item not in self.answered)

    @property
    def sent_back(self) -> Mapping[str, Return]:
        """The answers that were sent back and are not settled; an item without an answer is open instead."""
        return {item: sent for item, sent in self.returned.items() if item in self.answered}

    @property
    def left(self) -> tuple[str, ...]:
        """The assigned items that are open or sent back."""
        return tuple(item for item in self.asked if item not in self.answered or item in self.returned)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAssignment:
    """One annotator's part of a batch.

    `items` are in this annotator's order: shuffled, and the same every time. `data` is canonical JSON by item. `returned`
    are the annotations sent back and not yet answered. `gold`, with the expert's reasons in `whys`, is set only in a
    qualification batch, `suggested` only where the batch names a model for suggestions.
    """

    task: str
    batch: Batch
    who: str
    items: tuple[str, ...]
    data: Mapping[str, bytes]
    returned: Mapping[str, Return]
    gold: Mapping[str, JsonObject]
    whys: Mapping[str, str]
    suggested: Mapping[str, JsonObject]

    @property
    def path(self) -> str:
        """The path of this annotator's file."""
        return own_path(self.task, self.batch.name, self.who)

    def workload(self, own: OwnFile) -> Workload:
        """The progress of this annotator, by their file."""
        return workload(self.items, own, self.returned.values())


def load_batches(project: Project, task: str, versions: frozenset[str], roster: Roster) -> tuple[Batch, ...]:
    """The batches of a task, by name; one whose `batch.yaml` is broken is left out (`assay check` says why)."""
    layout = lay_out(project.snapshot, task, project.task(task).pool)
    read = (read_batch(project.snapshot, file, versions, roster)[0] for file in layout.of(FileRole.BATCH))
    return tuple(sorted((batch for batch in read if batch is not None), key=lambda batch: batch.name))


def load_assignment(  # noqa: PLR0913 - the parts of an assignment
    project: Project,
    schema: TaskSchema,
    versions: frozenset[str],
    roster: Roster,
    batch: str,
    who: str,
    *,
    unmerged: Unmerged = NOTHING_UNMERGED,
) -> BatchAssignment:
    """The part of `who` in a batch; answers on their other branches settle returns, too.

    Raises:
        ConfigError: the batch, its plan, the pool or a file that concerns this annotator cannot be read.
        UsageError: the batch does not exist, or assigns nothing to `who`.
    """
    layout = lay_out(project.snapshot, schema.task, project.task(schema.task).pool)
    stated = _batch(project, layout, versions, roster, batch)
    index = pool_index(project.snapshot, project.task(schema.task).pool)
    _require_sound(PoolResults(project.snapshot, project.task(schema.task).pool, schema, layout, index).errors)
    project.snapshot.results.save()
    items, pool = _asked(project.snapshot, schema, batch, who, index)
    mine = frozenset(items)
    own = unmerged.over(read_own(project.root, own_path(schema.task, batch, who)), mine).own
    gold = [
        record
        for file in (layout.of(FileRole.GOLD) if stated.purpose is Purpose.QUALIFY else ())
        for record in read_lines(read_label_file(project.snapshot, file), GOLD).records
        if record.item in mine
    ]
    suggested: dict[str, JsonObject] = {}
    if stated.prelabels:
        model = read_own(project.root, own_path(schema.task, batch, stated.prelabels))
        labels = ((item, (model.record(item) or {}).get("label")) for item in model.lines if item in mine)
        suggested = {item: label for item, label in labels if isinstance(label, dict)}
    shuffle = f"{stated.seed or 0}\n{batch}\n{who}\n"
    return BatchAssignment(
        task=schema.task,
        batch=stated,
        who=who,
        items=tuple(sorted(items, key=lambda item: blake2b(f"{shuffle}{item}".encode(), digest_size=8).digest())),
        data={item: pool.data[pool.index[item]] for item in items},
        returned=open_returns(returns_to(project.snapshot, layout, batch, who), own),
        gold={record.item: dict(orjson.loads(bytes(record.label))) for record in gold},
        whys={record.item: record.why for record in gold if isinstance(record.why, str)},
        suggested=suggested,
    )


def returns_to(snapshot: Snapshot, layout: Layout, batch: str, who: str) -> tuple[Return, ...]:
    """What was sent back to an annotator in a batch, the latest return of each item."""
    files = (file for file in layout.of(FileRole.RETURNED) if file.batch == batch)
    records = (record for file in files for record in read_lines(read_label_file(snapshot, file), RETURNED).records)
    returns = [
        Return(item=record.item, why=record.why, at=record.at if isinstance(record.at, str) else "")
        for record in records
        if record.annotator == who
    ]
    by_time = sorted(
        returns, key=lambda sent: (ABSENT if (sent_at := microseconds(sent.at)) is None else sent_at, sent.item)
    )
    return tuple({sent.item: sent for sent in by_time}.values())


def workload(asked: Collection[str], own: OwnFile, returns: Iterable[Return]) -> Workload:
    """The progress of an annotator, by their file, the items assigned to them and what was sent back to them."""
    return Workload(asked=asked, answered=own.lines.keys(), returned=open_returns(returns, own))


def open_returns(returns: Iterable[Return], own: OwnFile) -> Mapping[str, Return]:
    """The returns that the annotator has not answered since; one without a time is open until `first` is kept."""
    return {sent.item: sent for sent in returns if not is_settled(sent, own.record(sent.item))}


def is_settled(sent: Return, record: "JsonObject | None") -> bool:
    """Whether a record answers what was sent back: it was made later, or, where a time is missing, keeps a `first`."""
    if record is None:
        return False
    sent_at, made_at = microseconds(sent.at), microseconds(str(record.get("at", "")))
    return "first" in record if sent_at is None or made_at is None else made_at > sent_at


def moment_after(now: str, *before: str) -> str:
    """The time of an answer, as its record states it: now, or just after the latest of `before` that is ahead of now.

    `before` are the times of the return and of the answer that it replaces (empty: none). Without this an answer given at
    once, or by a slow clock, would stay open for good, or seem to be the older one. A time more than a day ahead is a fault
    of its own and is ignored.
    """
    made_at = microseconds(now)
    if made_at is None:
        return now
    times = (microseconds(moment) for moment in before)
    ahead = [time for time in times if time is not None and made_at <= time < made_at + _DAY]
    if not ahead:
        return now
    return datetime.fromtimestamp(max(ahead) // _SECOND + 1, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_record(
    assignment: BatchAssignment, schema: TaskSchema, before: JsonObject, answer: JsonObject, stamp: JsonObject
) -> JsonObject:
    """The record of an answer: `answer` has its `item` and, if stated, `label` or `skip`, `flags` and `note`.

    `before` is the record that it replaces (empty: none): its keys besides the answer stay, and its label where it is to be
    kept as the `first`. `stamp` has `guideline`, `at` (now) and other metadata of this answer.
    """
    sent = assignment.returned.get(str(answer["item"]))
    kept = {key: value for key, value in before.items() if key not in _ANSWER}
    at = moment_after(str(stamp["at"]), sent.at if sent else "", str(before.get("at", "")))
    record = {**kept, **answer, **stamp, "at": at}
    if sent is not None and keeps_first(sent, before, record, schema):
        record["first"] = before["label"]
    return record


def keeps_first(sent: Return, before: JsonObject, after: JsonObject, schema: TaskSchema) -> bool:
    """Whether the label that was sent back is kept: it is changed, or only keeping it answers a return without a time.

    A record keeps one `first`, the oldest, and none that the schema does not admit.
    """
    if "first" in before or not schema.admits(before.get("label")):
        return False
    return not sent.at or "label" not in after or not same_value(before["label"], after["label"])


def _batch(project: Project, layout: Layout, versions: frozenset[str], roster: Roster, name: str) -> Batch:
    file = next((file for file in layout.of(FileRole.BATCH) if file.batch == name), None)
    if file is None:
        there = ", ".join(layout.batches)
        raise UsageError(
            f"unknown batch {name!r}",
            fix=f"batches here: {there}" if there else "ask a lead to create one: `assay batch create`",
        )
    batch, findings = read_batch(project.snapshot, file, versions, roster)
    if batch is None:
        _require_sound(findings)
        raise ConfigError(f"{file.path} cannot be used", fix="run `assay check --all`")
    return batch


def _require_sound(findings: Iterable[Finding]) -> None:
    fault = next((found for found in findings if found.severity is Severity.ERROR), None)
    if fault is not None:
        raise ConfigError(f"{fault.at} {fault.message}", fix=fault.fix)


def _asked(
    snapshot: Snapshot, schema: TaskSchema, batch: str, who: str, index: PoolIndex
) -> tuple[tuple[str, ...], Pool]:
    """The items that are assigned to an annotator, and what the pool has of them."""
    task = schema.task
    items = tuple(sorted(items_by_annotator(read_plan(snapshot, task, batch)).get(who, ())))
    pool = index.items(np.unique(digests_of_ids(item.encode(errors="surrogatepass") for item in items)), schema)
    unknown = next((item for item in items if item not in pool.index), None)
    if unknown is not None:
        raise ConfigError(
            f"labels/{task}/{batch}/assignments.jsonl: item {unknown!r} is not in the pool", fix="run `assay check`"
        )
    if not items:
        raise UsageError(f"{task}/{batch} assigns nothing to {who}", fix="`assay todo` lists your batches")
    return items, pool
