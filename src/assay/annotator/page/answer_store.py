"""The annotator's file while the page is open, the outcomes of a save, and what may change meanwhile."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TypeAlias

from assay import labels
from assay.annotator.page.answer import AnswerFault
from assay.annotator.page.session_context import Progress, SessionContext, schema_digest
from assay.core import JsonObject
from assay.errors import ConfigError, UsageError
from assay.files import recover, writing
from assay.git import checked_out
from assay.guidelines import load_guideline, read_guideline
from assay.project import load_roster


class AnswerStore:
    """Reads the file again when it has changed on disk; one writer at a time, of all threads and processes.

    `over` adds the annotator's answers on other branches, which are written with the first answer. The cached state is one
    value, replaced at once, so that readers take no lock.

    Raises:
        AssayError: the file cannot be read.
    """

    def __init__(self, root: Path, path: str, over: Callable[[labels.OwnFile], labels.MergedFile]) -> None:
        self.root = root
        self._place = root / path
        self._over = over
        self._mine = Lock()
        with self.turn():
            labels.clear_unfinished(root, path)
            self._known = (_stamp(self._place), over(labels.read_own(root, path)).own)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The write lock, held until the block ends; an interrupted write of another command is completed first.

        Raises:
            UsageError: another process holds it, or the disk refuses.
        """
        try:
            with self._mine:
                recover(self.root)
                with writing(self.root):
                    yield
        except OSError as error:
            raise UsageError(
                f"{error.filename or self.root}: {error.strerror}", fix="free disk space, or get write permission there"
            ) from error

    def look(self) -> labels.OwnFile:
        """The current file; size and times show whether it has changed.

        Raises:
            AssayError: it cannot be read.
        """
        seen, own = self._known
        return own if seen and seen == _stamp(self._place) else self.read()

    def read(self) -> labels.OwnFile:
        """The current file; its bytes show whether it has changed.

        Raises:
            AssayError: it cannot be read.
        """
        seen, (_, known) = _stamp(self._place), self._known
        own = labels.reread_own(self.root, known)
        own = own if own is known else self._over(own).own
        self._known = (seen, own)
        return own

    def write(self, own: labels.OwnFile) -> labels.OwnFile:
        """Writes the file atomically; only within a `turn`.

        Raises:
            OSError: the disk refuses; the old file is kept.
        """
        written = labels.write_own(self.root, own)
        self._known = (_stamp(self._place), written)
        return written


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The answer is on disk: record and tag (None and empty where withdrawn), progress, `doubts` (probable slips)."""

    tag: str
    record: "JsonObject | None"
    progress: Progress
    feedback: "JsonObject | None"
    doubts: tuple[AnswerFault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulty:
    """The answer may not be saved as it is; nothing was changed."""

    faults: tuple[AnswerFault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedElsewhere:
    """The record on disk is not the one that the page had; nothing was changed."""

    tag: str
    record: "JsonObject | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherBranch:
    """Another branch is checked out than before; nothing was changed."""

    branch: str
    was: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """The answer is final."""


SaveOutcome: TypeAlias = Saved | Faulty | ChangedElsewhere | OtherBranch | Locked


class FreshnessCheck:
    """Checks before every save that branch, batch, guideline and schema have not changed under the page."""

    def __init__(self, context: SessionContext) -> None:
        self._context = context
        self._branch = context.branch
        self._front = b""
        self._version = ""
        self._assignment = context.assignment
        self._stamps = self._stamped()

    @property
    def shifted(self) -> OtherBranch | None:
        """The checked out branch, where it is not the one before."""
        branch = checked_out(self._context.project.root)
        return None if branch == self._branch else OtherBranch(branch=branch, was=self._branch)

    def accept(self, branch: str) -> OtherBranch | None:
        """Continues on another branch; where it is not the checked out one, returns that."""
        shifted = self.shifted
        if shifted is not None and shifted.branch != branch:
            return shifted
        self._branch = branch if shifted else self._branch
        return None

    def hold(self, item: str) -> None:
        """Requires that an item is still assigned to the annotator, with the data that the page shows.

        Raises:
            ConfigError, UsageError: it is not, or that cannot be read.
        """
        stamps = self._stamped()
        if stamps != self._stamps:
            self._assignment, self._stamps = self._current_assignment(), stamps
        assignment, shown = self._assignment, self._context.assignment.data[item]
        again = f"stop the page and start it again: assay annotate {assignment.task} {assignment.batch.name}"
        if assignment.batch.closed:
            raise ConfigError(
                f"{assignment.task}/{assignment.batch.name} has been closed",
                fix=f"`assay todo` shows what is open for you; {labels.reopening(assignment.task, assignment.batch.name)}",
            )
        if item not in assignment.data:
            raise ConfigError(f"item {item!r} is no longer assigned to {assignment.who}", fix=again)
        if assignment.data[item] != shown:
            raise ConfigError(f"item {item!r} has changed since the page was opened", fix=again)

    def version(self) -> str:
        """The guideline's version in the work tree now.

        Raises:
            ConfigError: the guideline cannot be read, or the schema has changed since the page was opened.
        """
        project, task = self._context.project, self._context.assignment.task
        if schema_digest(project, task) != self._context.schema_digest:
            raise ConfigError(
                f"schemas/{task}.yaml has changed since the page was opened",
                fix=f"stop the page and start it again: assay annotate {task} {self._context.assignment.batch.name}",
            )
        front = read_guideline(project, task).front
        if front != self._front:
            self._front, self._version = front, load_guideline(project, task).version
        return self._version

    def _current_assignment(self) -> labels.BatchAssignment:
        project, schema, assignment = self._context.project, self._context.schema, self._context.assignment
        stated = f"labels/{assignment.task}/{assignment.batch.name}/batch.yaml"
        if not (project.root / stated).is_file():
            raise ConfigError(f"{stated} is missing", fix="restore it (`git stash pop`), then try again")
        roster = load_roster(project)
        if not roster.knows(assignment.who):
            raise ConfigError(f"{assignment.who} is no longer in the roster", fix="ask the lead: `assay annotator add`")
        versions = load_guideline(project, assignment.task).versions
        return labels.load_assignment(project, schema, versions, roster, assignment.batch.name, assignment.who)

    def _stamped(self) -> tuple[tuple[int, ...], ...]:
        """A signature of the batch, its plan, the pool and the roster entry, without reading them."""
        root, assignment = self._context.project.root, self._context.assignment
        pool = root / "labels" / "items" / self._context.project.task(assignment.task).pool
        names = (labels.plan_path(assignment.task, assignment.batch.name), f"labels/annotators/{assignment.who}.yaml")
        beside = (root / assignment.path).with_name("batch.yaml")
        return tuple(map(_stamp, (beside, *(root / name for name in names), *sorted(pool.glob("*.jsonl")))))


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        status = os.lstat(path)
    except OSError:
        return ()
    return (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
