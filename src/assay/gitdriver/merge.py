"""Git's merge driver for label files. It writes a whole result or nothing, so that git can fall back on its own merge."""

from pathlib import Path, PurePosixPath

from assay.changes import Clash, Side, UnreadableError, apply, decide
from assay.errors import UsageError
from assay.labels.paths import LabelFile, label_file, record_kind
from assay.store.files import read_bytes, write_bytes


def merge_files(base: Path, ours: Path, theirs: Path, path: str, clash: Clash) -> int:
    """Merges three states of the label file at `path` into `ours`; answers how many records are in conflict.

    Raises:
        UsageError: it is no label file, or one of the states cannot be merged by record; nothing was written.
        LimitError: one of them is larger than assay reads.
    """
    kind = record_kind(_file(path))
    try:
        states = [read_bytes(one) for one in (base, ours, theirs)]
        decisions = decide(kind, *states)
        merged = apply(kind, states[1], decisions, clash)
    except UnreadableError as error:
        raise UsageError(
            f"{path}: {error}", hint="git merges this file line by line; then run `assay check`"
        ) from error
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror}", hint="run the merge again") from error
    write_bytes(ours, merged)
    return sum(one.take is Side.BOTH for one in decisions)


def _file(path: str) -> LabelFile:
    """The label file at a path from the top of the repository, wherever the project stands in it."""
    parts = PurePosixPath(path).parts
    below = (label_file("/".join(parts[start:])) for start in range(len(parts)))
    file = next((one for one in below if one is not None), None)
    if file is None:
        raise UsageError(
            f"{path} is no label file", hint="name a file below labels/, or merge it with git's own driver"
        )
    return file
