"""`assay fmt`: label files in canonical form, with every record they have."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.changes import UnreadableError
from assay.changes.canonical import Refused, canonical_form, is_canonical
from assay.errors import UsageError
from assay.labels.paths import LabelFile, label_file, read_label_file, record_kind
from assay.project import Project
from assay.store.digest import digest_bytes
from assay.store.files import linked, write_all


@dataclass(frozen=True, slots=True, kw_only=True)
class Unformatted:
    """A file that is left as it is, the lines that hold it up, and how many more there are."""

    path: str
    faults: tuple[UnreadableError, ...]
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Formatted:
    """How many files were looked at, which of them were not canonical, and which cannot be read."""

    files: int
    changed: tuple[str, ...]
    refused: tuple[Unformatted, ...]


def format_labels(project: Project, paths: Sequence[Path], *, write: bool) -> Formatted:
    """Brings label files into canonical form: those at or below `paths`, or all of the project.

    A file with a line that cannot be read keeps every byte. The others are written all or none.

    Raises:
        LimitError: a file is larger than assay reads.
        UsageError: a path holds no label file, or the disk refuses.
    """
    files = tuple(_files(project.root, paths))
    changed: list[str] = []
    written: dict[str, bytes | None] = {}
    was: dict[str, str] = {}
    refused: list[Unformatted] = []
    for file in files:
        kind, data = record_kind(file), read_label_file(project.snapshot, file)
        if is_canonical(kind, data):
            continue
        form = canonical_form(kind, data)
        if isinstance(form, Refused):
            refused.append(Unformatted(path=file.path, faults=form.faults, more=form.more))
            continue
        changed.append(file.path)
        if write:
            written[file.path] = form()
            was[file.path] = digest_bytes(data)
    write_all(project.root, written, was=was)
    return Formatted(files=len(files), changed=tuple(changed), refused=tuple(refused))


def _files(root: Path, paths: Sequence[Path]) -> Iterator[LabelFile]:
    for path in dict.fromkeys(below for wanted in paths or [root / "labels"] for below in _below(root, wanted)):
        file = label_file(path)
        if file is not None:
            yield file


def _below(root: Path, wanted: Path) -> Iterator[str]:
    place = Path(os.path.normpath(wanted.absolute()))
    if not place.is_relative_to(root) or not place.exists():
        raise UsageError(f"{wanted} is not here", hint="name files or folders below labels/")
    if link := linked(root, place):
        raise UsageError(f"{link} is a symbolic link, and assay follows none", hint="name the file or folder itself")
    if place.is_file() and label_file(place.relative_to(root).as_posix()) is None:
        raise UsageError(
            f"{wanted} holds no records", hint="name a label file: labels/<task>/<batch>/<annotator>.jsonl"
        )
    found = sorted(place.rglob("*.jsonl")) if place.is_dir() else [place]
    yield from (one.relative_to(root).as_posix() for one in found if one.is_file() and not linked(root, one))
