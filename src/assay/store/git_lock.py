"""Lock files of git: what a git command holds while it works, and what one that was killed leaves behind."""

import pwd
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from assay.store.at_work import at_work
from assay.store.git_places import GitPlaces, git_places

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
    def remedy(self) -> str:
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
