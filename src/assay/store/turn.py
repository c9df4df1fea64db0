"""One at a time: what commits, changes branches or sends from a clone. Free at once when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assay.errors import UsageError
from assay.store.files import WORK, inside
from assay.store.lock import no_work_folder


@contextmanager
def taking_turn(root: Path) -> Iterator[None]:
    """Holds this clone's turn; writing labels goes on beside it, for sending may take long.

    Raises:
        UsageError: another assay command has the turn, or it cannot be taken here.
    """
    with os.fdopen(_opened(inside(root, WORK)), "wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(
                "another assay command is committing or sending from this clone",
                hint="wait until it has ended, then run this again",
            ) from error
        yield


def _opened(folder: Path) -> int:
    try:
        folder.mkdir(exist_ok=True)
        return os.open(folder / "turn", os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
    except OSError as error:
        raise no_work_folder(folder / "turn", error) from error
