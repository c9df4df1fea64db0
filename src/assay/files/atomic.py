"""One file or folder: bounded reads, digests, and writes that are whole or absent."""

import errno
import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import cache
from glob import escape
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import msgspec

from assay.errors import LimitError, UsageError

PLAN = "plan.json"
ABSENT = ""
"""The digest of a missing file."""
UNKNOWN = "?"
"""The digest of a path that cannot be written: a folder or a link is there, or a file over the limit."""
_ANNEXED = re.compile(rb"/annex/objects/[A-Z0-9]+[A-Za-z0-9_.%&:,=+-]*\n?")
_LFS = (b"version https://git-lfs.github.com/spec/", b"version https://hawser.github.com/spec/")
_LONGEST = 1024
_NAME = r"[^/]+"
_FIXES: Sequence[tuple[str, str]] = (
    (rf"labels/items/{_NAME}/{_NAME}\.jsonl",
        "split it: a pool can have any number of shards (labels/items/<pool>/<shard>.jsonl)"),
    (rf"labels/annotators/.*|labels/sources/{_NAME}\.yaml", "a roster entry is a few lines: delete other content"),
    (r"labels/sources/.*", "import with fewer annotators a source: `assay import long --source NAME`, in parts"),
    (rf"labels/{_NAME}/{_NAME}/@{_NAME}|labels/{_NAME}/gold/@{_NAME}",
        "import it in smaller batches (`assay import long --batch-size N`), or in parts as several sources"),
    (rf"labels/{_NAME}/{_NAME}/batch\.yaml",
        "a batch.yaml is a few lines: assignments belong in assignments.jsonl"),
    (rf"labels/{_NAME}/{_NAME}/{_NAME}\.jsonl",
        "split it: a task can have any number of batches (`assay batch create` with fewer items)"),
    (r".*\.(?:csv|tsv|xlsx)", "split it into several files, and import one after the other"),
    (r"guidelines/.*\.md", "shorten the page: put pictures and tables into files that it links to"),
    (r"schemas/.*", "a schema is small: shorten its lists of values and its descriptions"),
    (r"checks/.*|releases/[^/]*\.yaml|(?:.*/)?(?:dvc|params)\.yaml|guidelines/.*", "configuration is small: move data out of it"),
    (r"(?:.*/)?dvc\.lock", "revert it; `dvc repro` writes it again, without large outputs"),
    (r"(?:build|reports|gate|release|releases)/.*", "revert it: the pipeline generates it (`dvc repro`)"),
)  # fmt: skip
_MEDIA = re.compile(
    r".*\.(?:png|jpe?g|gif|webp|svg|tiff?|bmp|mp3|wav|flac|ogg|mp4|webm|pdf)", re.IGNORECASE | re.DOTALL
)
_COMPILED = tuple((re.compile(pattern, re.DOTALL), fix) for pattern, fix in _FIXES)
_FOLDERS = frozenset({"labels", "guidelines", "schemas", "checks", "releases", "build", "reports", "gate", "release"})
FILE_LIMIT = 64 * 1024 * 1024


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Sets the file name of every OSError in the block to `path`: errors of a descriptor have none."""
    try:
        yield
    except OSError as error:
        error.filename = str(path)
        raise


def digest_bytes(data: bytes) -> str:
    """The SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


@cache
def digest_of_code() -> str:
    """The SHA-256 of assay's own sources, so that caches of other versions are not used."""
    package = str(Path(__file__).parents[1])
    sources = (f"{folder}/{name}" for folder, _, names in os.walk(package) for name in names if name.endswith(".py"))
    whole = hashlib.sha256()
    for path in sorted(sources):  # every command does this: with no object for each file
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123
            whole.update(os.fsencode(path[len(package) :]) + b"\0" + file.read() + b"\0")
    return whole.hexdigest()


def digest_of_parts(parts: Iterable[bytes | memoryview]) -> str:
    """The digest of several byte strings with their lengths, so that different lists differ."""
    whole = hashlib.blake2b(digest_size=20)
    for part in parts:
        whole.update(b"%d:" % len(part))
        whole.update(part)
    return whole.hexdigest()


def digest_file(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with naming(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class WriteStep(msgspec.Struct, frozen=True):
    """One file: the digests before and after, and the staged file that replaces it."""

    old: str
    new: str
    staged: str = ""


class WritePlan(msgspec.Struct, frozen=True):
    """The files of a write by path. `folder` is the inode of the folder of the staged files."""

    folder: int
    steps: dict[str, WriteStep]


class WriteState(StrEnum):
    """The state of one file of an interrupted write."""

    WRITTEN = "written"
    WAITING = "not written yet"
    CHANGED = "changed since by another program"
    DAMAGED = "not written, and its staged content is damaged"


def write_states(plan: WritePlan, here: Mapping[str, str], staged: Mapping[str, str]) -> dict[str, WriteState]:
    """The state of each file, from the digests of the current files and of the staged ones."""
    found: dict[str, WriteState] = {}
    for name, step in plan.steps.items():
        if here[name] == step.new:
            found[name] = WriteState.WRITTEN
        elif here[name] != step.old:
            found[name] = WriteState.CHANGED
        else:
            waiting = staged.get(step.staged, ABSENT) == step.new
            found[name] = WriteState.WAITING if waiting else WriteState.DAMAGED
    return found


def format_names(names: Iterable[str], limit: int = 5) -> str:
    """The first names, and the number of further ones."""
    every = list(names)
    return ", ".join(every[:limit]) + (f" and {len(every) - limit:,} more" if len(every) > limit else "")


def pointer_of(data: bytes) -> tuple[str, str] | None:
    """The tool of a pointer file and the command that fetches its content; None if the file is the content."""
    if data.startswith(_LFS) and len(data) <= _LONGEST and b"\noid " in data:
        return "Git LFS", "git lfs pull"
    if data.startswith(b"/annex/objects/") and _ANNEXED.fullmatch(data[:_LONGEST]):
        return "git-annex", "git annex get"
    return None


def fix_for_size(path: str) -> str:
    """The fix for a file that is too large, by its path below the project's root (or a path that ends in it)."""
    if _MEDIA.fullmatch(path):
        return f"keep it out of git: `dvc add {path}` tracks it, and git keeps the small .dvc file"
    parts = path.split("/")
    tails = ["/".join(parts[start:]) for start in range(len(parts)) if parts[start] in _FOLDERS] or [path]
    found = (fix for tail in tails for pattern, fix in _COMPILED if pattern.fullmatch(tail))
    return next(found, f"make it smaller, or keep it out of git: `dvc add {path}` tracks it")


def read_bytes(path: Path, *, limit: int = FILE_LIMIT) -> bytes:
    """The bytes of a regular file; a symbolic link is not followed.

    Raises:
        LimitError: the file is larger than `limit`.
        OSError: it is missing, or not a regular file.
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
                f"{path}: {size / 2**20:,.0f} MiB; assay reads files up to {limit / 2**20:,.0f} MiB",
                fix=fix_for_size(path.as_posix()),
            )
        return file.read()


def inside(root: Path, name: str) -> Path:
    """The path of a name below `root`.

    Raises:
        UsageError: it is outside `root`, in git's own files, or behind a symbolic link.
    """
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or parts[0].casefold() == ".git":
        raise UsageError(f"{name!r} is not a file of the project", fix="name a file below the project's root")
    if link := linked(root, root / name):
        own = link.split("/")[0] == ".assay"  # local to this clone: no project file is behind it
        fix = "`assay doctor --mend` renames it" if own else "replace it with the folder or file itself"
        raise UsageError(f"{link} is a symbolic link; assay does not follow links", fix=fix)
    return root / name


def linked(root: Path, path: Path) -> str:
    """The first symbolic link between `root` and `path`, by its path below `root`; empty if there is none."""
    below, place = path.relative_to(root).as_posix(), str(root)
    parts = below.split("/") if below != "." else []
    for depth, part in enumerate(parts, start=1):
        place = f"{place}/{part}"
        if os.path.islink(place):  # noqa: PTH114 - asked of every file of a project, with no object for each folder
            return "/".join(parts[:depth])
    return ""


def digest_here(root: Path, name: str) -> str:
    """The digest of a file below `root`; `ABSENT` if there is none.

    Raises:
        LimitError, OSError, UsageError: it is not a file, or cannot be read.
    """
    try:
        return digest_bytes(read_bytes(inside(root, name)))
    except FileNotFoundError:
        return ABSENT


def write_bytes(
    path: Path, data: bytes | memoryview, *, permissions: int | None = None, check: Callable[[], None] | None = None
) -> None:
    """Writes a file as `replacing` does.

    Raises:
        OSError: writing fails; it names this file, and the old one stays.
    """
    with replacing(path, permissions=permissions, check=check) as file:
        file.write(data)


@contextmanager
def replacing(
    path: Path, *, permissions: int | None = None, check: Callable[[], None] | None = None
) -> Iterator[BinaryIO]:
    """A temporary file beside `path`, which at the end is flushed to disk and renamed: readers see the old file or the new one.

    Without `permissions` they stay unchanged. `check` runs right before the file is replaced, and may raise. Temporary
    files of killed writers of this file are removed.

    Raises:
        OSError: writing fails; it names this file, and the old one stays.
    """
    make_folder(path.parent)
    scratch = path.with_name(f".{path.name}.tmp{os.getpid()}")
    with naming(path):
        try:
            with writing_through(scratch, permissions or permissions_of(path)) as file:
                yield file
            if check is not None:
                check()
            scratch.replace(path)
        finally:
            scratch.unlink(missing_ok=True)
    for leftover in path.parent.glob(f".{escape(path.name)}.tmp*"):
        if has_ended(leftover.name.rpartition(".tmp")[2]):
            leftover.unlink(missing_ok=True)
    sync_folder(path.parent)


def has_ended(process: str) -> bool:
    """Whether the process with that id has ended."""
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, ValueError, OverflowError):
        return False
    return False


def permissions_of(path: Path) -> int | None:
    """The permissions of a regular file; None if there is none."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return stat.S_IMODE(status.st_mode) & 0o777 if stat.S_ISREG(status.st_mode) else None


def write_through(path: Path, data: bytes | memoryview, permissions: int | None = None) -> None:
    """Writes a file directly and flushes it to disk; for a path without readers yet."""
    with writing_through(path, permissions) as file:
        file.write(data)


@contextmanager
def writing_through(path: Path, permissions: int | None = None) -> Iterator[BinaryIO]:
    """A file that is written directly and at the end flushed to disk; for a path without readers yet."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o666)
    with naming(path), os.fdopen(descriptor, "wb") as file:
        if permissions is not None:
            os.fchmod(descriptor, permissions)
        yield file
        file.flush()
        os.fsync(descriptor)


def make_folder(folder: Path) -> None:
    """Creates a folder and its missing parents, each flushed to disk."""
    if folder.is_dir():
        return
    if os.path.lexists(folder):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Flushes created, renamed and removed entries of a folder to disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with naming(folder):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
