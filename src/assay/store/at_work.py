"""Whether a program is at work in a clone: asked of the system where it tells, for no file says so."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

_PROCESSES = Path("/proc")
_TELLING = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR")
_WATCHING = frozenset({b"fsmonitor--daemon", b"credential-cache--daemon", b"daemon"})
"""What stays in the background for days and holds no lock."""
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
