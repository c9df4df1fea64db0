"""A clone's own git files, read without git: folders, locks and the processes behind them, and damage."""

import hashlib
import os
import pwd
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from assay.errors import UsageError
from assay.files import read_bytes

_PROCESSES = Path("/proc")
_TELLING = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR")
_WATCHING = frozenset({b"fsmonitor--daemon", b"credential-cache--daemon", b"daemon", b"cat-file"})
"""Commands of git that hold no lock: those in the background, and what only reads (assay starts one itself)."""
_ENDED = frozenset({b"Z", b"X"})
"""States of a process that has ended, which nobody has waited for; its files may not be listed, and none is open."""
_SHARED = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "glusterfs"})
_SMALL = 65536
_TAKEN = re.compile(r"^(?!remote:).*?Unable to create '(?P<lock>[^'\n]+\.lock)': File exists", re.MULTILINE)
_SETTINGS = re.compile(r"^(?!remote:).*?could not lock config file (?P<file>[^\n]+): File exists", re.MULTILINE)
_COARSE = 0.1
"""The resolution of file times in seconds."""
_BRANCH = "ref: refs/heads/"
_UNSUMMED = (b"\0" * 20, b"\0" * 32)
_INDEX_LIMIT = 1 << 32


def at_work(program: str, places: Sequence[Path]) -> tuple[str, ...] | None:
    """The processes of a program that work below one of the places; None if unknown.

    A process works there if its folder, its arguments or an open file is there; so does any process with an open lock file
    there. It is unknown if the system does not list processes, a process of that name may not be inspected, or the folder
    is shared with other computers.
    """
    below = tuple(os.fsencode(place.resolve()) for place in places)
    if not (_PROCESSES / "self/cwd").exists() or any(_is_shared(place) for place in places):
        return None
    found = []
    for process in sorted(_PROCESSES.glob("[0-9]*"), key=lambda one: int(one.name)):
        working = _is_there(process, program, below)
        if working is None:
            return None
        if working:
            found.append(process.name)
    return tuple(found)


def _is_there(process: Path, program: str, places: tuple[bytes, ...]) -> bool | None:
    """Whether a process works below a place; None if it may not be inspected."""
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")
        name = (process / "comm").read_bytes().strip()
        state = (process / "stat").read_bytes().rpartition(b")")[2].split()[0]
    except OSError:
        return False
    if state in _ENDED:
        return False
    named = os.fsencode(program)
    if any(word in _WATCHING for word in words):
        return False
    is_it = name.startswith(named) or any(os.path.basename(word).startswith(named) for word in words[:3])  # noqa: PTH119 - bytes
    try:
        targets = _targets(process, is_it=is_it)
    except PermissionError:
        return None if is_it else False
    except OSError:
        return False
    arguments = [word.rpartition(b"=")[2] for word in words[1:]] if is_it else []
    return any(
        path == place or path.startswith(place + b"/")
        for path in (*targets, *(word for word in arguments if word.startswith(b"/")))
        for place in places
    )


def _targets(process: Path, *, is_it: bool) -> tuple[bytes, ...]:
    """The paths of a process: its open lock files; for the program itself also its folder, open files and variables."""
    opened: list[bytes] = []
    for link in (process / "fd").iterdir():
        with suppress(FileNotFoundError):
            opened.append(os.fsencode(link.readlink()))
    if not is_it:
        return tuple(path for path in opened if path.endswith(b".lock"))
    variables = (entry.partition(b"=") for entry in (process / "environ").read_bytes().split(b"\0"))
    stated = (value for name, _, value in variables if os.fsdecode(name) in _TELLING and value.startswith(b"/"))
    return (os.fsencode((process / "cwd").readlink()), *opened, *stated)


def _is_shared(place: Path) -> bool:
    """Whether the folder is on a network file system: processes of other computers are not listed."""
    try:
        mounts = (line.split() for line in (_PROCESSES / "self/mountinfo").read_text("utf-8", "replace").splitlines())
        kinds = {words[4]: words[words.index("-") + 1] for words in mounts if "-" in words}
    except (OSError, IndexError):
        return True
    above = place.resolve()
    kind = next((kinds[str(one)] for one in (above, *above.parents) if str(one) in kinds), "")
    return kind in _SHARED or kind.startswith("fuse.")


@dataclass(frozen=True, slots=True, kw_only=True)
class GitPlaces:
    """The top of the work tree, its git folder, and the git folder that all work trees of the clone share."""

    top: Path
    own: Path
    common: Path


def git_places(root: Path) -> GitPlaces | None:
    """The folders of the clone around a folder; None if it is in no git work tree."""
    top = next((above for above in (root, *root.parents) if _is_gits(above / ".git")), None)
    if top is None:
        return None
    own = top / ".git"
    if named := small_text(own) if own.is_file() else None:
        own = (top / named.removeprefix("gitdir:").strip()).resolve()
    shared = small_text(own / "commondir")
    return GitPlaces(top=top, own=own, common=(own / shared).resolve() if shared else own)


def _is_gits(place: Path) -> bool:
    """Whether a path is a git folder, even a damaged one, or the file that names it."""
    return place.is_file() or any((place / name).exists() for name in ("HEAD", "objects", "refs", "config"))


def small_text(path: Path) -> str | None:
    """The text of a small file of git, stripped; None if it is missing or cannot be read."""
    try:
        return read_bytes(path, limit=_SMALL).decode(errors="replace").strip()
    except OSError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class GitLock:
    """A lock file: its owner and its time (RFC 3339, UTC)."""

    path: str
    owner: str
    since: str
    minutes: int

    @property
    def message(self) -> str:
        """What is wrong; the file does not tell whether the command that created it still runs."""
        return (
            f"{self.path} exists, by {self.owner}, since {self.since} ({self.age} old): "
            "another git command is running here, or one was killed"
        )

    @property
    def age(self) -> str:
        """Its age in the largest unit that fits."""
        for size, name in ((1440, "day"), (60, "hour")):
            if self.minutes >= size:
                return _many(self.minutes // size, name)
        return _many(self.minutes, "minute")

    @property
    def fix(self) -> str:
        """The fix; the file may be removed only if no git command runs here."""
        return (
            "wait until it has ended, also in other windows and in editors; if no git command runs here any more: "
            "assay doctor --mend"
        )


def git_lock(path: Path) -> GitLock | None:
    """The lock file at a path; None if there is none."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    try:
        owner = pwd.getpwuid(status.st_uid).pw_name
    except KeyError:
        owner = f"user {status.st_uid}"
    made = datetime.fromtimestamp(status.st_mtime, UTC)
    minutes = max(0, int((datetime.now(UTC) - made).total_seconds() // 60))
    return GitLock(path=str(path), owner=owner, since=made.strftime("%Y-%m-%dT%H:%M:%SZ"), minutes=minutes)


def lock_files(places: GitPlaces) -> tuple[Path, ...]:
    """Every git lock file in a clone: of this work tree, branches, settings and the object store."""
    own, common = places.own, places.common
    flat = (
        own,
        common,
        common / "info",
        own / "info",
        common / "objects",
        common / "objects/info",
        common / "objects/pack",
    )
    deep = (common / "refs", own / "refs", common / "objects/info/commit-graphs", common / "reftable")
    found = {lock for folder in flat for lock in folder.glob("*.lock")}
    return tuple(sorted(found.union(lock for folder in deep for lock in folder.rglob("*.lock"))))


def remove_lock(lock: GitLock) -> bool:
    """Removes a stale lock file; returns whether it was still the same one."""
    path = Path(lock.path)
    here = git_lock(path)
    if here is None or (here.since, here.owner) != (lock.since, lock.owner):
        return False
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
    return True


def clear_left(root: Path, since: float) -> None:
    """Removes the locks of a killed git command at `root`: those created at that time (seconds since 1970) or later.

    Earlier locks stay, and so do all if a git command may be running.
    """
    places = git_places(root)
    if places is None or at_work("git", [places.top, places.own, places.common]) != ():
        return
    for file in lock_files(places):
        with suppress(OSError):
            if file.lstat().st_mtime >= int(since - _COARSE):
                file.unlink()


def _many(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"


def lock_named(root: Path, complaint: str) -> GitLock | None:
    """The lock file that stopped a git command at `root`, from its message; None if there is none on this computer."""
    taken, settings = _TAKEN.search(complaint), _SETTINGS.search(complaint)
    name = taken["lock"] if taken else f"{settings['file']}.lock" if settings else ""
    places = (root, *root.parents) if name else ()  # git names it relative to the top of the work tree
    return next((lock for place in places if (lock := git_lock(place / name)) is not None), None)


def branch_of_head(places: GitPlaces) -> str:
    """The full name of the branch that HEAD names; empty if it names none."""
    text = small_text(places.own / "HEAD") or ""
    return text.removeprefix("ref: ") if text.startswith(_BRANCH) else ""


def is_lost(places: GitPlaces, name: str) -> bool:
    """Whether a branch had a commit and its file is now empty or missing, which differs from no commit yet."""
    file = places.common / name
    if file.is_file():
        return not (small_text(file) or "").strip("\0")
    packed = (small_text(places.common / "packed-refs") or "").splitlines()
    logged = places.common / "logs" / name
    return logged.is_file() and logged.stat().st_size > 0 and not any(line.endswith(f" {name}") for line in packed)


def index_is_sound(index: Path) -> bool:
    """Whether the checksum at the end of the index is right, or git is configured to write none."""
    data = read_bytes(index, limit=_INDEX_LIMIT)
    sums = ((hashlib.sha1, 20), (hashlib.sha256, 32))
    return data.startswith(b"DIRC") and any(
        len(data) > size and (data[-size:] in _UNSUMMED or make(data[:-size]).digest() == data[-size:])
        for make, size in sums
    )


def require_readable(root: Path) -> None:
    """Requires that the current branch has not lost its commit, and that the index is not damaged.

    Raises:
        UsageError: one is not so; git itself would go on and treat every file as new.
    """
    places = git_places(root)
    if places is None:
        return
    name = branch_of_head(places)
    message = ""
    if name and is_lost(places, name):
        message = (
            f"the current branch, {name.removeprefix('refs/heads/')}, has lost its commit, perhaps by a power failure"
        )
    elif (places.own / "index").is_file() and not index_is_sound(places.own / "index"):
        message = f"{places.own / 'index'} is damaged, perhaps by a power failure"
    if message:
        raise UsageError(message, fix="`assay doctor --mend` repairs it without losing answers; then run this again")


def checked_out(root: Path) -> str:
    """The branch of the work tree around `root`, `detached at …` without one, empty outside a repository."""
    places = git_places(root)
    head = None if places is None else small_text(places.own / "HEAD")
    if head is None:
        return ""
    return head.removeprefix(_BRANCH) if head.startswith(_BRANCH) else f"detached at {head[:12]}"
