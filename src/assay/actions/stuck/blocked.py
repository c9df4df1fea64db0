"""What stands where git or assay keeps something of its own: a folder for a file, a file or a link for a folder."""

import os
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path

from assay.actions.stuck.state import MEND, Stuck
from assay.store.aside import Aside
from assay.store.files import WORK
from assay.store.git_places import GitPlaces

_WORK_FILES = ("lock", "turn")
_WORK_FOLDERS = ("aside", "pending", "proposals", "sending", "suggestions", "migrated")
_GITS_FILES = ("FETCH_HEAD", "ORIG_HEAD", "COMMIT_EDITMSG", "MERGE_MSG", "SQUASH_MSG", "logs/HEAD")
_LOG_FOLDERS = ("logs", "logs/refs", "logs/refs/heads", "logs/refs/remotes")


def blocked_work(root: Path) -> Iterator[Stuck]:
    """The folder that is this clone's alone cannot be used: assay follows no link there, and no command that writes goes on."""
    work = root / WORK
    if os.path.lexists(work) and (work.is_symlink() or not work.is_dir()):
        yield _in_the_place_of(root, work, "folder")
        return
    for names, kind in ((_WORK_FILES, "file"), (_WORK_FOLDERS, "folder")):
        for place in (work / name for name in names):
            if os.path.lexists(place) and (place.is_symlink() or place.is_dir() == (kind == "file")):
                yield _in_the_place_of(root, place, kind)


def _in_the_place_of(root: Path, place: Path, wanted: str) -> Stuck:
    found = "a symbolic link" if place.is_symlink() else "a folder" if place.is_dir() else "a file"
    return Stuck(
        name="work folder",
        said=f"{place.relative_to(root)} is {found}, and assay keeps a {wanted} of its own there",
        remedy=MEND,
        mend=partial(_rename, root, place),
        stops=False,
    )


def _rename(root: Path, place: Path, _aside: Aside) -> str:
    """Beside its place, for below `.assay` nothing may be put yet."""
    names = (place.with_name(f"{place.name}-old{'' if number == 1 else f'-{number}'}") for number in count(1))
    free = next(name for name in names if not os.path.lexists(name))
    place.rename(free)
    return f"{place.relative_to(root)} is called {free.relative_to(root)} now"


def blocked_git(places: GitPlaces) -> Iterator[Stuck]:
    """Git cannot note what it fetched, committed or moved, and stops at it."""
    files = dict.fromkeys((*(places.own / name for name in _GITS_FILES), places.common / "logs/HEAD"))
    folders = dict.fromkeys(places.common / name for name in _LOG_FOLDERS)
    wrong = [
        *(place for place in folders if os.path.lexists(place) and not place.is_dir()),
        *(place for place in files if os.path.lexists(place) and not place.is_file() and place.parent.is_dir()),
    ]
    for place in wrong:
        found = "a folder" if place.is_dir() else "a link to nothing" if place.is_symlink() else "a file"
        within = places.own if place.is_relative_to(places.own) else places.common
        yield Stuck(
            name="git's own files",
            said=f"{place} is {found}, and git keeps a {'folder' if place in folders else 'file'} of its own there",
            remedy=MEND,
            mend=partial(_move, place, f"git/{place.relative_to(within)}"),
        )


def _move(place: Path, name: str, aside: Aside) -> str:
    aside.move(place, name)
    return f"{place} is put aside; git makes its own"
