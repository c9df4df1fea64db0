"""Who is told which files a command writes: the paths below the root, before the first of them is touched."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """`before` is asked before files are written and may refuse; `there` is told of files that stand as they should."""

    before: Callable[[tuple[str, ...]], None]
    there: Callable[[tuple[str, ...]], None]


_WATCHER: ContextVar[Watcher | None] = ContextVar("_WATCHER", default=None)


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Has the watcher told of every file that is written in the block."""
    token = _WATCHER.set(watcher)
    try:
        yield
    finally:
        _WATCHER.reset(token)


def to_write(names: Iterable[str]) -> None:
    """Says which files are about to be written or removed.

    Raises:
        UsageError: the watcher will not have it, and nothing may be written.
    """
    if (watcher := _WATCHER.get()) is not None:
        watcher.before(tuple(names))


def stands(*names: str) -> None:
    """Says of files that they belong to what was asked and need no writing: they are there, just so."""
    if (watcher := _WATCHER.get()) is not None:
        watcher.there(names)
