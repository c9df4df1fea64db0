"""An annotator's seat at a batch: everything that one person needs to label, and nothing of their peers."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import orjson

from assay.core import Batch, Finding, JsonObject, Purpose, Severity, same_value
from assay.errors import ConfigError, UsageError
from assay.git import Snapshot
from assay.labels.annotator_file import NOTHING_UNMERGED, OwnFile, Unmerged, own_path, read_own
from assay.labels.assignments import items_by_annotator, read_plan
from assay.labels.batches import read_batch
from assay.labels.items import Pool, read_pool
from assay.labels.paths import FileRole, LabelFile, Layout, lay_out, read_label_file
from assay.labels.reader import read_lines
from assay.labels.records import GOLD, RETURNED, Gold, Returned
from assay.labels.times import ABSENT, microseconds
from assay.project import Project, Roster, TaskSchema


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """An annotation sent back: the reviewer's words, and when (empty: not stated)."""

    item: str
    why: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """How far somebody is in a batch: for the page, the sheet, `todo`, `submit`, `team` and whoever closes it.

    `asked` are the items asked of them, in any order that says something, `answered` those with a record of theirs, and
    `returned` what was sent back to them and is not settled, answered or not.
    """

    asked: Collection[str]
    answered: Collection[str]
    returned: Mapping[str, Return] = field(default_factory=dict)

    @property
    def done(self) -> tuple[str, ...]:
        """The items asked that have an answer, also one that was sent back."""
        return tuple(item for item in self.asked if item in self.answered)

    @property
    def open(self) -> tuple[str, ...]:
        """The items asked that have no answer."""
        return tuple(item for item in self.asked if item not in self.answered)

    @property
    def sent_back(self) -> Mapping[str, Return]:
        """The answers that were sent back and are not settled; a return of an item without an answer waits as open."""
        return {item: sent for item, sent in self.returned.items() if item in self.answered}

    @property
    def left(self) -> tuple[str, ...]:
        """The items asked that wait: open, or sent back."""
        return tuple(item for item in self.asked if item not in self.answered or item in self.returned)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One annotator's part of a batch.

    `items` stand in the order in which this annotator meets them: shuffled, and the same every time. `data` is
    canonical JSON by item. `returned` are the annotations sent back and not yet answered. `gold` is there only in a
    batch that qualifies, with the expert's reasons in `whys`, `suggested` only where the batch names a model to suggest.
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
        """Where this annotator's file stands."""
        return own_path(self.task, self.batch.name, self.who)

    def workload(self, own: OwnFile) -> Workload:
        """How far this annotator is, by their file."""
        return workload(self.items, own, self.returned.values())


def load_batches(project: Project, task: str, versions: frozenset[str], roster: Roster) -> tuple[Batch, ...]:
    """The batches of a task, by name; one whose `batch.yaml` is broken is left out (`assay check` says why)."""
    layout = lay_out(project.snapshot, task, project.task(task).pool)
    read = (read_batch(project.snapshot, file, versions, roster)[0] for file in layout.of(FileRole.BATCH))
    return tuple(sorted((batch for batch in read if batch is not None), key=lambda batch: batch.name))


def load_seat(  # noqa: PLR0913 - what a seat is made of
    project: Project,
    schema: TaskSchema,
    versions: frozenset[str],
    roster: Roster,
    batch: str,
    who: str,
    *,
    unmerged: Unmerged = NOTHING_UNMERGED,
) -> Seat:
    """The seat of `who` at a batch; what stands on other branches of theirs answers what was sent back, too.

    Raises:
        ConfigError: the batch, its plan, the pool or a file that concerns this annotator cannot be read.
        UsageError: there is no such batch, or nothing in it is asked of `who`.
    """
    layout = lay_out(project.snapshot, schema.task, project.task(schema.task).pool)
    stated = _batch(project, layout, versions, roster, batch)
    pool, findings = read_pool(project.snapshot, layout.of(FileRole.ITEMS), schema)
    _hold(findings)
    items = _asked(project.snapshot, schema.task, batch, who, pool)
    mine = frozenset(items)
    own = unmerged.over(read_own(project.root, own_path(schema.task, batch, who)), mine).own
    gold = _gold(project.snapshot, layout, mine) if stated.purpose is Purpose.QUALIFY else ()
    return Seat(
        task=schema.task,
        batch=stated,
        who=who,
        items=tuple(sorted(items, key=lambda item: _shuffled(stated, who, item))),
        data={item: pool.data[pool.index[item]] for item in items},
        returned=open_returns(returns_to(project.snapshot, layout, batch, who), own),
        gold={record.item: dict(orjson.loads(bytes(record.label))) for record in gold},
        whys={record.item: record.why for record in gold if isinstance(record.why, str)},
        suggested=_suggested(project.root, schema.task, stated, mine),
    )


def returns_to(snapshot: Snapshot, layout: Layout, batch: str, who: str) -> tuple[Return, ...]:
    """What was sent back to an annotator in a batch, the latest word on each item."""
    files = (file for file in layout.of(FileRole.RETURNED) if file.batch == batch)
    records = [record for file in files for record in _returned(snapshot, file) if record.annotator == who]
    told = [Return(item=one.item, why=one.why, at=one.at if isinstance(one.at, str) else "") for one in records]
    by_time = sorted(told, key=lambda one: (ABSENT if (sent_at := microseconds(one.at)) is None else sent_at, one.item))
    return tuple({one.item: one for one in by_time}.values())


def workload(asked: Collection[str], own: OwnFile, returns: Iterable[Return]) -> Workload:
    """How far an annotator is, by their file, the items asked of them and what was sent back to them."""
    return Workload(asked=asked, answered=own.lines.keys(), returned=open_returns(returns, own))


def open_returns(returns: Iterable[Return], own: OwnFile) -> Mapping[str, Return]:
    """The returns that the annotator has not answered since; one without a time is open until `first` is kept."""
    return {one.item: one for one in returns if not is_settled(one, own.record(one.item))}


def is_settled(sent: Return, record: "JsonObject | None") -> bool:
    """Whether a record answers what was sent back: it was made later, or, where a time is missing, keeps a `first`."""
    if record is None:
        return False
    sent_at, made_at = microseconds(sent.at), microseconds(str(record.get("at", "")))
    return "first" in record if sent_at is None or made_at is None else made_at > sent_at


def moment_after(now: str, *before: str) -> str:
    """When an answer is made, as its record states it: now; where the clock of what it follows is ahead, after that.

    It follows what sent the item back, and the answer that stood before (`before`: when that was, empty: nothing).
    Otherwise what is answered at once, or by a slow clock, would stay open for good, or pass for the older answer. A time
    more than a day ahead is a fault of its own, and changes no clock.
    """
    made_at = microseconds(now)
    if made_at is None:
        return now
    times = (microseconds(moment) for moment in before)
    ahead = [time for time in times if time is not None and made_at <= time < made_at + _DAY]
    if not ahead:
        return now
    return datetime.fromtimestamp(max(ahead) // _SECOND + 1, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_record(seat: Seat, schema: TaskSchema, before: JsonObject, said: JsonObject, stamp: JsonObject) -> JsonObject:
    """The record of an answer: `said` is its `item` and, as far as stated, `label` or `skip`, `flags` and `note`.

    `before` is the record that it replaces (empty: none). What that says besides the answer stays, and its label where
    it is to be kept as the `first`. `stamp` holds `guideline`, `at` (now) and whatever else is noted of this answer.
    """
    sent = seat.returned.get(str(said["item"]))
    kept = {key: value for key, value in before.items() if key not in _ANSWER}
    at = moment_after(str(stamp["at"]), sent.at if sent else "", str(before.get("at", "")))
    record = {**kept, **said, **stamp, "at": at}
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


def _returned(snapshot: Snapshot, file: LabelFile) -> tuple[Returned, ...]:
    return tuple(read_lines(read_label_file(snapshot, file), RETURNED).records)


def _batch(project: Project, layout: Layout, versions: frozenset[str], roster: Roster, name: str) -> Batch:
    file = next((file for file in layout.of(FileRole.BATCH) if file.batch == name), None)
    if file is None:
        there = ", ".join(layout.batches)
        raise UsageError(
            f"there is no batch {name!r}",
            fix=f"batches here: {there}" if there else "a lead makes one: assay batch create",
        )
    batch, findings = read_batch(project.snapshot, file, versions, roster)
    if batch is None:
        _hold(findings)
        raise ConfigError(f"{file.path} cannot be used", fix="run `assay check --all`")
    return batch


def _hold(findings: tuple[Finding, ...]) -> None:
    fault = next((found for found in findings if found.severity is Severity.ERROR), None)
    if fault is not None:
        raise ConfigError(f"{fault.at} {fault.message}", fix=fault.fix)


def _asked(snapshot: Snapshot, task: str, batch: str, who: str, pool: Pool) -> tuple[str, ...]:
    items = tuple(sorted(items_by_annotator(read_plan(snapshot, task, batch)).get(who, ())))
    unknown = next((item for item in items if item not in pool.index), None)
    if unknown is not None:
        raise ConfigError(
            f"labels/{task}/{batch}/assignments.jsonl: item {unknown!r} is not in the pool", fix="run `assay check`"
        )
    if not items:
        raise UsageError(f"nothing in {task}/{batch} is asked of {who}", fix="`assay todo` shows what is yours")
    return items


def _shuffled(batch: Batch, who: str, item: str) -> bytes:
    return hashlib.blake2b(f"{batch.seed or 0}\n{batch.name}\n{who}\n{item}".encode(), digest_size=8).digest()


def _gold(snapshot: Snapshot, layout: Layout, items: frozenset[str]) -> tuple[Gold, ...]:
    files = layout.of(FileRole.GOLD)
    records = (record for file in files for record in read_lines(read_label_file(snapshot, file), GOLD).records)
    return tuple(record for record in records if record.item in items)


def _suggested(root: Path, task: str, batch: Batch, items: frozenset[str]) -> Mapping[str, JsonObject]:
    if not batch.prelabels:
        return {}
    model = read_own(root, own_path(task, batch.name, batch.prelabels))
    records = ((item, model.record(item) or {}) for item in model.lines if item in items)
    labels = ((item, record.get("label")) for item, record in records)
    return {item: label for item, label in labels if isinstance(label, dict)}


_ANSWER = frozenset({"label", "skip", "flags", "note"})
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
