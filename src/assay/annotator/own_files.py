"""An annotator's own files of votes: which they are, merging two commits of them, and `assay doctor --abort`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from assay import git
from assay.clone import keep_on_branch
from assay.core import is_batch_name, is_name, is_task_name
from assay.errors import GitError, UsageError
from assay.files import Aside, digest_bytes, inside, read_bytes, taking_turn, write_bytes, writing
from assay.labels import ANNOTATION, Annotation, OwnFile, Side, later, lines_of, merge_record, own_path, read_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An annotator's part of a batch."""

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
    """The part whose votes are in the file at a path; None for other files."""
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
    """The votes in the work tree; a missing file has none.

    Raises:
        LimitError, UsageError: the file is larger than assay reads, or a symbolic link.
    """
    try:
        return parse_votes(read_bytes(inside(root, part.path)), part)
    except FileNotFoundError:
        return parse_votes(b"", part)


def votes_at(state: git.GitState, revision: str | None, part: Part) -> Votes:
    """The votes in a commit; none where it lacks the file, or there is no commit."""
    return parse_votes((state.file_at(revision, part.path) if revision else None) or b"", part)


def parse_votes(data: bytes, part: Part) -> Votes:
    """The votes in the bytes of a file; lines that cannot be read are counted and left out."""
    read = read_lines(data, ANNOTATION)
    own = OwnFile(path=part.path, lines=lines_of(read.records), digest=digest_bytes(data) if data else "")
    return Votes(own=own, records=tuple(read.records), faults=len(read.faults))


_Lines = Mapping[str, bytes]


def merge_own(state: git.GitState, theirs: str, who: str) -> bool:
    """Merges a commit into HEAD; conflicts in the annotator's own files are resolved item by item.

    Nothing changes, and the result is false, where neither of two new answers is known to be later, a file cannot be
    read, or other files conflict.
    """
    revisions = (state.merge_base("HEAD", theirs), "HEAD", theirs)

    def settle(path: str) -> bytes | None:
        part = part_of(path)
        if part is None or part.who != who:
            return None
        sides = [votes_at(state, at, part) for at in revisions]
        sound = all(not side.faults and len(side.own.lines) == len(side.records) for side in sides)
        lines = merge_lines(*(side.own.lines for side in sides)) if sound else None
        return None if lines is None else OwnFile(path=path, lines=lines, digest="").data

    return git.merge_revision(state.root, theirs, settle=settle)


def merge_lines(base: _Lines, ours: _Lines, theirs: _Lines) -> _Lines | None:
    """The lines with the changes of both sides, by item: of two new answers the later one.

    None where no time tells which that is, or one side changed what the other removed.
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
class AbortedOperation:
    """The operation that was aborted, where changed files are kept, which of them were restored, and a branch with its commits."""

    what: str
    kept: str
    put_back: tuple[str, ...]
    branch: str


def abort_operation(root: Path) -> AbortedOperation:
    """Aborts a merge, rebase, …; every file that differs from the last commit is kept first.

    Answers that were saved meanwhile, in files without conflicts, are restored in the work tree.

    Raises:
        UsageError: no operation is in progress.
        GitError: git refuses; what is kept stays kept.
    """
    with taking_turn(root), writing(root):
        what, clashed = git.unfinished(root), git.conflicts(root)
        if not what and not clashed:
            raise UsageError("no git operation is in progress here", fix="there is nothing to abort")
        changed = sorted(path for path in git.work_tree(root).changed if not path.startswith(":/"))
        aside = Aside(root)
        aside.copy((inside(root, path), path) for path in changed)
        edited = git.split_nul(
            git.git(root, "diff", "--name-only", "--no-renames", "--diff-filter=M", "--relative", "-z")
        )
        saved = {
            path: (_read(root, path), git.git(root, "cat-file", "blob", f":./{path}"))
            for path in edited
            if path not in clashed
        }
        if saved:
            git.git_online(root, "checkout-index", "--quiet", "--force", "--", *saved)
        head = git.commit_of(root, "HEAD") or ""
        _drop(root, what, clashed)
        alone = head and git.current_branch(root) and not git.references(root, f"--contains={head}")
        # Changes that a branch has in another commit do not count.
        picked = ("--cherry-pick", "--right-only", f"HEAD...{head}")
        branch = keep_on_branch(root, head) if alone and int(git.git(root, "rev-list", "--count", *picked)) else ""
        back = tuple(path for path, (here, staged) in saved.items() if _put_back(root, path, here, staged))
        return AbortedOperation(what=what or "conflict", kept=aside.location, put_back=back, branch=branch)


def _drop(root: Path, what: str, clashed: tuple[str, ...]) -> None:
    if what:
        try:
            git.git_online(root, *_COMMANDS.get(what, (what, "--abort")))
        except GitError:
            if what != "rebase":
                raise
            git.git_online(root, "rebase", "--quit")
        return
    literal = [
        f":(top,literal){path.removeprefix(':/')}" if path.startswith(":/") else f":(literal){path}" for path in clashed
    ]
    git.git_online(root, "reset", "--quiet", "--", *literal)
    there = [one for one, path in zip(literal, clashed, strict=True) if git.file_at(root, "HEAD", path) is not None]
    if there:
        git.git_online(root, "checkout", "--quiet", "HEAD", "--", *there)


def _read(root: Path, path: str) -> bytes:
    try:
        return read_bytes(inside(root, path))
    except FileNotFoundError:
        return b""


def _put_back(root: Path, path: str, here: bytes, staged: bytes) -> bool:
    """Merges what was edited `here` since it was staged into the current file; whether that was possible."""
    now = _read(root, path)
    if now == staged:
        write_bytes(inside(root, path), here)
        return True
    part = part_of(path)
    if part is None:
        return False
    sides = [parse_votes(data, part) for data in (staged, here, now)]
    lines = None if any(side.faults for side in sides) else merge_lines(*(side.own.lines for side in sides))
    if lines is None:
        return False
    write_bytes(inside(root, path), OwnFile(path=path, lines=lines, digest="").data)
    return True
