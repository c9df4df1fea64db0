"""A clone's own git files, read without git: places, locks and their holders, and whether they are sound."""

import hashlib
import os
import pwd
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from assay.errors import UsageError
from assay.files import read_bytes

_PROCESSES = Path("/proc")
_TELLING = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR")
_WATCHING = frozenset({b"fsmonitor--daemon", b"credential-cache--daemon", b"daemon", b"cat-file"})
"""What holds no lock: what stays in the background for days, and what only answers questions, our own among it."""
_SHARED = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "glusterfs"})


def at_work(program: str, places: Sequence[Path]) -> tuple[str, ...] | None:
    """The processes of a program that work below one of the places; None where that cannot be known.

    One is at work there if it stands there, is told of it, or holds a file open there; so is whatever has a lock file
    open there. It cannot be known where the system does not list processes, where one of that name may not be looked at,
    and where the folder is shared with other computers.
    """
    below = tuple(os.fsencode(place.resolve()) for place in places)
    if not (_PROCESSES / "self/cwd").exists() or any(_is_shared(place) for place in places):
        return None
    found = []
    for process in sorted(_PROCESSES.glob("[0-9]*"), key=lambda one: int(one.name)):
        there = _is_there(process, program, below)
        if there is None:
            return None
        if there:
            found.append(process.name)
    return tuple(found)


def _is_there(process: Path, program: str, places: tuple[bytes, ...]) -> bool | None:
    """None where it may be, and nobody is let to look."""
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")
        name = (process / "comm").read_bytes().strip()
    except OSError:
        return False
    named = os.fsencode(program)
    if any(word in _WATCHING for word in words):
        return False
    is_it = name.startswith(named) or any(os.path.basename(word).startswith(named) for word in words[:3])  # noqa: PTH119 - bytes
    try:
        standing = _targets(process, is_it=is_it)
    except PermissionError:
        return None if is_it else False
    except OSError:
        return False
    told = [word.rpartition(b"=")[2] for word in words[1:]] if is_it else []
    return any(
        one == place or one.startswith(place + b"/")
        for one in (*standing, *(word for word in told if word.startswith(b"/")))
        for place in places
    )


def _targets(process: Path, *, is_it: bool) -> tuple[bytes, ...]:
    """What a process has to do with: lock files that it has open; of the program itself its folder, its files, its variables."""
    opened = tuple(_links(process / "fd"))
    if not is_it:
        return tuple(one for one in opened if one.endswith(b".lock"))
    variables = (entry.partition(b"=") for entry in (process / "environ").read_bytes().split(b"\0"))
    stated = (value for name, _, value in variables if os.fsdecode(name) in _TELLING and value.startswith(b"/"))
    return (os.fsencode((process / "cwd").readlink()), *opened, *stated)


def _links(folder: Path) -> Iterator[bytes]:
    for link in folder.iterdir():
        try:
            yield os.fsencode(link.readlink())
        except FileNotFoundError:
            continue


def _is_shared(place: Path) -> bool:
    """Whether other computers may have the folder, too: their processes are not listed here."""
    try:
        mounts = (line.split() for line in (_PROCESSES / "self/mountinfo").read_text("utf-8", "replace").splitlines())
        kinds = {words[4]: words[words.index("-") + 1] for words in mounts if "-" in words}
    except (OSError, IndexError):
        return True
    above = place.resolve()
    kind = next((kinds[str(one)] for one in (above, *above.parents) if str(one) in kinds), "")
    return kind in _SHARED or kind.startswith("fuse.")


_SMALL = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class GitPlaces:
    """The top of the work tree, git's folder of this work tree, and the one that all work trees of the clone share."""

    top: Path
    own: Path
    common: Path


def git_places(root: Path) -> GitPlaces | None:
    """The places of the clone around a folder; None where no folder above has a `.git` that git made."""
    top = next((above for above in (root, *root.parents) if _is_gits(above / ".git")), None)
    if top is None:
        return None
    own = top / ".git"
    if named := small_text(own) if own.is_file() else None:
        own = (top / named.removeprefix("gitdir:").strip()).resolve()
    shared = small_text(own / "commondir")
    return GitPlaces(top=top, own=own, common=(own / shared).resolve() if shared else own)


def _is_gits(place: Path) -> bool:
    """Whether it is git's folder, be it a damaged one, or the file that names it."""
    return place.is_file() or any((place / name).exists() for name in ("HEAD", "objects", "refs", "config"))


def small_text(path: Path) -> str | None:
    """What a small file of git's says; None where it is not there or cannot be read."""
    try:
        return read_bytes(path, limit=_SMALL).decode(errors="replace").strip()
    except OSError:
        return None


_TAKEN = re.compile(r"^(?!remote:).*?Unable to create '(?P<lock>[^'\n]+\.lock)': File exists", re.MULTILINE)
_SETTINGS = re.compile(r"^(?!remote:).*?could not lock config file (?P<file>[^\n]+): File exists", re.MULTILINE)

_COARSE = 0.1
"""Seconds by which the time of a file may be behind the clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitLock:
    """A lock file that is there: whose it is, and since when (RFC 3339, UTC)."""

    path: str
    owner: str
    since: str
    minutes: int

    @property
    def said(self) -> str:
        """What is the case: nobody can tell from the file whether the command that made it still runs."""
        return (
            f"{self.path} is there, of {self.owner}, since {self.since} ({self.age} old): "
            "another git command is at work here, or one was killed"
        )

    @property
    def age(self) -> str:
        """How long it is there, in the largest unit that fits."""
        for size, name in ((1440, "day"), (60, "hour")):
            if self.minutes >= size:
                return _many(self.minutes // size, name)
        return _many(self.minutes, "minute")

    @property
    def fix(self) -> str:
        """What to do; the file goes only once no git command runs here."""
        return (
            "wait until it has ended, also in other windows and in editors; if no git command runs here any more: "
            "assay doctor --mend"
        )


def git_lock(path: Path) -> GitLock | None:
    """The lock file at a path; None where it is gone."""
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
    """Every lock file of git's in a clone: of this work tree, of branches, of settings, of the store of objects."""
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
    """Removes a lock file that no git command holds any more; says whether it was still the same one."""
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
    """Removes the locks that a git command run at `root` left when it was killed: those made in that second (since 1970) or later.

    One that a git command may hold, or that stood there before, stays.
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
    """The lock file in the way of a git command run at `root`, by what git said; None where none of this machine is."""
    taken, settings = _TAKEN.search(complaint), _SETTINGS.search(complaint)
    name = taken["lock"] if taken else f"{settings['file']}.lock" if settings else ""
    places = (root, *root.parents) if name else ()  # git names it from the top of the work tree
    return next((lock for place in places if (lock := git_lock(place / name)) is not None), None)


_BRANCH = "ref: refs/heads/"
_UNSUMMED = (b"\0" * 20, b"\0" * 32)
_INDEX_LIMIT = 1 << 32


def branch_of_head(places: GitPlaces) -> str:
    """The full name of the branch that HEAD names; empty where it names none."""
    text = small_text(places.own / "HEAD") or ""
    return text.removeprefix("ref: ") if text.startswith(_BRANCH) else ""


def is_lost(places: GitPlaces, name: str) -> bool:
    """Whether a branch had a commit, and its file is empty or gone now: that is not the same as none yet."""
    file = places.common / name
    if file.is_file():
        return not (small_text(file) or "").strip("\0")
    packed = (small_text(places.common / "packed-refs") or "").splitlines()
    logged = places.common / "logs" / name
    return logged.is_file() and logged.stat().st_size > 0 and not any(line.endswith(f" {name}") for line in packed)


def index_is_sound(index: Path) -> bool:
    """Whether the checksum at the end of the index is right, or git was told to write none."""
    data = read_bytes(index, limit=_INDEX_LIMIT)
    sums = ((hashlib.sha1, 20), (hashlib.sha256, 32))
    return data.startswith(b"DIRC") and any(
        len(data) > size and (data[-size:] in _UNSUMMED or make(data[:-size]).digest() == data[-size:])
        for make, size in sums
    )


def hold_readable(root: Path) -> None:
    """Makes sure that the branch checked out has not lost its commit, and that the index is whole.

    Raises:
        UsageError: one of these is not so; where git itself goes on, it would take everything for new.
    """
    places = git_places(root)
    if places is None:
        return
    name = branch_of_head(places)
    said = ""
    if name and is_lost(places, name):
        said = f"the branch checked out, {name.removeprefix('refs/heads/')}, names no commit any more, as a power cut leaves it"
    elif (places.own / "index").is_file() and not index_is_sound(places.own / "index"):
        said = f"{places.own / 'index'} is damaged, as a power cut leaves it"
    if said:
        raise UsageError(said, fix="`assay doctor --mend` puts it right, and no answer is lost; then run this again")


def checked_out(root: Path) -> str:
    """The branch of the work tree around `root`, `detached at …` where there is none, empty outside a repository."""
    places = git_places(root)
    head = None if places is None else small_text(places.own / "HEAD")
    if head is None:
        return ""
    return head.removeprefix(_BRANCH) if head.startswith(_BRANCH) else f"detached at {head[:12]}"
