"""What stops DVC and git: unreadable or left-over lock files."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from assay import git
from assay.clone.stuck_files import LOCK, MEND, REPORTS, Blocker, taking_a_side
from assay.errors import AssayError, UsageError
from assay.files import Aside, format_names, has_ended, inside, load_yaml, merge_mark, read_bytes, write_bytes

_RWLOCK = ".dvc/tmp/rwlock"


def broken_pipeline(root: Path) -> Iterator[Blocker]:
    """A pipeline state that is not YAML or has conflict markers; locks of runs that have ended."""

    def mend(aside: Aside) -> str:
        aside.move(inside(root, LOCK), LOCK)
        before = git.file_at(root, "HEAD", LOCK)
        if before is None or _fault(before):
            return f"{LOCK} is moved to .assay/aside; `dvc repro` makes it again, from its cache if possible"
        write_bytes(inside(root, LOCK), before)
        return f"{LOCK} is restored from the last commit; `dvc repro` updates it"

    def mend_lock(aside: Aside) -> str:
        running = git.at_work("dvc", [root])
        if running is None or running:
            who = f"dvc runs here (process {', '.join(running)})" if running else "it is unknown whether dvc runs here"
            raise UsageError(f"{_RWLOCK} stays: {who}", fix="wait until it has ended, then run this again")
        aside.move(inside(root, _RWLOCK), _RWLOCK)
        return f"{_RWLOCK} is moved to .assay/aside"

    if why := _unreadable(root, LOCK):
        held = LOCK in git.conflicts(root)
        yield Blocker(
            name=LOCK,
            message=f"{LOCK} cannot be read: {why}",
            fix=taking_a_side([LOCK]) if held else f"{MEND}, then `dvc repro`",
            mend=None if held else mend,
            stops=False,
        )
    if gone := _left_by_dvc(root):
        yield Blocker(name="dvc's leftovers", message=f"{_RWLOCK} {gone}", mend=mend_lock, stops=False)


def marked_reports(root: Path) -> Iterator[Blocker]:
    """The committed reports with conflict markers."""
    marked = []
    for name in dict.fromkeys(git.split_nul(git.git(root, "ls-files", "-z", "--", REPORTS))):
        with suppress(OSError, AssayError):
            if merge_mark(read_bytes(inside(root, name))):
                marked.append(name)
    if marked:
        held = not set(marked).isdisjoint(git.conflicts(root))
        yield Blocker(
            name=REPORTS,
            message=f"{format_names(marked)}: an unresolved merge conflict",
            fix=taking_a_side(marked) if held else "`dvc repro` makes them again",
            stops=False,
        )


def _unreadable(root: Path, name: str) -> str:
    """Why a file of YAML cannot be used; empty where it can, or is not there."""
    place = inside(root, name)
    if not place.exists():
        return ""
    try:
        data = read_bytes(place)
    except OSError as error:
        return error.strerror or "it is not a file"
    return _fault(data)


def _fault(data: bytes) -> str:
    if any(line.startswith((b"<<<<<<< ", b">>>>>>> ")) for line in data.splitlines()):
        return "it has conflict markers"
    try:
        content = load_yaml(data, LOCK).value
    except AssayError as error:
        return error.message
    if not data.strip(b"\0 \r\n"):
        return "it is empty"
    return "" if _is_lock(content) else "it is not in the format of dvc, and dvc stops at it"


def _is_lock(content: object) -> bool:
    """Whether dvc takes it for the state of a pipeline: its format, and of each stage the command and files by path."""
    if not isinstance(content, dict) or content.get("schema") != "2.0":
        return False
    stages = content.get("stages", {})
    return isinstance(stages, dict) and all(
        isinstance(stage, dict)
        and isinstance(stage.get("cmd"), str | list)
        and all(
            isinstance(files := stage.get(kind, []), list)
            and all(isinstance(file, dict) and isinstance(file.get("path"), str) for file in files)
            for kind in ("deps", "outs")
        )
        for stage in stages.values()
    )


def _left_by_dvc(root: Path) -> str:
    """What is wrong with dvc's own lock; empty where nothing is, or where dvc itself sees that its holder has ended."""
    try:
        holders = json.loads(read_bytes(inside(root, _RWLOCK)))
        held = [entry for by_path in holders.values() for entry in by_path.values()]
        entries = [holder for entry in held for holder in (entry if isinstance(entry, list) else [entry])]
        pids = [str(holder["pid"]) for holder in entries]
        if not holders.keys() <= {"read", "write"}:
            raise ValueError(_RWLOCK)  # noqa: TRY301 - what dvc calls a format error
    except FileNotFoundError:
        return ""
    except (OSError, UsageError):
        return "cannot be read"
    except (ValueError, LookupError, TypeError, AttributeError):
        return "is damaged, and dvc stops at it"
    there = sorted({pid for pid in pids if not has_ended(pid)})
    if not there or git.at_work("dvc", [root]) != ():
        return ""
    return f"names process {', '.join(there)}, which is now another program, and dvc waits for it"


_OLD = 60
"""Minutes after which a lock is stale where the system does not say which processes run."""
_WAIT = "wait until it has ended, also in other windows and in editors; then run this again"


def locks(places: git.GitPlaces) -> Iterator[Blocker]:
    """The lock files of commands that are at work now, and of those that were killed."""
    found = tuple(lock for file in git.lock_files(places) if (lock := git.git_lock(file)))

    def mend(_aside: Aside) -> str:
        # No git command is running here; where that is unknown, the youngest lock must be old.
        old = min(lock.minutes for lock in found)
        if git.at_work("git", [places.top, places.own, places.common]) is None and old < _OLD:
            raise UsageError(
                f"it is unknown whether git runs here, and the lock is {old} minutes old; nothing was removed",
                fix=f"{_WAIT}, once it is an hour old",
            )
        gone = [lock for lock in found if git.remove_lock(lock)]
        return "; ".join(f"removed {lock.path}, left {lock.age} ago by a git command that has ended" for lock in gone)

    if found:
        yield Blocker(
            name="git locks",
            message="; ".join(lock.message for lock in found),
            fix=f"wait until no git command runs here any more, then: {MEND}",
            mend=mend,
            stops=False,
        )


def require_no_git(root: Path) -> None:
    """Makes sure that no git command is seen to work in the clone.

    Raises:
        UsageError: one is.
    """
    places = git.git_places(root)
    if places is not None and (running := git.at_work("git", [places.top, places.own, places.common])):
        raise UsageError(f"git runs here: process {', '.join(running)}; nothing was removed", fix=_WAIT)
