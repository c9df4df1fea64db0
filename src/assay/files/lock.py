"""One writer at a time, one command at a time that commits or sends, and files put aside, never deleted."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from assay.errors import UsageError
from assay.files.atomic import inside, make_folder, sync_folder, write_bytes

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
                "another assay command is writing to this project", fix="wait until it has ended, then run this again"
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
        f"{place}: {error.strerror}, and nothing is written without it", fix=f"{way}; then run this again"
    )


@contextmanager
def taking_turn(root: Path) -> Iterator[None]:
    """Holds this clone's turn; writing labels goes on beside it, for sending may take long.

    Raises:
        UsageError: another assay command has the turn, or it cannot be taken here.
    """
    with os.fdopen(_opened_turn(inside(root, WORK)), "wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(
                "another assay command is committing or sending from this clone",
                fix="wait until it has ended, then run this again",
            ) from error
        yield


def _opened_turn(folder: Path) -> int:
    try:
        folder.mkdir(exist_ok=True)
        return os.open(folder / "turn", os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
    except OSError as error:
        raise no_work_folder(folder / "turn", error) from error


class Aside:
    """A folder of this clone that is made when the first file comes into it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder: Path | None = None

    @property
    def said(self) -> str:
        """Where it is, below the root; empty where nothing was put there."""
        return "" if self._folder is None else self._folder.relative_to(self._root).as_posix()

    def move(self, place: Path, name: str) -> None:
        """Moves a file or folder there, under a name.

        Raises:
            UsageError: the disk refuses; nothing was moved then.
        """
        self._put(place, name, moved=True)

    def copy(self, places: Iterable[tuple[Path, str]]) -> None:
        """Copies the files that are there, each under its name.

        Raises:
            UsageError: the disk refuses.
        """
        for place, name in places:
            if place.is_file() and not place.is_symlink():
                self._put(place, name, moved=False)

    def write(self, name: str, data: bytes) -> str:
        """Keeps bytes there under a name; where that is, below the root.

        Raises:
            UsageError: the disk refuses.
        """
        try:
            target = self._made() / name
            make_folder(target.parent)
            write_bytes(target, data)
        except OSError as error:
            raise UsageError(
                f"what {name} was cannot be put aside: {error.strerror}",
                fix="make room, or get leave to write there; then run this again",
            ) from error
        return target.relative_to(self._root).as_posix()

    def _put(self, place: Path, name: str, *, moved: bool) -> None:
        try:
            target = self._made() / name
            make_folder(target.parent)
            if moved:
                shutil.move(place, target)
            else:
                shutil.copy2(place, target)
            sync_folder(target.parent)
        except OSError as error:
            raise UsageError(
                f"{place} cannot be put aside: {error.strerror}",
                fix="make room, or get leave to write there; then run this again",
            ) from error

    def _made(self) -> Path:
        if self._folder is None:
            stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
            folder = inside(self._root, f"{WORK}/aside")
            make_folder(folder)
            for number in count(1):
                place = folder / (stamp if number == 1 else f"{stamp}-{number}")
                try:
                    place.mkdir()
                except FileExistsError:
                    continue
                self._folder = place
                return place
        assert self._folder is not None
        return self._folder
