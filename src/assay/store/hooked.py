"""A commit in which the hooks of whoever typed the command had a hand: what they added, and what their clone is left with."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeAlias

from assay.errors import GitError
from assay.store.git import prefix
from assay.store.process import git, git_beside, git_online


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
