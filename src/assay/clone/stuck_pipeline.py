"""What stops DVC and git: unreadable or left-over lock files."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from assay.clone.stuck_files import LOCK, MEND, REPORTS, Stuck, taking_a_side
from assay.errors import AssayError, UsageError
from assay.files import Aside, has_ended, inside, load_yaml, merge_mark, named, read_bytes, write_bytes
from assay.git import (
    GitLock,
    GitPlaces,
    at_work,
    conflicts,
    file_at,
    git,
    git_lock,
    git_places,
    listed,
    lock_files,
    remove_lock,
)

_RWLOCK = ".dvc/tmp/rwlock"


def broken_pipeline(root: Path) -> Iterator[Stuck]:
    """The state of the pipeline that is no YAML, or in which two states are mixed; locks of runs that are no more."""
    if why := _unreadable(root, LOCK):
        held = LOCK in conflicts(root)
        yield Stuck(
            name=LOCK,
            said=f"{LOCK} cannot be read: {why}",
            fix=taking_a_side([LOCK]) if held else f"{MEND}, then `dvc repro`",
            mend=None if held else partial(_restore, root),
            stops=False,
        )
    if gone := _left_by_dvc(root):
        yield Stuck(
            name="dvc's leftovers",
            said=f"{_RWLOCK} {gone}",
            fix=MEND,
            mend=partial(_put_away, root),
            stops=False,
        )


def marked_reports(root: Path) -> Iterator[Stuck]:
    """The reports that git keeps and in which both sides of a merge stand."""
    if marked := [*_marked(root)]:
        held = not set(marked).isdisjoint(conflicts(root))
        yield Stuck(
            name=REPORTS,
            said=f"{named(marked)}: an unsettled merge conflict",
            fix=taking_a_side(marked) if held else "`dvc repro` makes them anew",
            stops=False,
        )


def _marked(root: Path) -> Iterator[str]:
    for name in dict.fromkeys(listed(git(root, "ls-files", "-z", "--", REPORTS))):
        try:
            if merge_mark(read_bytes(inside(root, name))):
                yield name
        except (OSError, AssayError):
            continue


def _unreadable(root: Path, name: str) -> str:
    """Why a file of YAML cannot be used; empty where it can, or is not there."""
    place = inside(root, name)
    if not place.exists():
        return ""
    try:
        data = read_bytes(place)
    except OSError as error:
        return error.strerror or "it is no file"
    return _fault(data)


def _fault(data: bytes) -> str:
    if any(line.startswith((b"<<<<<<< ", b">>>>>>> ")) for line in data.splitlines()):
        return "it holds the marks of a merge that was not finished"
    try:
        content = load_yaml(data, LOCK).value
    except AssayError as error:
        return error.message
    if not data.strip(b"\0 \r\n"):
        return "it is empty"
    return "" if _is_lock(content) else "it does not hold what dvc writes there, and dvc stops at it"


def _is_lock(content: object) -> bool:
    """Whether dvc takes it for the state of a pipeline: its format, and of each stage the command and files by path."""
    if not isinstance(content, dict) or content.get("schema") != "2.0":
        return False
    stages = content.get("stages", {})
    return isinstance(stages, dict) and all(
        isinstance(stage, dict)
        and isinstance(stage.get("cmd"), str | list)
        and all(_are_files(stage.get(kind, [])) for kind in ("deps", "outs"))
        for stage in stages.values()
    )


def _are_files(found: object) -> bool:
    return isinstance(found, list) and all(isinstance(one, dict) and isinstance(one.get("path"), str) for one in found)


def _restore(root: Path, aside: Aside) -> str:
    aside.move(inside(root, LOCK), LOCK)
    before = file_at(root, "HEAD", LOCK)
    if before is None or _fault(before):
        return f"{LOCK} is put aside; `dvc repro` makes it again, from its own cache where it has one"
    write_bytes(inside(root, LOCK), before)
    return f"{LOCK} is again as the last commit has it; `dvc repro` brings it up to date"


def _left_by_dvc(root: Path) -> str:
    """What is wrong with dvc's own lock; empty where nothing is, or where dvc itself sees that its holder is no more."""
    try:
        holders = json.loads(read_bytes(inside(root, _RWLOCK)))
        pids = [str(one["pid"]) for held in holders.values() for one in _entries(held)]
        if not holders.keys() <= {"read", "write"}:
            raise ValueError(_RWLOCK)  # noqa: TRY301 - what dvc calls a format error
    except FileNotFoundError:
        return ""
    except (OSError, UsageError):
        return "cannot be read"
    except (ValueError, LookupError, TypeError, AttributeError):
        return "is damaged, and dvc stops at it"
    there = sorted({pid for pid in pids if not has_ended(pid)})
    if not there or at_work("dvc", [root]) != ():
        return ""
    return f"names process {', '.join(there)}, which is another program by now, and dvc waits for it"


def _entries(held: dict[str, object]) -> Iterator[dict[str, object]]:
    for one in held.values():
        yield from one if isinstance(one, list) else (one,)  # type: ignore[misc]


def _put_away(root: Path, aside: Aside) -> str:
    running = at_work("dvc", [root])
    if running is None or running:
        who = f"dvc runs here (process {', '.join(running)})" if running else "whether dvc runs here cannot be seen"
        raise UsageError(f"{_RWLOCK} stays: {who}", fix="wait until it has ended, then run this again")
    aside.move(inside(root, _RWLOCK), _RWLOCK)
    return f"{_RWLOCK} is put aside"


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
            fix=f"wait until no git command runs here any more, then: {MEND}",
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
        raise UsageError(f"git runs here: process {', '.join(running)}; nothing was removed", fix=_WAIT)


def _remove(places: GitPlaces, found: tuple[GitLock, ...], _aside: Aside) -> str:
    """Whoever calls it has seen to it that no git runs; where that cannot be seen, the youngest lock must be old."""
    old = min(lock.minutes for lock in found)
    if at_work("git", [places.top, places.own, places.common]) is None and old < _OLD:
        raise UsageError(
            f"whether git runs here cannot be seen on this computer, and the lock is {old} minutes old; nothing was removed",
            fix=f"{_WAIT}, once it is an hour old",
        )
    gone = [lock for lock in found if remove_lock(lock)]
    return "; ".join(f"removed {lock.path}, left {lock.age} ago by a git command that is no more" for lock in gone)
