"""The work tree: what is not committed, commits with hooks, and merging two edits of one text."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeAlias

from assay.errors import GitError
from assay.git.commands import ignored_sources, prefix
from assay.git.process import git, git_beside, git_command, git_environment, git_online, listed, run


class _Entry(NamedTuple):
    mode: str
    blob: str


Entries: TypeAlias = Mapping[str, _Entry]
"""What differs from a commit, by path from the top of the repository; a file that is gone has mode 000000."""


def staged_since(root: Path, paths: Sequence[str], commit: str) -> Entries:
    """What is staged of the given files and differs from a commit."""
    own, found = _own(root, paths), _entries(git(root, "diff-index", "--cached", *_RAW, commit, "--"))
    return {path: entry for path, entry in found.items() if path in own}


def settle_commit(root: Path, paths: Sequence[str], before: str, staged: Entries) -> None:
    """Makes the commit on top of `before` one of the given files alone, and the clone agree with it in these.

    What a hook added of them stays in it, and the index follows; so does a file of the work tree that is as it was staged.
    Of other files the commit has nothing, also where a hook added them: they stay here, staged or not, as they were.

    Raises:
        GitError: git refuses; where the commit would have had other files, there is none.
    """
    own = _own(root, paths)
    made = _entries(git(root, "diff-tree", "-r", *_RAW, before, "HEAD", "--"))
    if made == staged:
        return
    if made.keys() - own:
        _without_others(root, before, {path: entry for path, entry in made.items() if path in own})
    given = b"".join(f":(top,literal){path}".encode(errors="surrogateescape") + b"\0" for path in own)
    git(root, "reset", "--quiet", "--pathspec-from-file=-", "--pathspec-file-nul", "HEAD", given=given)
    for path in sorted(own.keys() & made.keys()):
        if made[path] != staged.get(path) and path in staged and _stands(root, own[path], staged[path]):
            git_online(root, "restore", "--quiet", "--source=HEAD", "--worktree", "--", f":(literal){own[path]}")


def _without_others(root: Path, before: str, own: Entries) -> None:
    """Makes the commit anew without the files that are not its own; it keeps its message, its author and their date."""
    top = Path(git(root, "rev-parse", "--show-toplevel").decode().removesuffix("\n"))
    made = git(root, "rev-parse", "HEAD").decode().strip()
    lines = (f"{entry.mode} {entry.blob}\t{path}".encode(errors="surrogateescape") for path, entry in own.items())
    with TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        git_beside(top, index, "read-tree", before)
        git_beside(top, index, "update-index", "-z", "--index-info", given=b"".join(line + b"\0" for line in lines))
        try:
            git_beside(top, index, "commit", "--amend", "--quiet", "--no-edit", "--allow-empty", "--cleanup=verbatim")
        except GitError:
            git(root, "update-ref", "HEAD", before, made)
            raise


def _own(root: Path, paths: Sequence[str]) -> Mapping[str, str]:
    """The files by their path from the top of the repository."""
    return {f"{prefix(root)}{path}": path for path in paths}


def _stands(root: Path, path: str, entry: _Entry) -> bool:
    """Whether the file in the work tree is what was staged of it."""
    if not (root / path).is_file():
        return False
    return git(root, "hash-object", "--", path).decode().strip() == entry.blob


def _entries(raw: bytes) -> Entries:
    fields = [one.decode(errors="surrogateescape") for one in raw.split(b"\0")]
    heads = (said.split(" ") for said in fields[::2])
    return {path: _Entry(mode=head[1], blob=head[3]) for head, path in zip(heads, fields[1::2], strict=False)}


_RAW = ("--raw", "-z", "--no-renames", "--no-abbrev", "--no-relative", "--ignore-submodules")


_UNFINISHED = {
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
    "rebase-apply/applying": "am",
    "rebase-apply": "rebase",
    "sequencer": "cherry-pick",
    "BISECT_START": "bisect",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkState:
    """What the work tree holds that HEAD does not, by path below the project: tracked files changed, and new files.

    `half` are those that are staged in one state and stand here in another.
    """

    changed: frozenset[str]
    untracked: frozenset[str]
    half: frozenset[str] = frozenset()


def work_tree(root: Path) -> WorkState:
    """What is not committed; a file outside the project stands with its path from the repository's top, after `:/`.

    A file of the project that git is told to ignore is a new file like any other.
    """
    own = prefix(root)
    listing = git(root, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", ":/")
    entries = [(entry[:2], _below(entry[3:], own)) for entry in listed(listing)]
    return WorkState(
        changed=frozenset(path for state, path in entries if state != "??"),
        untracked=ignored_sources(root).union(path for state, path in entries if state == "??"),
        half=frozenset(path for state, path in entries if state[0] not in " ?U" and state[1] not in " ?U"),
    )


def unfinished(root: Path) -> str:
    """What git was doing and has not finished (`merge`, `rebase`, …); empty where nothing is."""
    folder = Path(git(root, "rev-parse", "--absolute-git-dir").decode().strip())
    return next((what for mark, what in _UNFINISHED.items() if (folder / mark).exists()), "")


def conflicts(root: Path) -> tuple[str, ...]:
    """The files that an unfinished merge could not bring together; one outside the project stands after `:/`."""
    own = prefix(root)
    listing = git(root, "diff", "--name-only", "--diff-filter=U", "--no-relative", "-z")
    return tuple(sorted({_below(path, own) for path in listed(listing)}))


def _below(path: str, own: str) -> str:
    return path.removeprefix(own) if path.startswith(own) else f":/{path}"


_MOST_CONFLICTS = 127
MARK = b"<<<<<<< "
"""What a place begins with that somebody has to settle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The text, and in how many places both sides changed the same lines: those stand between git's markers."""

    text: bytes
    clashes: int


def merge_texts(ours: bytes, base: bytes, theirs: bytes, names: tuple[str, str, str]) -> Merged:
    """What both sides made of `base`; `names` are what the three are called at the markers.

    Raises:
        GitError: git cannot merge them: one is no text.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for file, text in zip(files, (ours, base, theirs), strict=True):
            file.write_bytes(text)
        labels = [word for name in names for word in ("-L", name)]
        command = git_command("merge-file", "--stdout", *labels, *(file.name for file in files))
        ended = run(command, cwd=Path(folder), environment=git_environment())
    if ended.code is None or not 0 <= ended.code <= _MOST_CONFLICTS:
        raise GitError(f"git merge-file: {ended.stderr.decode(errors='replace').strip()}", fix="look at both texts")
    return Merged(text=ended.stdout, clashes=ended.code)
