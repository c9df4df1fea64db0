"""Which file of `labels/` is what: task, batch and annotator stand in the path.

`lay_out` looks at a project; `label_file` and `record_kind` look at the path alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import PurePosixPath

from assay.core import RESERVED, Finding, Location, Where, finding, is_batch_name, is_name, legible
from assay.errors import LimitError, UsageError
from assay.files import fix_for_size
from assay.git import Snapshot
from assay.labels.records import (
    ADJUDICATION,
    ANNOTATION,
    ASSIGNMENT,
    GOLD,
    ITEM,
    RETURNED,
    SOURCE_ANNOTATOR,
    SOURCED_ANNOTATION,
    AnyKind,
)

RECORD_LIMIT = 1_000_000
_PLAIN = {"README.md"}
_MEDIA = "media"


class FileRole(Enum):
    """What a file of labels holds."""

    BATCH = auto()
    ASSIGNMENTS = auto()
    ANNOTATIONS = auto()
    ADJUDICATIONS = auto()
    RETURNED = auto()
    GOLD = auto()
    ITEMS = auto()
    SOURCE = auto()


_ENDINGS = {".adjudicated": FileRole.ADJUDICATIONS, ".returned": FileRole.RETURNED}


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFile:
    """A file below `labels/`. `who` is the annotator, `@source` where it was imported, or the shard of a pool."""

    path: str
    role: FileRole
    task: str = ""
    batch: str = ""
    who: str = ""

    @property
    def sourced(self) -> bool:
        """Whether it was imported."""
        return self.who.startswith("@")

    @property
    def where(self) -> Where:
        """What a finding in this file concerns."""
        own = "" if self.sourced or self.role is FileRole.ITEMS else self.who
        return Where(task=self.task, batch=self.batch, annotator=own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The files of a task in path order, its batches by name, and what does not belong there.

    `planned` are the batches with an `assignments.jsonl`, also where it is a link or a folder and so not among the files.
    """

    files: tuple[LabelFile, ...]
    batches: tuple[str, ...]
    findings: tuple[Finding, ...]
    planned: frozenset[str] = frozenset()

    def of(self, role: FileRole) -> tuple[LabelFile, ...]:
        """The files of one role."""
        return tuple(file for file in self.files if file.role is role)


def lay_out(snapshot: Snapshot, task: str, pool: str) -> Layout:
    """Every label file that concerns a task; folders that do not exist hold nothing."""
    found = [*_pool(snapshot, task, pool), *_task(snapshot, task)]
    files = sorted((one for one in found if isinstance(one, LabelFile)), key=lambda file: file.path)
    return Layout(
        files=tuple(files),
        batches=tuple(sorted({file.batch for file in files if file.role is FileRole.BATCH})),
        findings=tuple(dict.fromkeys(one for one in found if isinstance(one, Finding))),
        planned=planned_batches(one.path if isinstance(one, LabelFile) else one.at.path for one in found),
    )


def planned_batches(paths: Iterable[str]) -> frozenset[str]:
    """The batches of a task whose `assignments.jsonl` is, or is below, one of the paths."""
    parts = (path.split("/") for path in paths)
    return frozenset(part[2] for part in parts if len(part) > 3 and part[3] == "assignments.jsonl")


def read_label_file(snapshot: Snapshot, file: LabelFile) -> bytes:
    """The bytes of a label file.

    Raises:
        LimitError: it is larger than assay reads.
        UsageError: it may not be read.
    """
    try:
        return snapshot.read(file.path)
    except OSError as error:
        raise UsageError(f"{file.path}: {error.strerror}", fix="permit reading it, or put the file back") from error


def few_enough(file: LabelFile, data: bytes) -> bytes:
    """The bytes of a label file whose records are all to be held at once.

    Raises:
        LimitError: it has more lines than assay takes apart.
    """
    if (many := data.count(b"\n")) > RECORD_LIMIT:
        message = f"{file.path}: {many:,} lines, and assay reads files of up to {RECORD_LIMIT:,} records"
        raise LimitError(message, fix=fix_for_size(file.path))
    return data


def stray_folders(snapshot: Snapshot, tasks: Iterable[str]) -> tuple[Finding, ...]:
    """A finding for each folder of `labels/` that no task reads: its labels would be lost unseen."""
    known = {*tasks, *RESERVED}
    strays = (legible(name) for name in _names(snapshot, "labels") if name not in known)
    return tuple(
        finding("label/unknown-task", Location(path=f"labels/{name}"), f"the project has no task {name!r}")
        for name in strays
    )


def _pool(snapshot: Snapshot, task: str, pool: str) -> Iterator[LabelFile | Finding]:
    where = Where(task=task)
    folder = f"labels/items/{pool}"
    yield from _unusable(snapshot, folder, where)
    for name in _names(snapshot, folder):
        path = f"{folder}/{name}"
        if snapshot.link(path):
            yield _symlink(path, where)
        elif _is_shard(name) and snapshot.has(path):
            yield LabelFile(path=path, role=FileRole.ITEMS, task=task, who=name.removesuffix(".jsonl"))
        elif name != _MEDIA:
            yield _misnamed(path, "a shard of a pool is called <shard>.jsonl, in lower case", where)


def _task(snapshot: Snapshot, task: str) -> Iterator[LabelFile | Finding]:
    folder = f"labels/{task}"
    yield from _unusable(snapshot, folder, Where(task=task))
    for name in _names(snapshot, folder):
        path = f"{folder}/{name}"
        if snapshot.link(path):
            yield _symlink(path, Where(task=task))
        elif name == "gold" and snapshot.is_folder(path):
            yield from _gold(snapshot, task)
        elif is_batch_name(name) and snapshot.is_folder(path):
            if not snapshot.link(f"{path}/batch.yaml"):
                yield LabelFile(path=f"{path}/batch.yaml", role=FileRole.BATCH, task=task, batch=name)
            yield from _batch(snapshot, task, name)
        else:
            yield _misnamed(path, "only `gold` and batches (lower case, no dots) stand here", Where(task=task))


def _gold(snapshot: Snapshot, task: str) -> Iterator[LabelFile | Finding]:
    for name in _names(snapshot, f"labels/{task}/gold"):
        path = f"labels/{task}/gold/{name}"
        if snapshot.link(path):
            yield _symlink(path, Where(task=task))
        elif _is_shard(name.removeprefix("@")) and snapshot.has(path):
            yield LabelFile(path=path, role=FileRole.GOLD, task=task, who=name.removesuffix(".jsonl"))
        else:
            yield _misnamed(path, "gold is called <who>.jsonl or @<source>.jsonl, in lower case", Where(task=task))


def _batch(snapshot: Snapshot, task: str, batch: str) -> Iterator[LabelFile | Finding]:
    where = Where(task=task, batch=batch)
    for name in _names(snapshot, f"labels/{task}/{batch}"):
        path = f"labels/{task}/{batch}/{name}"
        role = role_in_batch(name)
        if snapshot.link(path):
            yield _symlink(path, where)
        elif role is None or not snapshot.has(path):
            yield _misnamed(path, "no annotator, source or part of a batch has this name", where)
        elif role is not FileRole.BATCH:
            who = "" if role is FileRole.ASSIGNMENTS else name.partition(".")[0]
            yield LabelFile(path=path, role=role, task=task, batch=batch, who=who)


def role_in_batch(name: str) -> FileRole | None:
    """What a file of that name is in a batch's folder; None where the name is no such file's."""
    special = {"batch.yaml": FileRole.BATCH, "assignments.jsonl": FileRole.ASSIGNMENTS}
    if name in special:
        return special[name]
    stem, _, suffix = name.rpartition(".")
    who, dot, ending = stem.partition(".")
    if suffix != "jsonl":
        return None
    if dot:
        return _ENDINGS.get(f".{ending}") if is_name(who) else None
    return FileRole.ANNOTATIONS if is_name(who.removeprefix("@")) else None


def _names(snapshot: Snapshot, folder: str) -> Iterator[str]:
    return (name for name in snapshot.names(folder) if name not in _PLAIN and not name.startswith("."))


def _is_shard(name: str) -> bool:
    return name.endswith(".jsonl") and is_name(_stem(name))


def _unusable(snapshot: Snapshot, folder: str, where: Where) -> Iterator[Finding]:
    if link := snapshot.link(folder):
        yield _symlink(link, where)
    elif snapshot.entry(folder) is not None:
        yield _misnamed(folder, "a file stands where a folder belongs", where)


def _symlink(path: str, where: Where) -> Finding:
    link = legible(path)
    return finding("label/symlink", Location(path=link), f"{link} is a symbolic link and is not followed", where=where)


def _misnamed(path: str, message: str, where: Where) -> Finding:
    name = legible(path)
    return finding("label/file-name", Location(path=name), f"{name.rpartition('/')[2]}: {message}", where=where)


_KINDS: dict[FileRole, AnyKind] = {
    FileRole.ASSIGNMENTS: ASSIGNMENT,
    FileRole.ADJUDICATIONS: ADJUDICATION,
    FileRole.RETURNED: RETURNED,
    FileRole.GOLD: GOLD,
    FileRole.ITEMS: ITEM,
    FileRole.SOURCE: SOURCE_ANNOTATOR,
}


def label_file(path: str) -> LabelFile | None:
    """The label file that stands at a path; None where no file of records stands there."""
    match PurePosixPath(path).parts:
        case ("labels", "sources", name) if _is_shard(name):
            return LabelFile(path=path, role=FileRole.SOURCE, who=f"@{_stem(name)}")
        case ("labels", "items", pool, name) if _is_shard(name) and is_name(pool):
            return LabelFile(path=path, role=FileRole.ITEMS, who=_stem(name))
        case ("labels", task, "gold", name) if _is_shard(name.removeprefix("@")):
            return LabelFile(path=path, role=FileRole.GOLD, task=task, who=_stem(name))
        case ("labels", task, batch, name) if is_batch_name(batch):
            return _in_batch(path, task, batch, name)
        case _:
            return None


def record_kind(file: LabelFile) -> AnyKind:
    """What a line of the file is."""
    if file.role is FileRole.ANNOTATIONS:
        return SOURCED_ANNOTATION if file.sourced else ANNOTATION
    return _KINDS[file.role]


def _in_batch(path: str, task: str, batch: str, name: str) -> LabelFile | None:
    role = role_in_batch(name)
    if role is None or role is FileRole.BATCH:
        return None
    who = "" if role is FileRole.ASSIGNMENTS else name.partition(".")[0]
    return LabelFile(path=path, role=role, task=task, batch=batch, who=who)


def _stem(name: str) -> str:
    return name.removesuffix(".jsonl")
