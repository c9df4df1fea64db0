"""Locks for writers and for commands that commit or push, and backups of files in place of deleting them."""

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
"""The folder of a project that is local to this clone."""
_TRIES = 100
_PAUSE = 0.02
_LOCK_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
_HELD: ContextVar[frozenset[Path]] = ContextVar("_HELD", default=frozenset())


@contextmanager
def writing(root: Path) -> Iterator[None]:
    """Takes the write lock of a project (re-entrant); waits two seconds for it.

    A command that writes what it has read takes the lock before it reads.

    Raises:
        UsageError: another process or thread has the lock, or it cannot be created.
    """
    place = root.resolve()
    if place in _HELD.get():
        yield
        return
    try:
        (place / WORK).mkdir(exist_ok=True)
        folder = os.open(place / WORK, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            descriptor = os.open("lock", _LOCK_FLAGS, 0o666, dir_fd=folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise no_work_folder(place / WORK / "lock", error) from error
    with os.fdopen(descriptor, "wb") as file:
        if not any(_taken(file.fileno(), place) for _ in range(_TRIES)):
            raise UsageError(
                "another assay command is writing to this project", fix="wait until it has ended, then run this again"
            )
        before = _HELD.set(_HELD.get() | {place})
        try:
            yield
        finally:
            _HELD.reset(before)


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
    """The error if nothing can be created in `.assay`."""
    folder = place.parent
    name = ""
    if os.path.lexists(folder) and (folder.is_symlink() or not folder.is_dir()):
        name = WORK
    elif os.path.lexists(place) and (place.is_symlink() or not place.is_file()):
        name = f"{WORK}/{place.name}"
    way = f"move it away: mv {name} {name}-old" if name else "free disk space, or get write permission"
    return UsageError(f"{place}: {error.strerror}; nothing was written", fix=f"{way}; then run this again")


@contextmanager
def taking_turn(root: Path) -> Iterator[None]:
    """Takes this clone's lock for commits and pushes; labels can still be written, because a push may take long.

    Raises:
        UsageError: another assay command has the lock, or it cannot be created.
    """
    folder = inside(root, WORK)
    try:
        folder.mkdir(exist_ok=True)
        descriptor = os.open(folder / "turn", _LOCK_FLAGS, 0o666)
    except OSError as error:
        raise no_work_folder(folder / "turn", error) from error
    with os.fdopen(descriptor, "wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            fix = "wait until it has ended, then run this again"
            raise UsageError("another assay command is committing or pushing from this clone", fix=fix) from error
        yield


class Aside:
    """A backup folder of this clone, created with its first file."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder: Path | None = None

    @property
    def location(self) -> str:
        """The folder below the root; empty without backups."""
        return "" if self._folder is None else self._folder.relative_to(self._root).as_posix()

    def move(self, place: Path, name: str) -> None:
        """Moves a file or folder there, under a name.

        Raises:
            UsageError: it fails; nothing was moved then.
        """
        with self._target(name, str(place)) as target:
            shutil.move(place, target)

    def copy(self, places: Iterable[tuple[Path, str]]) -> None:
        """Copies the existing files there, each under its name.

        Raises:
            UsageError: it fails.
        """
        for place, name in places:
            if place.is_file() and not place.is_symlink():
                with self._target(name, str(place)) as target:
                    shutil.copy2(place, target)

    def write(self, name: str, data: bytes) -> str:
        """Writes bytes there under a name; the path below the root.

        Raises:
            UsageError: it fails.
        """
        with self._target(name, name) as target:
            write_bytes(target, data)
        return target.relative_to(self._root).as_posix()

    @contextmanager
    def _target(self, name: str, source: str) -> Iterator[Path]:
        try:
            target = self._made() / name
            make_folder(target.parent)
            yield target
            sync_folder(target.parent)
        except OSError as error:
            fix = "free disk space, or get write permission; then run this again"
            raise UsageError(f"{source} cannot be backed up: {error.strerror}", fix=fix) from error

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
