"""The labels of some batches of a task at one state of the project, read with no more of the pool than they name."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeAlias

import numpy as np

from assay.core import Batch
from assay.files import Store
from assay.git import EntryKind, Snapshot, TreeSnapshot
from assay.guidelines import Guideline, load_revision
from assay.labels.batches import read_batch
from assay.labels.checks import LabelContext
from assay.labels.corpus import Loaded, TaskFiles, lines_in, load_files
from assay.labels.items import Pool
from assay.labels.judge import Judge
from assay.labels.media import Gallery
from assay.labels.paths import FileRole, LabelFile, Layout, label_file, read_label_file
from assay.labels.pool_shards import Digests, PoolIndex, digests_of_ids
from assay.labels.reader import Lines
from assay.labels.times import latest_past
from assay.project import Project, Roster, TaskSchema

LinesByFile: TypeAlias = Mapping[LabelFile, Lines[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What labels are read with: schema, guideline and roster of one state of the project, and the task's pool."""

    task: str
    pool: str
    schema: TaskSchema
    guideline: Guideline
    roster: Roster


def rules_of(project: Project, task: str, roster: Roster) -> Rules:
    """The rules of a task.

    Raises:
        ConfigError: guideline or schema cannot be used.
    """
    revision = load_revision(project, task)
    return Rules(
        task=task,
        pool=project.tasks[task].pool,
        schema=revision.schema,
        guideline=revision.guideline,
        roster=roster,
    )


def state_of(schema: TaskSchema) -> bytes:
    """What depends on a schema and its migrations depends on this."""
    stated = (schema.label.schema, schema.fields, sorted(schema.flags), schema.swap, schema.migrations)
    return repr((schema.task, stated)).encode(errors="surrogatepass")


def pool_index(snapshot: Snapshot, pool: str, store: Store | None = None) -> PoolIndex:
    """The shards of a pool; what is known of them is kept in a store, by default that of the snapshot."""
    kinds = {f"labels/items/{pool}/{name}": kind for name, kind in snapshot.kinds(f"labels/items/{pool}").items()}
    shards = (path for path, kind in kinds.items() if kind is EntryKind.FILE and label_file(path) is not None)
    there = snapshot.contents(shards)
    return _index(snapshot, tuple(there.items()), store or snapshot.results)


@lru_cache(maxsize=4)
def _index(snapshot: Snapshot, contents: tuple[tuple[str, str], ...], store: Store) -> PoolIndex:
    return PoolIndex(snapshot, dict(contents), store)


def load_batch_labels(
    snapshot: Snapshot,
    rules: Rules,
    batches: Collection[str],
    *,
    gold: bool | Collection[str] = True,
    now: str | None = None,
) -> Loaded:
    """Votes, decisions and assignments of these batches, with the task's gold, and their findings, as reading the whole task gives them.

    Only whether a newer batch asks for an answer again that was sent back is seen in these batches alone. `gold` may name items: then
    only gold of those, and of those that the batches name, is read. `now` is as `load_corpus` takes it.
    """
    files = [] if gold is False else list(gold_files(snapshot, rules.task))
    for name in batches:
        files += batch_files(snapshot, rules.task, name)
    lines, index = read_some(snapshot, files), pool_index(snapshot, rules.pool)
    if not isinstance(gold, bool):
        own = (record.item for file, read in lines.items() if file.role is not FileRole.GOLD for record in read.records)
        wanted = {*gold, *own}
        lines = {file: _about(read, wanted) if file.role is FileRole.GOLD else read for file, read in lines.items()}
    return load_read(
        snapshot,
        rules,
        files,
        lines,
        context_of(snapshot, rules, index.items(named_in(lines), rules.schema), now),
    )


def read_some(snapshot: Snapshot, files: Iterable[LabelFile]) -> LinesByFile:
    """The lines of those of the files that are there.

    Raises:
        LimitError, UsageError: one is larger than assay reads, or may not be read.
    """
    several = [file for file in files if file.role is not FileRole.BATCH and snapshot.has(file.path)]
    if isinstance(snapshot, TreeSnapshot):  # in one request
        data = snapshot.read_all(file.path for file in several)
        return {file: lines_in(file, data[file.path]) for file in several}
    return {file: lines_in(file, read_label_file(snapshot, file)) for file in several}


def context_of(
    snapshot: Snapshot, rules: Rules, pool: Pool, now: str | None, judge: Judge | None = None
) -> LabelContext:
    """What labels are checked against; `judge` may know labels of other batches by these rules."""
    schema = rules.schema
    return LabelContext(
        pool=pool,
        judge=judge or Judge(schema),
        versions=rules.guideline.versions,
        roster=rules.roster,
        latest=latest_past(now),
        gallery=Gallery(snapshot, rules.pool, schema),
    )


def load_read(
    snapshot: Snapshot, rules: Rules, files: Collection[LabelFile], lines: LinesByFile, known: LabelContext
) -> Loaded:
    """The labels of files of a task, from their lines, with their findings."""
    versions = rules.guideline.versions
    # A missing batch.yaml is a finding of its batch, so it stays in the list.
    listed = (file for file in files if file in lines or file.role is FileRole.BATCH)
    there = tuple(sorted(listed, key=lambda file: file.path))
    batches = tuple(sorted({file.batch for file in there if file.batch}))
    shelf = TaskFiles(
        layout=Layout(
            files=there,
            batches=batches,
            findings=(),
            planned=frozenset(name for name in batches if has_plan(snapshot, rules.task, name)),
        ),
        read=lines.__getitem__,
        batch=lambda file: read_batch(snapshot, file, versions, rules.roster),
    )
    return load_files(shelf, known, rules.guideline)


def has_plan(snapshot: Snapshot, task: str, name: str) -> bool:
    """Whether a batch has an `assignments.jsonl`, also where that is a link or a folder."""
    return "assignments.jsonl" in snapshot.names(f"labels/{task}/{name}")


def _about(lines: Lines[Any], items: Collection[str]) -> Lines[Any]:
    """The lines about some items, and those that cannot be read."""
    rows = [row for row, record in enumerate(lines.records) if record.item in items]
    return replace(
        lines,
        records=[lines.records[row] for row in rows],
        numbers=[lines.numbers[row] for row in rows],
        raws={key: [column[row] for row in rows] for key, column in lines.raws.items()},
    )


def batch_files(snapshot: Snapshot, task: str, name: str) -> Iterator[LabelFile]:
    """The files of a batch, or of the task's gold."""
    folder, stated = f"labels/{task}/{name}", _batch_file(task, name)
    if name != "gold" and snapshot.is_folder(folder) and not snapshot.link(stated.path):
        yield stated
    yield from (file for path in snapshot.under(folder) if (file := label_file(path)) is not None)


def gold_files(snapshot: Snapshot, task: str) -> Iterator[LabelFile]:
    """The gold files of a task."""
    return batch_files(snapshot, task, "gold")


def batch_names(snapshot: Snapshot, task: str) -> tuple[str, ...]:
    """The batches of a task that have a `batch.yaml`."""
    folder = f"labels/{task}"
    return tuple(
        name for name in snapshot.names(folder) if name != "gold" and snapshot.has(f"{folder}/{name}/batch.yaml")
    )


def stated_batches(snapshot: Snapshot, rules: Rules) -> Mapping[str, Batch]:
    """The usable batches of a task, by name."""
    files = (_batch_file(rules.task, name) for name in batch_names(snapshot, rules.task))
    read = (read_batch(snapshot, file, rules.guideline.versions, rules.roster)[0] for file in files)
    return {batch.name: batch for batch in read if batch is not None}


def named_in(lines: LinesByFile) -> Digests:
    """The items that label files name, also in lines that cannot be read: digests, sorted and distinct."""
    named: set[str] = set()
    for read in lines.values():
        named.update(map(attrgetter("item"), read.records))
        named |= read.faults.items
    return np.unique(digests_of_ids(item.encode(errors="surrogatepass") for item in named))


def _batch_file(task: str, name: str) -> LabelFile:
    return LabelFile(path=f"labels/{task}/{name}/batch.yaml", role=FileRole.BATCH, task=task, batch=name)
