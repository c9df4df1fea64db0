"""Which files are somebody's own votes, bringing two commits of them together, and `assay doctor --abort`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from assay.clone import keep
from assay.core import is_batch_name, is_name, is_task_name
from assay.errors import GitError, UsageError
from assay.files import Aside, digest_bytes, inside, read_bytes, taking_turn, write_bytes, writing
from assay.git import (
    GitState,
    commit_of,
    conflicts,
    current_branch,
    file_at,
    git,
    git_online,
    listed,
    merge,
    references,
    unfinished,
    work_tree,
)
from assay.labels import ANNOTATION, Annotation, OwnFile, Side, later, lines_of, merge_record, own_path, read_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Somebody's part of a batch, by its names."""

    task: str
    batch: str
    who: str

    @property
    def path(self) -> str:
        """The file of their votes, below the project's root."""
        return own_path(self.task, self.batch, self.who)

    @property
    def name(self) -> str:
        """`task/batch`."""
        return f"{self.task}/{self.batch}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Votes:
    """The readable records of a file of votes, and how many faults the rest has."""

    own: OwnFile
    records: tuple[Annotation, ...]
    faults: int


def part_of(path: str) -> Part | None:
    """Whose votes on which batch a path holds; None where it is no such file."""
    folders, _, name = path.rpartition("/")
    labels, task, batch = (*folders.split("/"), "", "", "")[:3]
    who = name.removesuffix(".jsonl")
    sound = is_task_name(task) and is_batch_name(batch) and is_name(who) and folders.count("/") == 2
    if labels != "labels" or not sound or who in {name, "assignments"}:
        return None
    return Part(task=task, batch=batch, who=who)


def parts_among(paths: Iterable[str], who: str) -> tuple[Part, ...]:
    """The parts of one annotator whose files are among the paths, sorted."""
    parts = (part for path in sorted(paths) if (part := part_of(path)) is not None)
    return tuple(part for part in parts if part.who == who)


def read_votes(root: Path, part: Part) -> Votes:
    """The votes in the work tree; a file that is not there holds none.

    Raises:
        LimitError, UsageError: the file is larger than assay reads, or a symbolic link.
    """
    try:
        return parse_votes(read_bytes(inside(root, part.path)), part)
    except FileNotFoundError:
        return parse_votes(b"", part)


def parse_votes(data: bytes, part: Part) -> Votes:
    """The same from the bytes of a file, wherever they were read; what cannot be read is counted and left out."""
    read = read_lines(data, ANNOTATION)
    own = OwnFile(path=part.path, lines=lines_of(read.records), digest=digest_bytes(data) if data else "")
    return Votes(own=own, records=tuple(read.records), faults=len(read.faults))


_Lines = Mapping[str, bytes]


def merge_own(state: GitState, theirs: str, who: str) -> bool:
    """Merges a commit into HEAD; where the same lines of somebody's own files changed, item by item.

    Where it is not clear which of two new answers to an item is the later one, a file cannot be read, or others' files
    clash, nothing changes.
    """
    since = state.merge_base("HEAD", theirs)
    return merge(state.root, theirs, settle=partial(_settled, _Sides(state, since, theirs), who))


@dataclass(frozen=True, slots=True)
class _Sides:
    state: GitState
    since: str | None
    theirs: str

    def lines(self, part: Part, revision: str | None) -> _Lines | None:
        """The answers in a commit by item; None where some of them cannot be read."""
        data = self.state.file_at(revision, part.path) if revision else None
        votes = parse_votes(data or b"", part)
        sound = not votes.faults and len(votes.own.lines) == len(votes.records)
        return votes.own.lines if sound else None


def _settled(sides: _Sides, who: str, path: str) -> bytes | None:
    part = part_of(path)
    if part is None or part.who != who:
        return None
    base, ours, theirs = (sides.lines(part, one) for one in (sides.since, "HEAD", sides.theirs))
    if base is None or ours is None or theirs is None:
        return None
    lines = both(base, ours, theirs)
    return None if lines is None else OwnFile(path=path, lines=lines, digest="").data


def both(base: _Lines, ours: _Lines, theirs: _Lines) -> _Lines | None:
    """The lines with the changes of both sides, by item: of two new answers the later one.

    None where no time tells which that is, or one side changed what the other took back.
    """
    merged: dict[str, bytes] = {}
    for item in base.keys() | ours.keys() | theirs.keys():
        side = merge_record(base.get(item), ours.get(item), theirs.get(item), choose=later)
        if side is Side.BOTH:
            return None
        if line := (ours if side is Side.OURS else theirs).get(item):
            merged[item] = line
    return merged


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
            raise UsageError("git is in the middle of nothing here", fix="there is nothing to drop")
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
