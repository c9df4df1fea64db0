"""`assay doctor --abort`: drop what git is in the middle of, and lose nothing that was written meanwhile."""

from dataclasses import dataclass
from pathlib import Path

from assay.actions.day.mine import parse_votes, part_of
from assay.actions.day.together import both
from assay.actions.stuck.beside import keep
from assay.errors import GitError, UsageError
from assay.labels.annotator_file import OwnFile
from assay.store.aside import Aside
from assay.store.files import inside, read_bytes, write_bytes
from assay.store.git import commit_of, current_branch, file_at, references
from assay.store.lock import writing
from assay.store.process import git, git_online, listed
from assay.store.turn import taking_turn
from assay.store.work_tree import conflicts, unfinished, work_tree

_COMMANDS = {"bisect": ("bisect", "reset"), "rebase": ("rebase", "--abort"), "am": ("am", "--abort")}


@dataclass(frozen=True, slots=True, kw_only=True)
class LetGo:
    """What was dropped, where the changed files are kept, which of them stand in the work tree as they were, and a branch of commits."""

    what: str
    kept: str
    put_back: tuple[str, ...]
    branch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Saved:
    """A file as it stands here, and as git has it staged."""

    here: bytes
    staged: bytes


def let_go(root: Path) -> LetGo:
    """Ends a merge, rebase, … without its result; every file that is not as the last commit has it is kept first.

    Answers that were saved meanwhile, in files that were not in conflict, stand in the work tree again.

    Raises:
        UsageError: git is in the middle of nothing.
        GitError: git refuses; what is kept stays kept.
    """
    with taking_turn(root), writing(root):
        what, clashed = unfinished(root), conflicts(root)
        if not what and not clashed:
            raise UsageError("git is in the middle of nothing here", hint="there is nothing to drop")
        changed = sorted(path for path in work_tree(root).changed if not path.startswith(":/"))
        aside = Aside(root)
        aside.copy((inside(root, path), path) for path in changed)
        saved = {path: _Saved(here=_read(root, path), staged=_staged(root, path)) for path in _edited(root, clashed)}
        if saved:
            git_online(root, "checkout-index", "--quiet", "--force", "--", *saved)
        head = commit_of(root, "HEAD") or ""
        _drop(root, what, clashed)
        branch = keep(root, head) if head and _is_on_none(root, head) else ""
        back = [path for path, one in saved.items() if _put_back(root, path, one)]
        return LetGo(what=what or "conflict", kept=aside.said, put_back=tuple(back), branch=branch)


def _edited(root: Path, clashed: tuple[str, ...]) -> list[str]:
    """The files that were edited after git staged its own; one that was deleted is not among them."""
    changed = listed(git(root, "diff", "--name-only", "--no-renames", "--diff-filter=M", "--relative", "-z"))
    return [path for path in changed if path not in clashed]


def _staged(root: Path, path: str) -> bytes:
    return git(root, "cat-file", "blob", f":./{path}")


def _drop(root: Path, what: str, clashed: tuple[str, ...]) -> None:
    if what:
        try:
            git_online(root, *_COMMANDS.get(what, (what, "--abort")))
        except GitError:
            if what != "rebase":
                raise
            git_online(root, "rebase", "--quit")
        return
    literal = [
        f":(top,literal){path.removeprefix(':/')}" if path.startswith(":/") else f":(literal){path}" for path in clashed
    ]
    git_online(root, "reset", "--quiet", "--", *literal)
    there = [one for one, path in zip(literal, clashed, strict=True) if file_at(root, "HEAD", path) is not None]
    if there:
        git_online(root, "checkout", "--quiet", "HEAD", "--", *there)


def _is_on_none(root: Path, commit: str) -> bool:
    """Whether a commit has changes that no branch has, be it as another commit."""
    if not current_branch(root) or references(root, f"--contains={commit}"):
        return False
    return bool(int(git(root, "rev-list", "--count", "--cherry-pick", "--right-only", f"HEAD...{commit}")))


def _read(root: Path, path: str) -> bytes:
    try:
        return read_bytes(inside(root, path))
    except FileNotFoundError:
        return b""


def _put_back(root: Path, path: str, saved: _Saved) -> bool:
    """Brings what was edited meanwhile into the file as it is now; says whether all of it is in it."""
    now = _read(root, path)
    if now == saved.staged:
        write_bytes(inside(root, path), saved.here)
        return True
    part = part_of(path)
    if part is None:
        return False
    sides = [parse_votes(data, part) for data in (saved.staged, saved.here, now)]
    lines = None if any(side.faults for side in sides) else both(*(side.own.lines for side in sides))
    if lines is None:
        return False
    write_bytes(inside(root, path), OwnFile(path=path, lines=lines, digest="").data)
    return True
