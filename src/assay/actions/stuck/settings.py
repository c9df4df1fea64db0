"""The clone's own settings of git: a line that git cannot read stops every git command, also the one that would mend it."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from assay.actions.stuck.state import MEND, Stuck
from assay.errors import GitError, UsageError
from assay.store.aside import Aside
from assay.store.files import read_bytes, write_bytes
from assay.store.git_places import GitPlaces
from assay.store.process import git

_BAD = re.compile(r"bad config line (?P<line>[0-9]+) in file")
_KEY = re.compile(r"bad (?:boolean|numeric) config value '[^']*' for '(?P<key>[A-Za-z][A-Za-z0-9.-]*)'")
_MOST = 200


def broken_settings(places: GitPlaces) -> Iterator[Stuck]:
    """Whether git reads the settings of this clone; it is asked from elsewhere, for here it would not answer."""
    for file in dict.fromkeys((places.common / "config", places.own / "config.worktree")):
        if file.is_file() and (bad := _bad_line(file)):
            yield Stuck(
                name="settings",
                said=f"git cannot read line {bad} of {file}, and stops at it",
                remedy=MEND,
                mend=partial(_comment_out, file),
            )
    yield from _bad_value(places)


def _bad_value(places: GitPlaces) -> Iterator[Stuck]:
    """A line that git reads, and whose value it cannot take, or which takes the work tree from it."""
    file = places.common / "config"
    key, why = "", ""
    try:
        git(places.top, "status", "--porcelain", "--untracked-files=no", "--ignore-submodules=all")
    except GitError as error:
        found = _KEY.search(error.message)
        key, why = (found["key"], "git cannot take that value") if found else ("", "")
    alone = places.own == places.common
    work = _value(file, "core.worktree") if alone else None
    if not key and work and (places.own / work).resolve() != places.top.resolve():
        key, why = "core.worktree", "git looks elsewhere for the files"
    if not key and alone and places.own.name == ".git" and _value(file, "core.bare") == "true":
        key, why = "core.bare", "git takes this folder for no work tree"
    if key and (value := _value(file, key)) is not None:
        yield Stuck(
            name="settings",
            said=f"{file} says {key} = {value}: {why}, and stops at it",
            remedy=MEND,
            mend=partial(_unset, file, key),
        )


def _value(file: Path, key: str) -> str | None:
    try:
        return git(Path("/"), "config", "--file", str(file), "--get", key).decode(errors="replace").strip()
    except GitError:
        return None


def _unset(file: Path, key: str, aside: Aside) -> str:
    aside.copy([(file, f"git/{file.name}")])
    git(Path("/"), "config", "--file", str(file), "--unset-all", key)
    return f"{key} is taken out of {file}"


def _bad_line(file: Path) -> int:
    """The number of the first line that git cannot read; 0 where it reads them all."""
    try:
        git(Path("/"), "config", "--file", str(file), "--list")
    except GitError as error:
        found = _BAD.search(error.message)
        return int(found["line"]) if found else 0
    return 0


def _comment_out(file: Path, aside: Aside) -> str:
    """Comments out the lines that cannot be read; with the head of a section all that stands below it."""
    aside.copy([(file, f"git/{file.name}")])
    lines = read_bytes(file).replace(b"\0", b"").split(b"\n")
    write_bytes(file, b"\n".join(lines))
    gone: list[int] = []
    while (bad := _bad_line(file)) and len(gone) < _MOST:
        first = min(bad, len(lines)) - 1
        while first > 0 and lines[first].startswith(b"# ") and first + 1 in gone:
            first -= 1
        last = first + 1
        if lines[first].lstrip().startswith(b"["):
            while last < len(lines) and not lines[last].lstrip().startswith(b"["):
                last += 1
        for number in range(first, last):
            if not lines[number].startswith(b"# "):
                lines[number] = b"# " + lines[number]
                gone.append(number + 1)
        write_bytes(file, b"\n".join(lines))
    if _bad_line(file):
        raise UsageError(
            f"{file} cannot be read in too many places", hint="git clone the project anew, beside this folder"
        )
    return (
        f"{file}: {'lines' if len(gone) > 1 else 'line'} {', '.join(map(str, gone))} commented out; if the remote is gone "
        "with that: git remote add origin ADDRESS"
    )
