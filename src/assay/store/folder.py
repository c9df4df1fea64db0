"""Folders that are there completely or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assay.store.files import sync_folder


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A scratch folder beside `target`, which takes its place when the block ends well and is gone when it does not.

    The files in it must have been flushed to disk, as `write_bytes` does.
    """
    clear_folder(target)
    scratch = _beside(target, "new")
    scratch.mkdir(parents=True)
    try:
        yield scratch
        scratch.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    sync_folder(target.parent)


def clear_folder(target: Path) -> None:
    """Removes a folder in one step, with what interrupted runs left beside it; nothing happens where it is absent."""
    if target.is_symlink() or target.is_file():
        target.unlink()
    elif target.exists():
        target.rename(_beside(target, "old"))
        sync_folder(target.parent)
    for leftover in target.parent.glob(f".{target.name}.tmp-*"):
        shutil.rmtree(leftover)


def _beside(target: Path, what: str) -> Path:
    return target.with_name(f".{target.name}.tmp-{what}{os.getpid()}")
