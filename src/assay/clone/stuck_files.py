"""Files that stop commands: unfinished merges, conflict marks, Windows line ends, files where folders belong."""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from assay.errors import UsageError
from assay.files import WORK, Aside, inside, merge_mark, named, read_bytes, write_bytes
from assay.git import (
    GitPlaces,
    GitState,
    changed_paths,
    commit_files,
    commit_of,
    conflicts,
    file_at,
    git,
    listed,
    shared_default,
    unfinished,
)

MEND = "assay doctor --mend"
ABORT = "assay doctor --abort"

Mend = Callable[[Aside], str]
"""Puts a state right, keeping what it takes away; says what it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """A state by name, with the one command that ends it; `mend` is what `assay doctor --mend` does about it.

    `stops` says that no command that commits or sends can go on in it.
    """

    name: str
    said: str
    fix: str
    mend: Mend | None = None
    stops: bool = True


LOCK = "dvc.lock"
REPORTS = "reports"


def is_made(path: str) -> bool:
    """Whether `dvc repro` writes the file."""
    return path == LOCK or path.startswith(f"{REPORTS}/")


def taking_a_side(paths: Iterable[str]) -> str:
    """How a merge conflict in such files is settled: either side, then they are made anew."""
    named = " ".join(sorted({path.partition("/")[0] for path in paths}))
    return f"take either side (git checkout HEAD -- {named}), `dvc repro`, git add {named}"


_GIVEN_UP = {
    "merge": "what came in by it is not taken in; it stays on the branch it came from",
    "rebase": "the branch stands again where it stood",
    "cherry-pick": "the commit is not taken over; it stays where it was",
    "revert": "the commit is not taken back",
    "am": "the patches are not applied",
    "bisect": "the search ends, and the branch that it began on is checked out",
}


def halfway(root: Path) -> Iterator[Stuck]:
    """A merge, rebase, … that was begun and not finished, or files in conflict without one."""
    what, files = unfinished(root), conflicts(root)
    if not what and not files:
        return
    listed = f"; in conflict: {named(files)}" if files else ""
    if what:
        said = f"git is in the middle of {'an' if what == 'am' else 'a'} {what} here{listed}"
        finish = "finish it" if what == "bisect" else f"finish it ({_settling(files)}, git {what} --continue)"
        given = _GIVEN_UP[what]
    else:
        said = f"files are in conflict, and git is in the middle of nothing{listed}"
        finish, given = _settling(files), "they become what the last commit has; a stash stays"
    yield Stuck(
        name="merges",
        said=said,
        fix=f"{finish}; or drop it: {ABORT} ({given}; every changed file is kept below .assay/aside)",
    )


def _settling(files: Sequence[str]) -> str:
    """What becomes of each file in conflict: what the pipeline makes is made anew, and never put together by hand."""
    made = [file for file in files if is_made(file)]
    chosen = ["choose in each other file and `git add` it" if made else "choose in each file and `git add` it"]
    return ", then ".join(
        [*(chosen if len(made) < len(files) or not files else []), *([taking_a_side(made)] if made else [])]
    )


def other_line_ends(root: Path) -> Iterator[Stuck]:
    """Label files that differ from the last commit and end lines with CR and LF."""
    labels = sorted(
        path
        for path in changed_paths(root, commit_of(root, "HEAD"))
        if path.startswith("labels/") and path.endswith(".jsonl")
    )
    found = [path for path in labels if _is_other(root, path)]
    if found:
        yield Stuck(
            name="line ends",
            said=f"saved with the line ends of Windows: {named(found)}",
            fix=MEND,
            mend=partial(_with_line_feeds, root, found),
            stops=False,
        )


def _is_other(root: Path, path: str) -> bool:
    place = root / path
    return place.is_file() and not place.is_symlink() and b"\r\n" in read_bytes(place)


def _with_line_feeds(root: Path, paths: Sequence[str], aside: Aside) -> str:
    aside.copy((inside(root, path), path) for path in paths)
    for path in paths:
        write_bytes(inside(root, path), read_bytes(inside(root, path)).replace(b"\r\n", b"\n"))
    return f"{named(paths)}: lines end with LF again"


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
        fix=MEND,
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
            fix=MEND,
            mend=partial(_move, place, f"git/{place.relative_to(within)}"),
        )


def _move(place: Path, name: str, aside: Aside) -> str:
    aside.move(place, name)
    return f"{place} is put aside; git makes its own"


_TOP = ("dvc.yaml", "pyproject.toml", ".gitignore", ".gitattributes")
_PLACES = (
    *_TOP,
    "schemas",
    "checks",
    "guidelines",
    ":(glob)labels/**/*.yaml",
    ":(glob)labels/**/assignments.jsonl",
    ":(glob)labels/annotators*/**",
)
"""All but answers: of those nothing is taken back for anybody."""
_ANSWERS = ":(glob)labels/**/*.jsonl"
_PAST = 50


def marked_files(root: Path) -> Iterator[Stuck]:
    """Each file in which both sides of a merge stand, and that git takes for settled."""
    names = listed(git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *_PLACES))
    for name in dict.fromkeys(names):
        if line := merge_mark(_read(root, name)):
            yield _marked(root, name, line)
    for name, line in _committed(GitState(root), _PLACES):
        if (data := _read(root, name)) and not merge_mark(data):
            yield Stuck(
                name="marks of a merge",
                said=f"{name}:{line} was committed here with an unsettled merge conflict; the file is whole by now, and not committed",
                fix=f"{MEND} commits it as it stands",
                mend=partial(_commit, root, name),
                stops=False,
            )


def marked_among(root: Path, changed: Collection[str] | None) -> Iterator[Stuck]:
    """Of the files at the top of a project those, among the changed ones, in which both sides of a merge stand; git is not asked."""
    for name in _TOP:
        if (changed is None or name in changed) and (line := merge_mark(_read(root, name))):
            yield _marked(root, name, line)


def _marked(root: Path, name: str, line: int) -> Stuck:
    return Stuck(
        name="marks of a merge",
        said=f"{name}:{line} an unsettled merge conflict",
        fix=f"choose in the file; or {MEND} (it stands again as it was before, and this one is kept below .assay/aside)",
        mend=partial(_put_back, root, name),
        stops=False,
    )


def hold_unmarked(state: GitState) -> None:
    """Makes sure that the last commit brings no marks of a merge to where it is sent.

    Raises:
        UsageError: it has some in a file that the shared branch has not just so.
    """
    for name, line in _committed(state, _PLACES):
        raise UsageError(
            f"{name}:{line} was committed with an unsettled merge conflict; nothing was sent",
            fix=f"{MEND} puts it back as it was before, or commits it as it stands where the file is whole by now; then run this again",
        )
    for name, line in _committed(state, (_ANSWERS,)):
        raise UsageError(
            f"{name}:{line} was committed with an unsettled merge conflict; nothing was sent",
            fix=f"choose in the file, then: git commit -m 'Settle the merge' -- {name}; then run this again",
        )


def _committed(state: GitState, places: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """The files, each with the line, that the commits which are not shared leave with the marks of a merge."""
    shared = state.default.reference
    if not shared or state.commit("HEAD") is None:
        return
    since = state.merge_base("HEAD", shared) or shared
    names = git(
        state.root,
        "diff",
        "--name-only",
        "--no-renames",
        "--diff-filter=d",
        "--relative",
        "-z",
        since,
        "HEAD",
        "--",
        *places,
    )
    for name in listed(names):
        if line := merge_mark(state.file_at("HEAD", name) or b""):
            yield name, line


def _commit(root: Path, name: str, _aside: Aside) -> str:
    commit_files(root, [name], f"Settle the merge in {name}")
    return f"{name} is committed as it stands here, without the marks of a merge"


def _read(root: Path, name: str) -> bytes:
    try:
        return read_bytes(inside(root, name))
    except (OSError, UsageError):
        return b""


def _put_back(root: Path, name: str, aside: Aside) -> str:
    for revision in _before(root, name):
        data = file_at(root, revision, name)
        if data is not None and not merge_mark(data):
            aside.copy([(inside(root, name), name)])
            write_bytes(inside(root, name), data)
            if revision == "HEAD":
                return f"{name} is again as the last commit has it"
            unshared = name in dict(_committed(GitState(root), (f":(literal){name}",)))
            then = (
                "" if unshared else f"; it is for you to commit: git switch -c whole && git commit -m Whole -- {name}"
            )
            return f"{name} is again as {revision.removeprefix('refs/remotes/')} has it{then}"
    raise UsageError(
        f"{name}: no commit here has it without the marks of a merge",
        fix="choose in the file: keep the lines that are right, delete the <<<<<<<, ======= and >>>>>>> lines",
    )


def _before(root: Path, name: str) -> Iterator[str]:
    """Where a whole file may be had from, the nearest first."""
    if commit_of(root, "HEAD") is None:
        return
    yield "HEAD"
    if reference := shared_default(root).reference:
        yield reference
    yield from git(root, "log", f"--max-count={_PAST}", "--format=%H", "--", f":(literal){name}").decode().split()
