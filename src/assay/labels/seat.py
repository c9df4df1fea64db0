"""An annotator's seat at a batch: everything that one person needs to label, and nothing of their peers."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from assay.errors import ConfigError, UsageError
from assay.git.snapshot import Snapshot
from assay.labels.batches import read_batch
from assay.labels.envelope import GOLD, RETURNED, Gold, Returned
from assay.labels.items import Pool, read_pool
from assay.labels.layout import LabelFile, Layout, Role, lay_out, read_label_file
from assay.labels.lines import read_lines
from assay.labels.own import OwnFile, own_path, read_own
from assay.labels.plan import read_plan
from assay.labels.times import microseconds
from assay.labels.unmerged import NOTHING_UNMERGED, Unmerged
from assay.model.finding import Finding, Severity
from assay.model.json import JsonObject
from assay.model.project import Batch, Purpose
from assay.project.find import Project
from assay.project.roster import Roster
from assay.schemas import TaskSchema


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """An annotation sent back: the reviewer's words, and when (empty: not stated)."""

    item: str
    why: str
    at: str


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


def load_batches(project: Project, task: str, versions: frozenset[str], roster: Roster) -> tuple[Batch, ...]:
    """The batches of a task, by name; one whose `batch.yaml` is broken is left out (`assay check` says why)."""
    layout = lay_out(project.snapshot, task, project.task(task).pool)
    read = (read_batch(project.snapshot, file, versions, roster)[0] for file in layout.of(Role.BATCH))
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
    pool, findings = read_pool(project.snapshot, layout.of(Role.ITEMS), schema)
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
    files = (file for file in layout.of(Role.RETURNED) if file.batch == batch)
    records = [record for file in files for record in _returned(snapshot, file) if record.annotator == who]
    told = [Return(item=one.item, why=one.why, at=one.at if isinstance(one.at, str) else "") for one in records]
    return tuple({one.item: one for one in sorted(told, key=lambda one: (one.at, one.item))}.values())


def open_returns(returns: tuple[Return, ...], own: OwnFile) -> Mapping[str, Return]:
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


def _returned(snapshot: Snapshot, file: LabelFile) -> tuple[Returned, ...]:
    return tuple(read_lines(read_label_file(snapshot, file), RETURNED).records)


def _batch(project: Project, layout: Layout, versions: frozenset[str], roster: Roster, name: str) -> Batch:
    file = next((file for file in layout.of(Role.BATCH) if file.batch == name), None)
    if file is None:
        there = ", ".join(layout.batches)
        raise UsageError(
            f"there is no batch {name!r}",
            hint=f"batches here: {there}" if there else "a lead makes one: assay batch create",
        )
    batch, findings = read_batch(project.snapshot, file, versions, roster)
    if batch is None:
        _hold(findings)
        raise ConfigError(f"{file.path} cannot be used", hint="run `assay check --all`")
    return batch


def _hold(findings: tuple[Finding, ...]) -> None:
    fault = next((found for found in findings if found.severity is Severity.ERROR), None)
    if fault is not None:
        raise ConfigError(f"{fault.at} {fault.message}", hint=fault.hint)


def _asked(snapshot: Snapshot, task: str, batch: str, who: str, pool: Pool) -> tuple[str, ...]:
    plan = read_plan(snapshot, task, batch)
    items = tuple(item for item, asked in (plan or {}).items() if who in asked)
    unknown = next((item for item in items if item not in pool.index), None)
    if unknown is not None:
        raise ConfigError(
            f"labels/{task}/{batch}/assignments.jsonl: item {unknown!r} is not in the pool", hint="run `assay check`"
        )
    if not items:
        raise UsageError(f"nothing in {task}/{batch} is asked of {who}", hint="`assay todo` shows what is yours")
    return items


def _shuffled(batch: Batch, who: str, item: str) -> bytes:
    return hashlib.blake2b(f"{batch.seed or 0}\n{batch.name}\n{who}\n{item}".encode(), digest_size=8).digest()


def _gold(snapshot: Snapshot, layout: Layout, items: frozenset[str]) -> tuple[Gold, ...]:
    files = layout.of(Role.GOLD)
    records = (record for file in files for record in read_lines(read_label_file(snapshot, file), GOLD).records)
    return tuple(record for record in records if record.item in items)


def _suggested(root: Path, task: str, batch: Batch, items: frozenset[str]) -> Mapping[str, JsonObject]:
    if not batch.prelabels:
        return {}
    model = read_own(root, own_path(task, batch.name, batch.prelabels))
    records = ((item, model.record(item) or {}) for item in model.lines if item in items)
    labels = ((item, record.get("label")) for item, record in records)
    return {item: label for item, label in labels if isinstance(label, dict)}


_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
