"""Errors of the system that name the file they are about."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Has every error of the system in the block name `path`: one met through a descriptor names no file."""
    try:
        yield
    except OSError as error:
        error.filename = str(path)
        raise
