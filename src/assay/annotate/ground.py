"""What may shift under an open page: the branch, the guideline, the schema, the batch and its items."""

import os
from pathlib import Path

from assay.annotate.outcome import OtherBranch
from assay.annotate.sitting import Sitting, schema_digest
from assay.errors import ConfigError
from assay.guidelines import load_guideline
from assay.guidelines.front_matter import read_guideline
from assay.labels.assignment import Seat, load_seat
from assay.labels.assignments import plan_path
from assay.labels.batches import reopening
from assay.project.roster import load_roster
from assay.store.head import checked_out


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
                hint=f"`assay todo` shows what is open for you; {reopening(seat.task, seat.batch.name)}",
            )
        if item not in seat.data:
            raise ConfigError(f"item {item!r} is not asked of {seat.who} any more", hint=again)
        if seat.data[item] != shown:
            raise ConfigError(f"item {item!r} has changed since the page was opened", hint=again)

    def version(self) -> str:
        """The guideline's version in the work tree now.

        Raises:
            ConfigError: the guideline cannot be read, or the schema is another one than the page was made from.
        """
        project, task = self._sitting.project, self._sitting.seat.task
        if schema_digest(project, task) != self._sitting.schema_digest:
            raise ConfigError(
                f"schemas/{task}.yaml has changed since the page was opened",
                hint=f"stop the page and start it again: assay annotate {task} {self._sitting.seat.batch.name}",
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
            raise ConfigError(f"{stated} is not there any more", hint="bring it back (`git stash pop`), then try again")
        roster = load_roster(sitting.project)
        if not roster.knows(seat.who):
            raise ConfigError(f"{seat.who} is not in the roster any more", hint="ask the lead: `assay annotator add`")
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
