"""The work tree: uncommitted changes, commits with hooks, and the merge of two edits of one text."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeAlias

from assay.errors import GitError
from assay.git.commands import ignored_sources, prefix
from assay.git.process import git, git_beside, git_command, git_environment, git_online, run_program, split_nul

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
_BOTH = frozenset({"AA", "DD"})
"""A conflict: both sides added the file, or both removed it."""
_MAX_CONFLICTS = 127
MARK = b"<<<<<<< "
"""The start of a conflict in a text."""


class _Entry(NamedTuple):
    mode: str
    blob: str


Entries: TypeAlias = Mapping[str, _Entry]
"""The differences from a commit, by path from the top of the repository; a removed file has mode 000000."""


def staged_since(root: Path, paths: Sequence[str], commit: str) -> Entries:
    """The staged changes of the given files since a commit."""
    own, found = _own(root, paths), _entries(git(root, "diff-index", "--cached", *_RAW, commit, "--"))
    return {path: entry for path, entry in found.items() if path in own}


def settle_commit(root: Path, paths: Sequence[str], before: str, staged: Entries) -> None:
    """Reduces the commit on top of `before` to the given files, and updates the clone to it in these.

    Changes of a hook to them stay in the commit, the index, and files of the work tree that are unchanged since staging.
    Changes of a hook to other files are removed from the commit; in the clone those files stay unchanged.

    Raises:
        GitError: git fails; if the commit contained other files, it is undone.
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
        if made[path] == staged.get(path) or path not in staged or not (root / own[path]).is_file():
            continue
        if git(root, "hash-object", "--", own[path]).decode().strip() == staged[path].blob:
            git_online(root, "restore", "--quiet", "--source=HEAD", "--worktree", "--", f":(literal){own[path]}")


def _without_others(root: Path, before: str, own: Entries) -> None:
    """Creates the commit again with only its own files; message, author and author date stay."""
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
    """The files by path from the top of the repository."""
    return {f"{prefix(root)}{path}": path for path in paths}


def _entries(raw: bytes) -> Entries:
    fields = [field.decode(errors="surrogateescape") for field in raw.split(b"\0")]
    heads = (field.split(" ") for field in fields[::2])
    return {path: _Entry(mode=head[1], blob=head[3]) for head, path in zip(heads, fields[1::2], strict=False)}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkState:
    """The uncommitted changes of a work tree, by path below the project: changed tracked files, and new files.

    `half` are those that changed again after staging.
    """

    changed: frozenset[str]
    untracked: frozenset[str]
    half: frozenset[str] = frozenset()


def work_tree(root: Path) -> WorkState:
    """The uncommitted changes; a file outside the project has its path from the top of the repository, after `:/`.

    An ignored file of the project counts as a new file.
    """
    own = prefix(root)
    listing = git(root, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", ":/")
    entries = [(entry[:2], _below(entry[3:], own)) for entry in split_nul(listing)]
    return WorkState(
        changed=frozenset(path for state, path in entries if state != "??"),
        untracked=ignored_sources(root).union(path for state, path in entries if state == "??"),
        half=frozenset(
            path for state, path in entries if state[0] not in " ?U" and state[1] not in " ?U" and state not in _BOTH
        ),
    )


def unfinished(root: Path) -> str:
    """The unfinished operation of git (`merge`, `rebase`, …); empty if there is none."""
    folder = Path(git(root, "rev-parse", "--absolute-git-dir").decode().strip())
    return next((what for mark, what in _UNFINISHED.items() if (folder / mark).exists()), "")


def conflicts(root: Path) -> tuple[str, ...]:
    """The files in conflict; one outside the project starts with `:/`."""
    own = prefix(root)
    listing = git(root, "diff", "--name-only", "--diff-filter=U", "--no-relative", "-z")
    return tuple(sorted({_below(path, own) for path in split_nul(listing)}))


def _below(path: str, own: str) -> str:
    return path.removeprefix(own) if path.startswith(own) else f":/{path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedText:
    """The merged text, and the number of conflicts, which are between git's markers."""

    text: bytes
    clashes: int


def merge_texts(ours: bytes, base: bytes, theirs: bytes, names: tuple[str, str, str]) -> MergedText:
    """The merge of two edits of `base`; `names` are the labels of the three at the markers.

    Raises:
        GitError: git cannot merge them, because one is not text.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for file, text in zip(files, (ours, base, theirs), strict=True):
            file.write_bytes(text)
        labels = [word for name in names for word in ("-L", name)]
        command = git_command("merge-file", "--stdout", *labels, *(file.name for file in files))
        ended = run_program(command, cwd=Path(folder), environment=git_environment())
    if ended.code is None or not 0 <= ended.code <= _MAX_CONFLICTS:
        raise GitError(f"git merge-file: {ended.stderr.decode(errors='replace').strip()}", fix="look at both texts")
    return MergedText(text=ended.stdout, clashes=ended.code)
