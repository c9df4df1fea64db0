"""What each file of `labels/` is: its path names task, batch and annotator.

`lay_out` looks at a project; `label_file` and `record_kind` look at the path alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import lru_cache

from assay.core import RESERVED, Finding, Location, Where, finding, is_batch_name, is_name, legible
from assay.errors import LimitError, UsageError
from assay.files import fix_for_size
from assay.git import EntryKind, Snapshot
from assay.labels import records

RECORD_LIMIT = 1_000_000
_PLAIN = {"README.md"}
_STORED = ".dvc"


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
    items, where = f"labels/items/{pool}", Where(task=task)
    message = "name a shard of a pool <shard>.jsonl, in lower case"
    found = [
        *_unusable(snapshot, items, where),
        *_within(snapshot.kinds(items), items, where, message, "media"),
        *_task(snapshot, task),
    ]
    files = sorted((entry for entry in found if isinstance(entry, LabelFile)), key=lambda file: file.path)
    return Layout(
        files=tuple(files),
        batches=tuple(sorted({file.batch for file in files if file.role is FileRole.BATCH})),
        findings=tuple(dict.fromkeys(entry for entry in found if isinstance(entry, Finding))),
        planned=planned_batches(entry.path if isinstance(entry, LabelFile) else entry.at.path for entry in found),
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
        raise UsageError(f"{file.path}: {error.strerror}", fix="allow reading it, or restore the file") from error


def few_enough(file: LabelFile, data: bytes) -> bytes:
    """The bytes of a label file whose records all fit in memory.

    Raises:
        LimitError: it has more lines than assay reads.
    """
    if len(data) > RECORD_LIMIT and (many := data.count(b"\n")) > RECORD_LIMIT:
        message = f"{file.path}: {many:,} lines, and assay reads files of up to {RECORD_LIMIT:,} records"
        raise LimitError(message, fix=fix_for_size(file.path))
    return data


def stray_folders(snapshot: Snapshot, tasks: Iterable[str]) -> tuple[Finding, ...]:
    """A finding for each folder of `labels/` that belongs to no task: its labels would be ignored."""
    known = {*tasks, *RESERVED}
    strays = (legible(name) for name, _ in _shown(snapshot.kinds("labels")) if name not in known)
    return tuple(
        finding("label/unknown-task", Location(path=f"labels/{name}"), f"the project has no task {name!r}")
        for name in strays
    )


def _task(snapshot: Snapshot, task: str) -> Iterator[LabelFile | Finding]:
    folder, where = f"labels/{task}", Where(task=task)
    yield from _unusable(snapshot, folder, where)
    for name, kind in _shown(snapshot.kinds(folder)):
        path = f"{folder}/{name}"
        if kind is EntryKind.LINK:
            yield _symlink(path, where)
        elif name == "gold" and kind is EntryKind.FOLDER:
            message = "name gold <who>.jsonl or @<source>.jsonl, in lower case"
            yield from _within(snapshot.kinds(path), path, where, message, "")
        elif is_batch_name(name) and kind is EntryKind.FOLDER:
            statement = f"{path}/batch.yaml"
            inside = snapshot.kinds(path)
            stated = inside.get("batch.yaml")
            if stated is not EntryKind.LINK:
                yield LabelFile(path=statement, role=FileRole.BATCH, task=task, batch=name)
            message = "not the name of an annotator, a source or a part of a batch"
            own = "batch.yaml" if stated is EntryKind.FILE else ""
            yield from _within(inside, path, Where(task=task, batch=name), message, own)
        elif name.endswith(_STORED) and kind is EntryKind.FILE and is_batch_name(batch := name.removesuffix(_STORED)):
            if snapshot.kinds(folder).get(batch) is not EntryKind.FOLDER:
                yield _absent(path, Where(task=task, batch=batch))
        else:
            yield _misnamed(path, "only `gold` and batches (lower case, no dots) belong here", where)


def _within(
    inside: Mapping[str, EntryKind], folder: str, where: Where, message: str, besides: str
) -> Iterator[LabelFile | Finding]:
    """The files of records in a folder; `besides` may be there, too."""
    for name, kind in _shown(inside):
        path = f"{folder}/{name}"
        if kind is EntryKind.LINK:
            yield _symlink(path, where)
        elif kind is EntryKind.FILE and (file := label_file(path)) is not None:
            yield file if file.task == where.task else replace(file, task=where.task)
        elif name != besides:
            yield _misnamed(path, message, where)


def role_in_batch(name: str) -> FileRole | None:
    """The role of a file name in a batch's folder; None if it has none."""
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


def _shown(inside: Mapping[str, EntryKind]) -> Iterator[tuple[str, EntryKind]]:
    return ((name, kind) for name, kind in inside.items() if name not in _PLAIN and not name.startswith("."))


def _is_shard(name: str) -> bool:
    return name.endswith(".jsonl") and is_name(_stem(name))


def _unusable(snapshot: Snapshot, folder: str, where: Where) -> Iterator[Finding]:
    if link := snapshot.link(folder):
        yield _symlink(link, where)
    elif snapshot.entry(folder) is not None:
        yield _misnamed(folder, "a file is where a folder belongs", where)


def _absent(path: str, where: Where) -> Finding:
    message = f"DVC keeps batch {where.batch}, and its files are not here"
    fix = f"`dvc pull {path}` fetches them; leave the file as it is"
    return finding("label/pointer", Location(path=path), message, fix=fix, where=where)


def _symlink(path: str, where: Where) -> Finding:
    link = legible(path)
    return finding("label/symlink", Location(path=link), f"{link} is a symbolic link and is not followed", where=where)


def _misnamed(path: str, message: str, where: Where) -> Finding:
    name = legible(path)
    return finding("label/file-name", Location(path=name), f"{name.rpartition('/')[2]}: {message}", where=where)


_KINDS: dict[FileRole, records.AnyKind] = {
    FileRole.ASSIGNMENTS: records.ASSIGNMENT,
    FileRole.ADJUDICATIONS: records.ADJUDICATION,
    FileRole.RETURNED: records.RETURNED,
    FileRole.GOLD: records.GOLD,
    FileRole.ITEMS: records.ITEM,
    FileRole.SOURCE: records.SOURCE_ANNOTATOR,
}


@lru_cache(maxsize=2**14)
def label_file(path: str) -> LabelFile | None:
    """The label file at a path; None if the path is not one of a file of records."""
    match path.split("/"):
        case ("labels", "sources", name) if _is_shard(name):
            return LabelFile(path=path, role=FileRole.SOURCE, who=f"@{_stem(name)}")
        case ("labels", "items", pool, name) if _is_shard(name) and is_name(pool):
            return LabelFile(path=path, role=FileRole.ITEMS, who=_stem(name))
        case ("labels", task, "gold", name) if _is_shard(name.removeprefix("@")):
            return LabelFile(path=path, role=FileRole.GOLD, task=task, who=_stem(name))
        case ("labels", task, batch, name) if is_batch_name(batch):
            role = role_in_batch(name)
            if role is None or role is FileRole.BATCH:
                return None
            who = "" if role is FileRole.ASSIGNMENTS else name.partition(".")[0]
            return LabelFile(path=path, role=role, task=task, batch=batch, who=who)
        case _:
            return None


def record_kind(file: LabelFile) -> records.AnyKind:
    """What a line of the file is."""
    if file.role is FileRole.ANNOTATIONS:
        return records.SOURCED_ANNOTATION if file.sourced else records.ANNOTATION
    return _KINDS[file.role]


def _stem(name: str) -> str:
    return name.removesuffix(".jsonl")
