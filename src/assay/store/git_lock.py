"""Lock files of git: what a git command holds while it works, and what one that was killed leaves behind."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_TAKEN = re.compile(r"^(?!remote:).*?Unable to create '(?P<lock>[^'\n]+\.lock)': File exists", re.MULTILINE)
_SETTINGS = re.compile(r"^(?!remote:).*?could not lock config file (?P<file>[^\n]+): File exists", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class GitLock:
    """A lock file that is there: whose it is, and since when (RFC 3339, UTC)."""

    path: str
    owner: str
    since: str

    @property
    def said(self) -> str:
        """What is the case: nobody can tell from the file whether the command that made it still runs."""
        return (
            f"{self.path} is there, of {self.owner}, since {self.since}: "
            "another git command is at work here, or one was killed"
        )

    @property
    def remedy(self) -> str:
        """What to do; the file may only go once no git command runs here."""
        return (
            "wait until it has ended, also in other windows and in editors; if no git command runs here any more, "
            f"remove {self.path}"
        )


def git_lock(path: Path) -> GitLock | None:
    """The lock file at a path; None where it is gone."""
    try:
        status = path.lstat()
        owner = path.owner()
    except FileNotFoundError:
        return None
    except KeyError:
        owner = f"user {status.st_uid}"
    since = datetime.fromtimestamp(status.st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return GitLock(path=str(path), owner=owner, since=since)


def lock_named(root: Path, complaint: str) -> GitLock | None:
    """The lock file in the way of a git command run at `root`, by what git said; None where none of this machine is."""
    taken, settings = _TAKEN.search(complaint), _SETTINGS.search(complaint)
    name = taken["lock"] if taken else f"{settings['file']}.lock" if settings else ""
    places = (root, *root.parents) if name else ()  # git names it from the top of the work tree
    return next((lock for place in places if (lock := git_lock(place / name)) is not None), None)
