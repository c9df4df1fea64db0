"""Lock files of git: named with their age, and removed once no git command runs in the clone."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from assay.actions.stuck.state import MEND, Stuck
from assay.errors import UsageError
from assay.store.aside import Aside
from assay.store.at_work import at_work
from assay.store.git_lock import GitLock, git_lock, lock_files, remove_lock
from assay.store.git_places import GitPlaces, git_places

_OLD = 60
"""Minutes after which a lock is stale where the system does not say which processes run."""
_WAIT = "wait until it has ended, also in other windows and in editors; then run this again"


def locks(places: GitPlaces) -> Iterator[Stuck]:
    """The lock files of commands that are at work now, and of those that were killed."""
    found = tuple(lock for file in lock_files(places) if (lock := git_lock(file)))
    if found:
        yield Stuck(
            name="git locks",
            said="; ".join(lock.said for lock in found),
            remedy=f"wait until no git command runs here any more, then: {MEND}",
            mend=partial(_remove, places, found),
            stops=False,
        )


def hold_no_git(root: Path) -> None:
    """Makes sure that no git command is seen to work in the clone.

    Raises:
        UsageError: one is.
    """
    places = git_places(root)
    if places is not None and (running := at_work("git", [places.top, places.own, places.common])):
        raise UsageError(f"git runs here: process {', '.join(running)}; nothing was removed", hint=_WAIT)


def _remove(places: GitPlaces, found: tuple[GitLock, ...], _aside: Aside) -> str:
    """Whoever calls it has seen to it that no git runs; where that cannot be seen, the youngest lock must be old."""
    old = min(lock.minutes for lock in found)
    if at_work("git", [places.top, places.own, places.common]) is None and old < _OLD:
        raise UsageError(
            f"whether git runs here cannot be seen on this computer, and the lock is {old} minutes old; nothing was removed",
            hint=f"{_WAIT}, once it is an hour old",
        )
    gone = [lock for lock in found if remove_lock(lock)]
    return "; ".join(f"removed {lock.path}, left {lock.age} ago by a git command that is no more" for lock in gone)
