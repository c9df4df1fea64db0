"""Which file of `labels/` is what: task, batch and annotator stand in the path."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from assay.errors import UsageError
from assay.model.catalogue import Where, finding
from assay.model.finding import Finding, Location
from assay.model.names import RESERVED, is_batch_name, is_name, legible
from assay.store.files import linked, read_bytes

_PLAIN = {"README.md"}
_MEDIA = "media"


class Role(Enum):
    """What a file of labels holds."""

    BATCH = auto()
    ASSIGNMENTS = auto()
    ANNOTATIONS = auto()
    ADJUDICATIONS = auto()
    RETURNED = auto()
    GOLD = auto()
    ITEMS = auto()
    SOURCE = auto()


_ENDINGS = {".adjudicated": Role.ADJUDICATIONS, ".returned": Role.RETURNED}


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFile:
    """A file below `labels/`. `who` is the annotator, `@source` where it was imported, or the shard of a pool."""

    path: str
    role: Role
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
        own = "" if self.sourced or self.role is Role.ITEMS else self.who
        return Where(task=self.task, batch=self.batch, annotator=own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The files of a task in path order, its batches by name, and what does not belong there."""

    files: tuple[LabelFile, ...]
    batches: tuple[str, ...]
    findings: tuple[Finding, ...]

    def of(self, role: Role) -> tuple[LabelFile, ...]:
        """The files of one role."""
        return tuple(file for file in self.files if file.role is role)


def lay_out(root: Path, task: str, pool: str) -> Layout:
    """Every label file that concerns a task; folders that do not exist hold nothing."""
    found = [*_pool(root, task, pool), *_task(root, task)]
    files = sorted((one for one in found if isinstance(one, LabelFile)), key=lambda file: file.path)
    return Layout(
        files=tuple(files),
        batches=tuple(sorted({file.batch for file in files if file.role is Role.BATCH})),
        findings=tuple(dict.fromkeys(one for one in found if isinstance(one, Finding))),
    )


def read_label_file(root: Path, file: LabelFile) -> bytes:
    """The bytes of a label file.

    Raises:
        LimitError: it is larger than assay reads.
        UsageError: it may not be read.
    """
    try:
        return read_bytes(root / file.path)
    except OSError as error:
        raise UsageError(f"{file.path}: {error.strerror}", hint="permit reading it, or put the file back") from error


def stray_folders(root: Path, tasks: Iterable[str]) -> tuple[Finding, ...]:
    """A finding for each folder of `labels/` that no task reads: its labels would be lost unseen."""
    known = {*tasks, *RESERVED}
    strays = (legible(entry.name) for entry in _entries(root, root / "labels") if entry.name not in known)
    return tuple(
        finding("label/unknown-task", Location(path=f"labels/{name}"), f"the project has no task {name!r}")
        for name in strays
    )


def _pool(root: Path, task: str, pool: str) -> Iterator[LabelFile | Finding]:
    where = Where(task=task)
    folder = root / "labels" / "items" / pool
    yield from _unusable(root, folder, where)
    for entry in _entries(root, folder):
        path = entry.relative_to(root).as_posix()
        if entry.is_symlink():
            yield _symlink(path, where)
        elif entry.suffix == ".jsonl" and is_name(entry.stem) and entry.is_file():
            yield LabelFile(path=path, role=Role.ITEMS, task=task, who=entry.stem)
        elif entry.name != _MEDIA:
            yield _misnamed(path, "a shard of a pool is called <shard>.jsonl, in lower case", where)


def _task(root: Path, task: str) -> Iterator[LabelFile | Finding]:
    folder = root / "labels" / task
    yield from _unusable(root, folder, Where(task=task))
    for entry in _entries(root, folder):
        path = entry.relative_to(root).as_posix()
        if entry.is_symlink():
            yield _symlink(path, Where(task=task))
        elif entry.is_dir() and entry.name == "gold":
            yield from _gold(root, entry, task)
        elif entry.is_dir() and is_batch_name(entry.name):
            if not (entry / "batch.yaml").is_symlink():
                yield LabelFile(path=f"{path}/batch.yaml", role=Role.BATCH, task=task, batch=entry.name)
            yield from _batch(root, entry, task)
        else:
            yield _misnamed(path, "only `gold` and batches (lower case, no dots) stand here", Where(task=task))


def _gold(root: Path, folder: Path, task: str) -> Iterator[LabelFile | Finding]:
    for entry in _entries(root, folder):
        path = entry.relative_to(root).as_posix()
        if entry.is_symlink():
            yield _symlink(path, Where(task=task))
        elif entry.suffix == ".jsonl" and is_name(entry.stem.removeprefix("@")) and entry.is_file():
            yield LabelFile(path=path, role=Role.GOLD, task=task, who=entry.stem)
        else:
            yield _misnamed(path, "gold is called <who>.jsonl or @<source>.jsonl, in lower case", Where(task=task))


def _batch(root: Path, folder: Path, task: str) -> Iterator[LabelFile | Finding]:
    where = Where(task=task, batch=folder.name)
    for entry in _entries(root, folder):
        path = entry.relative_to(root).as_posix()
        role = role_in_batch(entry.name)
        if entry.is_symlink():
            yield _symlink(path, where)
        elif role is None or not entry.is_file():
            yield _misnamed(path, "no annotator, source or part of a batch has this name", where)
        elif role is not Role.BATCH:
            who = "" if role is Role.ASSIGNMENTS else entry.name.partition(".")[0]
            yield LabelFile(path=path, role=role, task=task, batch=folder.name, who=who)


def role_in_batch(name: str) -> Role | None:
    """What a file of that name is in a batch's folder; None where the name is no such file's."""
    special = {"batch.yaml": Role.BATCH, "assignments.jsonl": Role.ASSIGNMENTS}
    if name in special:
        return special[name]
    stem, _, suffix = name.rpartition(".")
    who, dot, ending = stem.partition(".")
    if suffix != "jsonl":
        return None
    if dot:
        return _ENDINGS.get(f".{ending}") if is_name(who) else None
    return Role.ANNOTATIONS if is_name(who.removeprefix("@")) else None


def _entries(root: Path, folder: Path) -> Iterator[Path]:
    if linked(root, folder) or not folder.is_dir():
        return iter(())
    shown = (entry for entry in folder.iterdir() if entry.name not in _PLAIN and not entry.name.startswith("."))
    return iter(sorted(shown))


def _unusable(root: Path, folder: Path, where: Where) -> Iterator[Finding]:
    if link := linked(root, folder):
        yield _symlink(link, where)
    elif folder.is_file():
        yield _misnamed(folder.relative_to(root).as_posix(), "a file stands where a folder belongs", where)


def _symlink(path: str, where: Where) -> Finding:
    link = legible(path)
    return finding("label/symlink", Location(path=link), f"{link} is a symbolic link and is not followed", where=where)


def _misnamed(path: str, message: str, where: Where) -> Finding:
    name = legible(path)
    return finding("label/file-name", Location(path=name), f"{name.rpartition('/')[2]}: {message}", where=where)
