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

import msgspec

from assay.errors import LimitError, UsageError


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Has every error of the system in the block name `path`: one met through a descriptor names no file."""
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
    """One SHA-256 over assay's own sources: what other code computed is not remembered as this code's answer."""
    package = Path(__file__).parents[1]
    whole = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        whole.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()


def digest_of_parts(parts: Iterable[bytes]) -> str:
    """One digest over several bytes, each with its length: no two lists of parts are taken for one."""
    whole = hashlib.blake2b(digest_size=20)
    for part in parts:
        whole.update(b"%d:" % len(part))
        whole.update(part)
    return whole.hexdigest()


def digest_file(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with naming(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


PLAN = "plan.json"
ABSENT = ""
"""The digest of a file that is not there."""
UNKNOWN = "?"
"""The digest of what cannot be a file of the write: a folder or a link is in its place, or it is over the limit."""


class Step(msgspec.Struct, frozen=True):
    """One file: the digests of what it replaces and of what it becomes, and the staged file that takes its place."""

    old: str
    new: str
    staged: str = ""


class Plan(msgspec.Struct, frozen=True):
    """The files of a write by path. `folder` is the inode of the folder that holds the staged ones."""

    folder: int
    steps: dict[str, Step]


class State(StrEnum):
    """How far one file of an interrupted write has come."""

    WRITTEN = "written"
    WAITING = "not written yet"
    CHANGED = "changed since by somebody else"
    DAMAGED = "not written, and what was to be written is damaged"


def states(plan: Plan, here: Mapping[str, str], staged: Mapping[str, str]) -> dict[str, State]:
    """How far each file has come, by the digests of the files that are here and of those that are staged."""
    return {name: _state(step, here[name], staged.get(step.staged, ABSENT)) for name, step in plan.steps.items()}


def _state(step: Step, here: str, staged: str) -> State:
    if here == step.new:
        return State.WRITTEN
    if here != step.old:
        return State.CHANGED
    return State.WAITING if staged == step.new else State.DAMAGED


def named(names: Iterable[str], most: int = 5) -> str:
    """The first names, and how many more there are."""
    there = list(names)
    return ", ".join(there[:most]) + (f" and {len(there) - most:,} more" if len(there) > most else "")


_ANNEXED = re.compile(rb"/annex/objects/[A-Z0-9]+[A-Za-z0-9_.%&:,=+-]*\n?")
_LFS = (b"version https://git-lfs.github.com/spec/", b"version https://hawser.github.com/spec/")
_LONGEST = 1024


def pointed(data: bytes) -> tuple[str, str] | None:
    """What a file is a pointer of, and the command that fetches what it points to; None where it is the content itself."""
    if data.startswith(_LFS) and len(data) <= _LONGEST and b"\noid " in data:
        return "Git LFS", "git lfs pull"
    if data.startswith(b"/annex/objects/") and _ANNEXED.fullmatch(data[:_LONGEST]):
        return "git-annex", "git annex get"
    return None


_NAME = r"[^/]+"
_FIXES: Sequence[tuple[str, str]] = (
    (
        rf"labels/items/{_NAME}/{_NAME}\.jsonl",
        "split it: a pool's items may stand in any number of shards (labels/items/<pool>/<shard>.jsonl)",
    ),
    (rf"labels/annotators/.*|labels/sources/{_NAME}\.yaml", "a roster entry is a few lines: take out what is none"),
    (r"labels/sources/.*", "import with fewer annotators a source: `assay import long --source NAME`, in parts"),
    (
        rf"labels/{_NAME}/{_NAME}/@{_NAME}|labels/{_NAME}/gold/@{_NAME}",
        "import it in smaller batches (`assay import long --batch-size N`), or in parts as several sources",
    ),
    (
        rf"labels/{_NAME}/{_NAME}/batch\.yaml",
        "a batch.yaml is a few lines: who is asked what stands in assignments.jsonl",
    ),
    (
        rf"labels/{_NAME}/{_NAME}/{_NAME}\.jsonl",
        "split it: records may stand in any number of batches (`assay batch create` with fewer items)",
    ),
    (r".*\.(?:csv|tsv|xlsx)", "split it into several files, and bring in one after the other"),
    (r"guidelines/.*\.md", "shorten the page: pictures and tables go into files that it links to"),
    (r"schemas/.*", "a schema is small: shorten its lists of values and its descriptions"),
    (r"checks/.*|releases/[^/]*\.yaml|(?:.*/)?(?:dvc|params)\.yaml|guidelines/.*", "configuration is small: move data out of it"),
    (r"(?:.*/)?dvc\.lock", "take it out of the change; `dvc repro` makes it anew, and large outputs stay out of it"),
    (r"(?:build|reports|gate|release|releases)/.*", "take it out of the change: the pipeline makes it, `dvc repro`"),
)  # fmt: skip
_MEDIA = re.compile(
    r".*\.(?:png|jpe?g|gif|webp|svg|tiff?|bmp|mp3|wav|flac|ogg|mp4|webm|pdf)", re.IGNORECASE | re.DOTALL
)
_COMPILED = tuple((re.compile(pattern, re.DOTALL), fix) for pattern, fix in _FIXES)


def fix_for_size(path: str) -> str:
    """What to do about a file at a path below the project's root (or one that ends in such a path)."""
    if _MEDIA.fullmatch(path):
        return f"keep it out of git: `dvc add {path}` tracks it, and git keeps the small .dvc file"
    parts = path.split("/")
    tails = ["/".join(parts[start:]) for start in range(len(parts)) if parts[start] in _FOLDERS] or [path]
    found = (fix for tail in tails for pattern, fix in _COMPILED if pattern.fullmatch(tail))
    return next(found, f"make it smaller, or keep it out of git: `dvc add {path}` tracks it")


_FOLDERS = frozenset({"labels", "guidelines", "schemas", "checks", "releases", "build", "reports", "gate", "release"})


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
                fix=fix_for_size(path.as_posix()),
            )
        return file.read()


def inside(root: Path, name: str) -> Path:
    """The path of a name below `root`.

    Raises:
        UsageError: it leads out of `root`, into git's own files, or over a symbolic link.
    """
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or parts[0].casefold() == ".git":
        raise UsageError(f"{name!r} is not a file of the project", fix="name a file below the project's root")
    if link := linked(root, root / name):
        own = link.split("/")[0] == ".assay"  # this clone's alone: nothing of the project is behind it
        raise UsageError(
            f"{link} is a symbolic link, and assay follows none",
            fix="`assay doctor --mend` gives it another name" if own else "put the folder or file itself in its place",
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
