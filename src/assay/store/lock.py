"""One writer at a time: a lock that waits its turn, and is free at once when its holder dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from assay.errors import UsageError

WORK = ".assay"
"""The folder of a project that is this clone's alone."""
_TRIES = 100
_PAUSE = 0.02
_HELD: ContextVar[frozenset[Path]] = ContextVar("_HELD", default=frozenset())


@contextmanager
def writing(root: Path) -> Iterator[None]:
    """Holds the lock that every command takes to write to a project; waits two seconds for it.

    Whoever holds it takes it again at once. A command that writes what it has read takes it before it reads.

    Raises:
        UsageError: another process or thread went on writing all the while, or the lock cannot be made.
    """
    place = root.resolve()
    if place in _HELD.get():
        yield
        return
    with os.fdopen(_opened(place), "wb") as file:
        if not any(_taken(file.fileno(), place) for _ in range(_TRIES)):
            raise UsageError(
                "another assay command is writing to this project", hint="wait until it has ended, then run this again"
            )
        before = _HELD.set(_HELD.get() | {place})
        try:
            yield
        finally:
            _HELD.reset(before)


def _opened(root: Path) -> int:
    try:
        (root / WORK).mkdir(exist_ok=True)
        folder = os.open(root / WORK, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            return os.open("lock", os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666, dir_fd=folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise no_work_folder(root / WORK / "lock", error) from error


def _taken(descriptor: int, root: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        time.sleep(_PAUSE)
        return False
    except OSError as error:
        raise no_work_folder(root / WORK / "lock", error) from error
    return True


def no_work_folder(place: Path, error: OSError) -> UsageError:
    """What to say where nothing can be made in the folder that is this clone's alone."""
    folder = place.parent
    name = ""
    if os.path.lexists(folder) and (folder.is_symlink() or not folder.is_dir()):
        name = WORK
    elif os.path.lexists(place) and (place.is_symlink() or not place.is_file()):
        name = f"{WORK}/{place.name}"
    way = f"put what is there aside: mv {name} {name}-old" if name else "make room, or get leave to write there"
    return UsageError(
        f"{place}: {error.strerror}, and nothing is written without it", hint=f"{way}; then run this again"
    )
