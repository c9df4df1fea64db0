"""The marks of a merge that nobody finished, in the files that say how the project works."""

from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

from assay.actions.stuck.state import MEND, Stuck
from assay.errors import UsageError
from assay.store.aside import Aside
from assay.store.files import inside, read_bytes, write_bytes
from assay.store.git import commit_of, file_at, shared_default
from assay.store.git_state import GitState
from assay.store.plain_text import merge_mark
from assay.store.process import git, listed
from assay.store.repository import commit_files

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
                remedy=f"{MEND} commits it as it stands",
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
        remedy=f"choose in the file; or {MEND} (it stands again as it was before, and this one is kept below .assay/aside)",
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
            hint=f"{MEND} puts it back as it was before, or commits it as it stands where the file is whole by now; then run this again",
        )
    for name, line in _committed(state, (_ANSWERS,)):
        raise UsageError(
            f"{name}:{line} was committed with an unsettled merge conflict; nothing was sent",
            hint=f"choose in the file, then: git commit -m 'Settle the merge' -- {name}; then run this again",
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
        hint="choose in the file: keep the lines that are right, delete the <<<<<<<, ======= and >>>>>>> lines",
    )


def _before(root: Path, name: str) -> Iterator[str]:
    """Where a whole file may be had from, the nearest first."""
    if commit_of(root, "HEAD") is None:
        return
    yield "HEAD"
    if reference := shared_default(root).reference:
        yield reference
    yield from git(root, "log", f"--max-count={_PAST}", "--format=%H", "--", f":(literal){name}").decode().split()
