"""One writer at a time: a lock that waits its turn, and is free at once when its holder dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assay.errors import UsageError
from assay.store.files import WORK, inside

_TRIES = 100
_PAUSE = 0.02


@contextmanager
def writing(root: Path) -> Iterator[None]:
    """Holds the lock that every command takes to write to a project; waits two seconds for it.

    Raises:
        UsageError: another process went on writing all the while.
    """
    folder = inside(root, WORK)
    folder.mkdir(exist_ok=True)
    with os.fdopen(
        os.open(folder / "lock", os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666), "wb"
    ) as file:
        if not any(_taken(file.fileno()) for _ in range(_TRIES)):
            raise UsageError("another assay command is writing to this project", hint="wait until it has ended")
        yield


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        time.sleep(_PAUSE)
        return False
    return True
