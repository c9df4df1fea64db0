"""Which files are somebody's own votes, and what stands in them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from assay.labels.annotator_file import OwnFile, lines_of, own_path
from assay.labels.reader import read_lines
from assay.labels.records import ANNOTATION, Annotation
from assay.model.names import is_batch_name, is_name, is_task_name
from assay.store.digest import digest_bytes
from assay.store.files import inside, read_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Somebody's part of a batch, by its names."""

    task: str
    batch: str
    who: str

    @property
    def path(self) -> str:
        """The file of their votes, below the project's root."""
        return own_path(self.task, self.batch, self.who)

    @property
    def name(self) -> str:
        """`task/batch`."""
        return f"{self.task}/{self.batch}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Votes:
    """The readable records of a file of votes, and how many faults the rest has."""

    own: OwnFile
    records: tuple[Annotation, ...]
    faults: int


def part_of(path: str) -> Part | None:
    """Whose votes on which batch a path holds; None where it is no such file."""
    folders, _, name = path.rpartition("/")
    labels, task, batch = (*folders.split("/"), "", "", "")[:3]
    who = name.removesuffix(".jsonl")
    sound = is_task_name(task) and is_batch_name(batch) and is_name(who) and folders.count("/") == 2
    if labels != "labels" or not sound or who in {name, "assignments"}:
        return None
    return Part(task=task, batch=batch, who=who)


def parts_among(paths: Iterable[str], who: str) -> tuple[Part, ...]:
    """The parts of one annotator whose files are among the paths, sorted."""
    parts = (part for path in sorted(paths) if (part := part_of(path)) is not None)
    return tuple(part for part in parts if part.who == who)


def read_votes(root: Path, part: Part) -> Votes:
    """The votes in the work tree; a file that is not there holds none.

    Raises:
        LimitError, UsageError: the file is larger than assay reads, or a symbolic link.
    """
    try:
        return parse_votes(read_bytes(inside(root, part.path)), part)
    except FileNotFoundError:
        return parse_votes(b"", part)


def parse_votes(data: bytes, part: Part) -> Votes:
    """The same from the bytes of a file, wherever they were read; what cannot be read is counted and left out."""
    read = read_lines(data, ANNOTATION)
    own = OwnFile(path=part.path, lines=lines_of(read.records), digest=digest_bytes(data) if data else "")
    return Votes(own=own, records=tuple(read.records), faults=len(read.faults))
