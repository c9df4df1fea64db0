"""Bytes in, bytes out: bounded reads, writes that are whole or absent."""

import errno
import fcntl
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from glob import escape
from pathlib import Path, PurePosixPath

import msgspec

from assay.errors import LimitError, UsageError

FILE_LIMIT = 64 * 1024 * 1024
WORK = ".assay"
_PENDING = "pending"
_PLAN = "plan.json"


class _Plan(msgspec.Struct, frozen=True):
    """Where staged files go; None removes one. `folder` is the inode of the folder that holds them."""

    folder: int
    files: dict[str, str | None]


def read_bytes(path: Path, *, limit: int = FILE_LIMIT) -> bytes:
    """The bytes of a regular file; a symbolic link is not followed.

    Raises:
        LimitError: the file is larger than `limit`.
        OSError: it is absent, or no regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        if (size := status.st_size) > limit:
            raise LimitError(
                f"{path}: {size / 2**20:,.0f} MiB, and assay reads files up to {limit / 2**20:,.0f} MiB",
                hint="split the file: records may stand in any number of shards or batches",
            )
        return file.read()


def inside(root: Path, name: str) -> Path:
    """The path of a name below `root`.

    Raises:
        UsageError: it leads out of `root`, into git's own files, or over a symbolic link.
    """
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or parts[0].casefold() == ".git":
        raise UsageError(f"{name!r} is not a file of the project", hint="name a file below the project's root")
    if link := linked(root, root / name):
        raise UsageError(
            f"{link} is a symbolic link, and assay follows none", hint="put the folder or file itself in its place"
        )
    return root / name


def linked(root: Path, path: Path) -> str:
    """The first symbolic link on the way from `root` down to `path`, by its path below `root`; empty where none is."""
    way = (path, *path.parents)
    below = reversed(way[: way.index(root)])
    return next((place.relative_to(root).as_posix() for place in below if place.is_symlink()), "")


def write_bytes(path: Path, data: bytes) -> None:
    """Writes a file beside its place, flushes it to disk and renames it: readers see the old file or the new one.

    What a killed writer of this file left beside it is cleared away.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.tmp{os.getpid()}")
    try:
        _write_through(scratch, data)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
    for leftover in path.parent.glob(f".{escape(path.name)}.tmp*"):
        if _has_ended(leftover.name.rpartition(".tmp")[2]):
            leftover.unlink(missing_ok=True)
    sync_folder(path.parent)


def _has_ended(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, ValueError, OverflowError):
        return False
    return False


def write_all(root: Path, files: Mapping[str, bytes | None]) -> None:
    """Writes many files below `root`, all or nothing; None removes one.

    The new bytes and the plan are complete on disk before the first file is touched. A process that dies on the way
    leaves either nothing changed or a plan that `recover` finishes.

    Raises:
        UsageError: another process is writing here, a name leads out of `root`, or the disk refuses.
    """
    if not files:
        return
    for name in files:
        inside(root, name)
    with _lock(root):
        _finish_pending(root)
        for leftover in (*(root / WORK).glob("staged*"), *(root / WORK).glob("spent*")):
            shutil.rmtree(leftover)
        staged = root / WORK / f"staged{os.getpid()}"
        try:
            _stage(staged, files)
            staged.rename(root / WORK / _PENDING)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
        sync_folder(root / WORK)
        _finish_pending(root)


def recover(root: Path) -> bool:
    """Finishes a `write_all` that was interrupted; says whether there was one.

    Raises:
        UsageError: it was not begun in this folder, another process is writing here, or the disk refuses.
    """
    if not (root / WORK / _PENDING).exists():
        return False
    with _lock(root):
        return _finish_pending(root)


def _stage(staged: Path, files: Mapping[str, bytes | None]) -> None:
    staged.mkdir()
    places = {name: None if data is None else f"{number:06d}" for number, (name, data) in enumerate(files.items())}
    for name, data in files.items():
        if data is not None:
            _write_through(staged / str(places[name]), data)
    plan = _Plan(folder=staged.stat().st_ino, files=places)
    _write_through(staged / _PLAN, msgspec.json.encode(plan))
    sync_folder(staged)


def _finish_pending(root: Path) -> bool:
    pending = root / WORK / _PENDING
    if not pending.exists():
        return False
    plan = _plan_of(pending)
    targets = {inside(root, name): staged for name, staged in plan.files.items()}
    for target, staged in targets.items():
        if staged is None:
            target.unlink(missing_ok=True)
        elif (pending / staged).exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            (pending / staged).replace(target)
    for folder in {target.parent for target in targets}:
        if folder.exists():
            sync_folder(folder)
    spent = pending.with_name(f"spent{os.getpid()}")
    shutil.rmtree(spent, ignore_errors=True)
    pending.rename(spent)
    shutil.rmtree(spent)
    return True


def _plan_of(pending: Path) -> _Plan:
    """The plan of an interrupted write; one that came with a clone or an archive is somebody else's and not obeyed."""
    try:
        plan = msgspec.json.decode(read_bytes(pending / _PLAN), type=_Plan)
    except (OSError, msgspec.MsgspecError):
        plan = _Plan(folder=-1, files={})
    if plan.folder != pending.lstat().st_ino or not all((name or "0").isdigit() for name in plan.files.values()):
        raise UsageError(f"{pending} holds a write that was not begun here", hint=f"look at it, then remove {pending}")
    return plan


@contextmanager
def _lock(root: Path) -> Iterator[None]:
    try:
        folder = inside(root, WORK)
        folder.mkdir(exist_ok=True)
        with os.fdopen(os.open(folder / "lock", os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o666), "wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
    except BlockingIOError as error:
        raise UsageError(
            "another assay command is writing to this project", hint="wait until it has ended, then run this again"
        ) from error
    except OSError as error:
        raise UsageError(
            f"{error.filename or root}: {error.strerror}, and nothing half-written is taken for whole",
            hint="make room or permit writing, then run this again: it goes on where it stopped",
        ) from error


def _write_through(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o666), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Flushes to disk what was created, renamed or removed in a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
