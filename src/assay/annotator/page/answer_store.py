"""The annotator's file while the page is open, how a save ends, and what may change meanwhile."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TypeAlias

from assay.annotator.page.answer import AnswerFault
from assay.annotator.page.session_context import Progress, Sitting, schema_digest
from assay.core import JsonObject
from assay.errors import ConfigError, UsageError
from assay.files import recover, writing
from assay.git import checked_out
from assay.guidelines import load_guideline, read_guideline
from assay.labels import (
    OwnFile,
    Seat,
    Together,
    clear_unfinished,
    load_seat,
    plan_path,
    read_own,
    reopening,
    reread_own,
    write_own,
)
from assay.project import load_roster


class Drawer:
    """Reads the file anew when it has changed on disk; one writer at a time, of all threads and processes.

    `over` puts in what is the annotator's on other branches: it is read here, and written with the first answer. What is known of the file is one value, put in place at once: readers take no lock.

    Raises:
        AssayError: the file cannot be read.
    """

    def __init__(self, root: Path, path: str, over: Callable[[OwnFile], Together]) -> None:
        self.root = root
        self._over = over
        self._mine = Lock()
        self._path = path
        with self.turn():
            clear_unfinished(root, path)
            self._known = (self._signature(), over(read_own(root, path)).own)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The right to write, held until the block ends; an interrupted write of another command is finished first.

        Raises:
            UsageError: another process keeps it, or the disk refuses.
        """
        try:
            with self._mine:
                recover(self.root)
                with writing(self.root):
                    yield
        except OSError as error:
            raise UsageError(
                f"{error.filename or self.root}: {error.strerror}", fix="make room, or get leave to write there"
            ) from error

    def look(self) -> OwnFile:
        """The file as it is, told by its size and times whether it has changed.

        Raises:
            AssayError: it cannot be read.
        """
        seen, own = self._known
        return own if seen and seen == self._signature() else self.read()

    def read(self) -> OwnFile:
        """The file as it is, told by its bytes.

        Raises:
            AssayError: it cannot be read.
        """
        seen, (_, known) = self._signature(), self._known
        own = reread_own(self.root, known)
        own = own if own is known else self._over(own).own
        self._known = (seen, own)
        return own

    def write(self, own: OwnFile) -> OwnFile:
        """Puts the file on disk, whole; only within a `turn`.

        Raises:
            OSError: the disk refuses; the old file stands.
        """
        written = write_own(self.root, own)
        self._known = (self._signature(), written)
        return written

    def _signature(self) -> tuple[int, ...]:
        try:
            status = os.lstat(self.root / self._path)
        except FileNotFoundError:
            return ()
        return (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """It stands on disk: the record and its tag (None and empty where it was taken back), and how far one has come.

    `doubts` say of its marks what is probably a slip.
    """

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
    """The record on disk is not the one that was seen; nothing was changed."""

    tag: str
    record: "JsonObject | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherBranch:
    """Another branch is checked out than before; nothing was changed."""

    branch: str
    was: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """The answer stands for good."""


Outcome: TypeAlias = Saved | Faulty | ChangedElsewhere | OtherBranch | Locked


class Ground:
    """Looks down at every save."""

    def __init__(self, sitting: Sitting) -> None:
        self._sitting = sitting
        self._branch = sitting.branch
        self._front = b""
        self._version = ""
        self._seat = sitting.seat
        self._stamps = self._stamped()

    @property
    def shifted(self) -> OtherBranch | None:
        """The branch that is checked out, where it is not the one of before."""
        branch = checked_out(self._sitting.project.root)
        return None if branch == self._branch else OtherBranch(branch=branch, was=self._branch)

    def accept(self, branch: str) -> OtherBranch | None:
        """Goes on upon another branch; where it is not the one checked out, the answer names that."""
        shifted = self.shifted
        if shifted is not None and shifted.branch != branch:
            return shifted
        self._branch = branch if shifted else self._branch
        return None

    def hold(self, item: str) -> None:
        """Holds that the batch still asks the annotator for an item, with the data that the page shows.

        Raises:
            ConfigError, UsageError: it does not, or that cannot be read.
        """
        stamps = self._stamped()
        if stamps != self._stamps:
            self._seat, self._stamps = self._seat_now(), stamps
        seat, shown = self._seat, self._sitting.seat.data[item]
        again = f"stop the page and start it again: assay annotate {seat.task} {seat.batch.name}"
        if seat.batch.closed:
            raise ConfigError(
                f"{seat.task}/{seat.batch.name} has been closed",
                fix=f"`assay todo` shows what is open for you; {reopening(seat.task, seat.batch.name)}",
            )
        if item not in seat.data:
            raise ConfigError(f"item {item!r} is not asked of {seat.who} any more", fix=again)
        if seat.data[item] != shown:
            raise ConfigError(f"item {item!r} has changed since the page was opened", fix=again)

    def version(self) -> str:
        """The guideline's version in the work tree now.

        Raises:
            ConfigError: the guideline cannot be read, or the schema is another one than the page was made from.
        """
        project, task = self._sitting.project, self._sitting.seat.task
        if schema_digest(project, task) != self._sitting.schema_digest:
            raise ConfigError(
                f"schemas/{task}.yaml has changed since the page was opened",
                fix=f"stop the page and start it again: assay annotate {task} {self._sitting.seat.batch.name}",
            )
        front = read_guideline(project, task).front
        if front != self._front:
            self._version = load_guideline(project, task).version
            self._front = front
        return self._version

    def _seat_now(self) -> Seat:
        """The seat as the work tree has it now."""
        sitting, seat = self._sitting, self._sitting.seat
        stated = f"labels/{seat.task}/{seat.batch.name}/batch.yaml"
        if not (sitting.project.root / stated).is_file():
            raise ConfigError(f"{stated} is not there any more", fix="bring it back (`git stash pop`), then try again")
        roster = load_roster(sitting.project)
        if not roster.knows(seat.who):
            raise ConfigError(f"{seat.who} is not in the roster any more", fix="ask the lead: `assay annotator add`")
        versions = load_guideline(sitting.project, seat.task).versions
        return load_seat(sitting.project, sitting.schema, versions, roster, seat.batch.name, seat.who)

    def _stamped(self) -> tuple[tuple[int, ...], ...]:
        """What tells one state of the batch, its plan, the pool and the roster entry from another, without reading."""
        root, seat = self._sitting.project.root, self._sitting.seat
        pool = root / "labels" / "items" / self._sitting.project.task(seat.task).pool
        names = (plan_path(seat.task, seat.batch.name), f"labels/annotators/{seat.who}.yaml")
        beside = (root / seat.path).with_name("batch.yaml")
        return tuple(map(_stamp, (beside, *(root / name for name in names), *sorted(pool.glob("*.jsonl")))))


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        status = os.lstat(path)
    except OSError:
        return ()
    return (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
