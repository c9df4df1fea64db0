"""Files that stop commands: unfinished merges, conflict marks, Windows line ends, files where folders belong."""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from assay import git
from assay.errors import UsageError
from assay.files import WORK, Aside, format_names, inside, merge_mark, read_bytes, write_bytes

MEND = "assay doctor --mend"
ABORT = "assay doctor --abort"

Mend = Callable[[Aside], str]
"""Repairs a state, keeping what it removes; returns what it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """A state by name, its fix, and what `assay doctor --mend` does; where it `stops`, nothing is committed or sent."""

    name: str
    message: str
    fix: str = MEND
    mend: Mend | None = None
    stops: bool = True


LOCK = "dvc.lock"
REPORTS = "reports"


def taking_a_side(paths: Iterable[str]) -> str:
    """How to resolve a merge conflict in such files: either side, then `dvc repro`."""
    named = " ".join(sorted({path.partition("/")[0] for path in paths}))
    return f"take either side (git checkout HEAD -- {named}), `dvc repro`, git add {named}"


_ABORTED = {
    "merge": "the merged commits stay on their own branch",
    "rebase": "the branch is as it was before",
    "cherry-pick": "the commit stays on its own branch",
    "revert": "the commit is not reverted",
    "am": "the patches are not applied",
    "bisect": "the search ends, and the original branch is checked out",
}


def unfinished_merges(root: Path) -> Iterator[Blocker]:
    """A merge, rebase, … that was begun and not finished, or files in conflict without one."""
    what, files = git.unfinished(root), git.conflicts(root)
    if not what and not files:
        return
    listed = f"; in conflict: {format_names(files)}" if files else ""
    if what:
        said = f"git is in the middle of {'an' if what == 'am' else 'a'} {what} here{listed}"
        finish = "finish it" if what == "bisect" else f"finish it ({_settling(files)}, git {what} --continue)"
        effect = _ABORTED[what]
    else:
        said = f"files are in conflict, without a merge in progress{listed}"
        finish, effect = _settling(files), "they return to the last commit; a stash stays"
    yield Blocker(
        name="merges",
        message=said,
        fix=f"{finish}; or drop it: {ABORT} ({effect}; every changed file is kept below .assay/aside)",
    )


def _settling(files: Sequence[str]) -> str:
    """How to resolve each file in conflict: the pipeline makes its own files again, and they are never merged by hand."""
    made = [file for file in files if file == LOCK or file.startswith(f"{REPORTS}/")]
    chosen = (
        f"choose in each {'other ' if made else ''}file and `git add` it" if len(made) < len(files) or not files else ""
    )
    return ", then ".join(filter(None, (chosen, taking_a_side(made) if made else "")))


def other_line_ends(root: Path) -> Iterator[Blocker]:
    """Label files that differ from the last commit and end lines with CR and LF."""
    changed = sorted(git.changed_paths(root, git.commit_of(root, "HEAD")))
    labels = [(path, root / path) for path in changed if path.startswith("labels/") and path.endswith(".jsonl")]
    files = [(path, place) for path, place in labels if place.is_file() and not place.is_symlink()]
    found = [path for path, place in files if b"\r\n" in read_bytes(place)]

    def mend(aside: Aside) -> str:
        aside.copy((inside(root, path), path) for path in found)
        for path in found:
            write_bytes(inside(root, path), read_bytes(inside(root, path)).replace(b"\r\n", b"\n"))
        return f"{format_names(found)}: lines end with LF again"

    if found:
        yield Blocker(
            name="line ends",
            message=f"saved with Windows line endings: {format_names(found)}",
            mend=mend,
            stops=False,
        )


_WORK_FILES = ("lock", "turn")
_WORK_FOLDERS = ("aside", "pending", "proposals", "sending", "suggestions", "migrated")
_GITS_FILES = ("FETCH_HEAD", "ORIG_HEAD", "COMMIT_EDITMSG", "MERGE_MSG", "SQUASH_MSG", "logs/HEAD")
_LOG_FOLDERS = ("logs", "logs/refs", "logs/refs/heads", "logs/refs/remotes")


def blocked_work(root: Path) -> Iterator[Blocker]:
    """The folder that is this clone's alone cannot be used: assay follows no link there, and no command that writes goes on."""
    work = root / WORK
    if os.path.lexists(work) and (work.is_symlink() or not work.is_dir()):
        yield _in_the_place_of(root, work, "folder")
        return
    for names, kind in ((_WORK_FILES, "file"), (_WORK_FOLDERS, "folder")):
        for place in (work / name for name in names):
            if os.path.lexists(place) and (place.is_symlink() or place.is_dir() == (kind == "file")):
                yield _in_the_place_of(root, place, kind)


def _in_the_place_of(root: Path, place: Path, wanted: str) -> Blocker:
    found = "a symbolic link" if place.is_symlink() else "a folder" if place.is_dir() else "a file"

    def mend(_aside: Aside) -> str:
        # Renamed where it is: nothing can be moved below `.assay` yet.
        names = (place.with_name(f"{place.name}-old{'' if number == 1 else f'-{number}'}") for number in count(1))
        free = next(name for name in names if not os.path.lexists(name))
        place.rename(free)
        return f"{place.relative_to(root)} is renamed to {free.relative_to(root)}"

    return Blocker(
        name="work folder",
        message=f"{place.relative_to(root)} is {found}, and assay needs a {wanted} there",
        mend=mend,
        stops=False,
    )


def blocked_git(places: git.GitPlaces) -> Iterator[Blocker]:
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
        yield Blocker(
            name="git's own files",
            message=f"{place} is {found}, and git needs a {'folder' if place in folders else 'file'} there",
            mend=partial(_move, place, f"git/{place.relative_to(within)}"),
        )


def _move(place: Path, name: str, aside: Aside) -> str:
    aside.move(place, name)
    return f"{place} is moved to .assay/aside; git creates its own"


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
"""All files but answers: those are never restored automatically."""
_ANSWERS = ":(glob)labels/**/*.jsonl"
_PAST = 50


def marked_files(root: Path) -> Iterator[Blocker]:
    """Each file with conflict markers that git regards as resolved."""
    names = git.split_nul(git.git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *_PLACES))
    for name in dict.fromkeys(names):
        if line := merge_mark(_read(root, name)):
            yield _marked(root, name, line)
    for name, line in _committed(git.GitState(root), _PLACES):
        if (data := _read(root, name)) and not merge_mark(data):
            yield Blocker(
                name="conflict markers",
                message=f"{name}:{line} was committed here with an unresolved merge conflict; the file is now resolved, and not committed",
                fix=f"{MEND} commits it as it is",
                mend=partial(_commit, root, name),
                stops=False,
            )


def marked_among(root: Path, changed: Collection[str] | None) -> Iterator[Blocker]:
    """The changed files at the top of a project with conflict markers; git is not asked."""
    for name in _TOP:
        if (changed is None or name in changed) and (line := merge_mark(_read(root, name))):
            yield _marked(root, name, line)


def _marked(root: Path, name: str, line: int) -> Blocker:
    return Blocker(
        name="conflict markers",
        message=f"{name}:{line} an unresolved merge conflict",
        fix=f"choose in the file; or {MEND} (it restores the file, and keeps this one below .assay/aside)",
        mend=partial(_put_back, root, name),
        stops=False,
    )


def require_unmarked(state: git.GitState) -> None:
    """Makes sure that the last commit pushes no conflict markers.

    Raises:
        UsageError: it has some in a file that the shared branch has not just so.
    """
    for places, fix in (
        (_PLACES, f"{MEND} restores the file, or commits it if the conflict is resolved"),
        ((_ANSWERS,), "choose in the file, then: git commit -m 'Settle the merge' -- {name}"),
    ):
        for name, line in _committed(state, places):
            said = f"{name}:{line} was committed with an unresolved merge conflict; nothing was sent"
            raise UsageError(said, fix=f"{fix.format(name=name)}; then run this again")


def _committed(state: git.GitState, places: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """The files, each with the line, that unshared commits leave with conflict markers."""
    shared = state.default.reference
    if not shared or state.commit("HEAD") is None:
        return
    since = state.merge_base("HEAD", shared) or shared
    changed = ("diff", "--name-only", "--no-renames", "--diff-filter=d", "--relative", "-z", since, "HEAD", "--")
    for name in git.split_nul(git.git(state.root, *changed, *places)):
        if line := merge_mark(state.file_at("HEAD", name) or b""):
            yield name, line


def _commit(root: Path, name: str, _aside: Aside) -> str:
    git.commit_files(root, [name], f"Settle the merge in {name}")
    return f"{name} is committed as it is, without conflict markers"


def _read(root: Path, name: str) -> bytes:
    try:
        return read_bytes(inside(root, name))
    except (OSError, UsageError):
        return b""


def _put_back(root: Path, name: str, aside: Aside) -> str:
    revisions: list[str] = []
    if git.commit_of(root, "HEAD") is not None:
        log = git.git(root, "log", f"--max-count={_PAST}", "--format=%H", "--", f":(literal){name}").decode().split()
        revisions = [revision for revision in ("HEAD", git.shared_default(root).reference, *log) if revision]
    for revision in revisions:
        data = git.file_at(root, revision, name)
        if data is not None and not merge_mark(data):
            aside.copy([(inside(root, name), name)])
            write_bytes(inside(root, name), data)
            if revision == "HEAD":
                return f"{name} is restored from the last commit"
            unshared = name in dict(_committed(git.GitState(root), (f":(literal){name}",)))
            then = "" if unshared else f"; commit it yourself: git switch -c whole && git commit -m Whole -- {name}"
            return f"{name} is restored from {revision.removeprefix('refs/remotes/')}{then}"
    raise UsageError(
        f"{name}: no commit here has it without conflict markers",
        fix="choose in the file: keep the lines that are right, delete the <<<<<<<, ======= and >>>>>>> lines",
    )
