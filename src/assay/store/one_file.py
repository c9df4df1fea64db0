"""One file: bounded reads, and writes that are whole or absent."""

import errno
import os
import stat
from collections.abc import Callable
from glob import escape
from pathlib import Path, PurePosixPath

from assay.errors import LimitError, UsageError
from assay.model.too_large import remedy_for
from assay.store.digest import digest_bytes
from assay.store.naming import naming
from assay.store.pending import ABSENT

FILE_LIMIT = 64 * 1024 * 1024


def read_bytes(path: Path, *, limit: int = FILE_LIMIT) -> bytes:
    """The bytes of a regular file; a symbolic link is not followed.

    Raises:
        LimitError: the file is larger than `limit`.
        OSError: it is absent, or no regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):  # fdopen would refuse it, and leave it open
        os.close(descriptor)
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    with naming(path), os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        if (size := status.st_size) > limit:
            raise LimitError(
                f"{path}: {size / 2**20:,.0f} MiB, and assay reads files up to {limit / 2**20:,.0f} MiB",
                hint=remedy_for(path.as_posix()),
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
        own = link.split("/")[0] == ".assay"  # this clone's alone: nothing of the project is behind it
        raise UsageError(
            f"{link} is a symbolic link, and assay follows none",
            hint="`assay doctor --mend` gives it another name" if own else "put the folder or file itself in its place",
        )
    return root / name


def linked(root: Path, path: Path) -> str:
    """The first symbolic link on the way from `root` down to `path`, by its path below `root`; empty where none is."""
    way = (path, *path.parents)
    below = reversed(way[: way.index(root)])
    return next((place.relative_to(root).as_posix() for place in below if place.is_symlink()), "")


def digest_here(root: Path, name: str) -> str:
    """The digest of the file of that name below `root`; empty where nothing is there.

    Raises:
        LimitError, OSError, UsageError: something else is there, or it may not be read.
    """
    try:
        return digest_bytes(read_bytes(inside(root, name)))
    except FileNotFoundError:
        return ABSENT


def write_bytes(
    path: Path, data: bytes, *, permissions: int | None = None, hold: Callable[[], None] | None = None
) -> None:
    """Writes a file beside its place, flushes it to disk and renames it: readers see the old file or the new one.

    Without `permissions` it keeps those that it had. `hold` has the last word, right before the file is replaced. What a killed writer of this file left beside it is cleared away.

    Raises:
        OSError: the disk refuses; it names this file, and the old one stands.
    """
    make_folder(path.parent)
    scratch = path.with_name(f".{path.name}.tmp{os.getpid()}")
    with naming(path):
        try:
            write_through(scratch, data, permissions or permissions_of(path))
            if hold is not None:
                hold()
            scratch.replace(path)
        finally:
            scratch.unlink(missing_ok=True)
    for leftover in path.parent.glob(f".{escape(path.name)}.tmp*"):
        if has_ended(leftover.name.rpartition(".tmp")[2]):
            leftover.unlink(missing_ok=True)
    sync_folder(path.parent)


def has_ended(process: str) -> bool:
    """Whether the process of that number is no more."""
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, ValueError, OverflowError):
        return False
    return False


def permissions_of(path: Path) -> int | None:
    """The permissions of a plain file; None where there is none."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return stat.S_IMODE(status.st_mode) & 0o777 if stat.S_ISREG(status.st_mode) else None


def write_through(path: Path, data: bytes, permissions: int | None = None) -> None:
    """Writes a file in its place and flushes it to disk; for a place that nobody reads yet."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o666)
    with naming(path), os.fdopen(descriptor, "wb") as file:
        if permissions is not None:
            os.fchmod(descriptor, permissions)
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def make_folder(folder: Path) -> None:
    """Makes a folder and those above it that are missing, each of them on disk."""
    if folder.is_dir():
        return
    if os.path.lexists(folder):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Flushes to disk what was created, renamed or removed in a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with naming(folder):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
