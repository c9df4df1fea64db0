"""One annotator's own file in a batch: read whole, changed record by record, written canonically."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import orjson

from assay.errors import ConfigError, UsageError
from assay.labels.canonical import RecordKind, dump_record
from assay.labels.envelope import ANNOTATION
from assay.labels.lines import read_lines
from assay.model.json import JsonObject
from assay.store.digest import digest_bytes
from assay.store.files import digest_here, inside, read_bytes, sync_folder, write_bytes
from assay.store.lock import writing


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFile:
    """The annotations of one file: canonical lines by item, and the digest of the bytes read (empty: no file)."""

    path: str
    lines: Mapping[str, bytes]
    digest: str

    @property
    def data(self) -> bytes:
        """The canonical bytes of the file."""
        return b"".join(b"%s\n" % self.lines[item] for item in sorted(self.lines))

    def record(self, item: str) -> "JsonObject | None":
        """The annotation of an item, None where there is none."""
        line = self.lines.get(item)
        return None if line is None else dict(orjson.loads(line))

    def tag(self, item: str) -> str:
        """What tells one state of an item's annotation from another; empty where there is none."""
        line = self.lines.get(item)
        return "" if line is None else digest_bytes(line)[:16]

    def with_record(self, item: str, record: "JsonObject | None") -> "OwnFile":
        """The file with the annotation of an item put in, replaced, or (None) taken out."""
        lines = {name: line for name, line in self.lines.items() if name != item}
        if record is not None:
            lines[item] = dump_record(RecordKind.ANNOTATION, record)
        return replace(self, lines=lines)


def own_path(task: str, batch: str, who: str) -> str:
    """Where an annotator's file of a batch stands, below the project's root."""
    return f"labels/{task}/{batch}/{who}.jsonl"


def read_own(root: Path, path: str) -> OwnFile:
    """The file at `path`; one that is not there has no annotations.

    Raises:
        ConfigError: a line of it cannot be read, or an item stands twice; nothing may be written over it.
        LimitError, UsageError: it is larger than assay reads, a symbolic link, or may not be read.
    """
    return reread_own(root, OwnFile(path=path, lines={}, digest=""))


def reread_own(root: Path, known: OwnFile) -> OwnFile:
    """The file as it is now: the value `known` where its bytes are still those.

    Raises:
        ConfigError, LimitError, UsageError: as `read_own`.
    """
    try:
        data = read_bytes(inside(root, known.path))
    except FileNotFoundError:
        return OwnFile(path=known.path, lines={}, digest="")
    except OSError as error:
        raise UsageError(f"{known.path}: {error.strerror}", hint="put a file that may be read in its place") from error
    digest = digest_bytes(data)
    return known if digest == known.digest else _own(known.path, data, digest)


def _own(path: str, data: bytes, digest: str) -> OwnFile:
    read = read_lines(data, ANNOTATION)
    lines = {record.item: ANNOTATION.encoder.encode(record) for record in read.records}
    if read.faults:
        fault = min(read.faults, key=lambda one: one.line)
        raise ConfigError(f"{path}:{fault.line} {fault.message}", hint=_MEND)
    if len(lines) < len(read.records):
        raise ConfigError(f"{path}: an item stands twice", hint=_MEND)
    return OwnFile(path=path, lines=lines, digest=digest)


def write_own(root: Path, file: OwnFile) -> OwnFile:
    """Writes the file canonically, whole or not at all; a file without annotations is removed.

    Returns:
        The file with the digest of what was written.

    Raises:
        UsageError: it is not the one that was read any more, or another process is writing here.
        OSError: the disk refuses; the old file stands.
    """
    place = inside(root, file.path)
    data = file.data
    with writing(root):
        if data:
            write_bytes(place, data, hold=partial(_hold_as_read, root, file))
        elif file.digest:
            _hold_as_read(root, file)
            place.unlink()
            sync_folder(place.parent)
    return replace(file, digest=digest_bytes(data) if data else "")


def _hold_as_read(root: Path, file: OwnFile) -> None:
    if digest_here(root, file.path) != file.digest:
        raise UsageError(f"{file.path} changed since it was read, and nothing was written", hint="try it again")


def clear_unfinished(root: Path, path: str) -> None:
    """Removes what a killed process left beside the file while it was writing; nobody else may be writing it now."""
    place = inside(root, path)
    for leftover in place.parent.glob(f".{place.name}.tmp*"):
        leftover.unlink(missing_ok=True)


_MEND = "run `assay check` and mend what it lists; nothing was changed"
