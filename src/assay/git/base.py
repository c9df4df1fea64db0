"""The base of a change, and the merge result that a forge would create."""

import os
from dataclasses import dataclass
from pathlib import Path

from assay.errors import UsageError
from assay.git.commands import Refs, base_remote, commit_of, refs_of, remotes, shared_default
from assay.git.git_folder import require_readable
from assay.git.objects import Clone, clone_of, missing, objects_of
from assay.git.snapshot import TreeSnapshot, below, commit_snapshot, tree_snapshot

_SET_DEFAULT = "git config init.defaultBranch BRANCH"
_FIXED = (
    "-c", "core.attributesFile=/dev/null", "-c", "merge.renames=true", "-c", "merge.renameLimit=7000",
    "-c", "merge.directoryRenames=conflict", "-c", "merge.conflictStyle=merge", "-c", "diff.renameLimit=7000",
)  # fmt: skip


def default_tip(root: Path, refs: Refs) -> str:
    """The commit of the default branch, or of the only branch without a remote.

    Raises:
        UsageError: the default branch is unknown.
    """
    found = refs.commits.get(shared_default(root, refs).reference or refs.only)
    if found is None:
        remote = base_remote(root) or next(iter(remotes(root)), "")
        learn = f"{_fetch(root, remote)} && git remote set-head {remote} --auto" if remote else _SET_DEFAULT
        raise UsageError(
            "no base: the default branch of this clone is unknown", fix=f"{learn}; or name the base: --base"
        )
    return found


def _fetch(root: Path, remote: str) -> str:
    deep = " --unshallow" if clone_of(root).boundary else ""
    return f"git fetch{deep} {remote} '+refs/heads/*:refs/remotes/{remote}/*'"


def named_commit(root: Path, name: str) -> str:
    """The commit of a revision.

    Raises:
        UsageError: it is unknown here.
    """
    commit = commit_of(root, name)
    if commit is None:
        remote = base_remote(root) or next(iter(remotes(root)), "")
        fetch = f": {_fetch(root, remote)}" if remote else ""
        raise UsageError(
            f"unknown revision {name!r}", fix=f"name a branch, a tag or a commit; or fetch it first{fetch}"
        )
    return commit


def snapshot_named(root: Path, name: str) -> TreeSnapshot:
    """The project at a revision.

    Raises:
        UsageError: it is unknown here.
        GitError: part of it is not in this clone.
    """
    return commit_snapshot(root, named_commit(root, name))


def start_of_work(root: Path, base: str | None, *, clone: Clone | None = None, refs: Refs | None = None) -> str | None:
    """The base commit of the work here: `base`, else the merge base of HEAD and the default branch.

    None before the first commit: then everything is new.

    Raises:
        UsageError: the base is unknown or has no history in common with HEAD, or git's own files are damaged.
        MissingObjectError: this clone is shallow between the two.
    """
    require_readable(root)
    if base is not None:
        return named_commit(root, base)
    known = refs or refs_of(root)
    if not known.head:
        return None
    tip = default_tip(root, known)
    return fork(clone or clone_of(root), tip, known.head)


def fork(clone: Clone, base: str, head: str) -> str:
    """The merge base of two commits.

    Raises:
        UsageError: they have none.
        MissingObjectError: a shallow clone does not contain it for certain.
    """
    if base == head:
        return head
    objects = objects_of(clone, sha256=len(head) == 64)
    ended = objects.ended("merge-base", "--all", base, head)
    if ended.code not in {0, 1}:
        raise missing(objects.clone, ended.stderr.decode(errors="replace"))
    found = ended.stdout.decode().split()
    if not found and clone.boundary:
        raise missing(clone, f"it is shallow, and {base[:12]} and {head[:12]} have nothing in common here")
    if not found:
        raise UsageError(
            f"{base[:12]} and {head[:12]} have no commit in common, so the changes are unknown",
            fix="git fetch origin '+refs/heads/*:refs/remotes/origin/*'; or name the commit that the work started from: --base COMMIT",
        )
    if clone.boundary:
        # A commit whose parents are missing may hide another path to the base; several bases may hide that one is older.
        between = set(objects.git("rev-list", f"{base}...{head}", "--").decode().split())
        if cut := sorted(between & clone.boundary) or (len(found) > 1 and sorted(clone.boundary)):
            raise missing(clone, f"it is shallow at {cut[0][:12]}, between {base[:12]} and {head[:12]}")
    return found[0]


def require_history(root: Path) -> Clone:
    """The clone around a folder, with its full history.

    Raises:
        UsageError: the folder is in no repository.
        MissingObjectError: the clone is shallow.
    """
    if commit_of(root, "HEAD") is None:
        raise UsageError(f"{root} has no commits", fix="work in a clone, or commit first")
    clone = clone_of(root)
    if clone.boundary:
        raise missing(clone, "it is shallow")
    return clone


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeResult:
    """The merged files, and the paths in conflict; a tree with conflicts is not checked further."""

    snapshot: TreeSnapshot
    conflicts: tuple[str, ...]


def merge_result(clone: Clone, base: str, head: str, start: str) -> MergeResult:
    """Merges two commits with the merge base `start`, as forges do: no merge driver, no attributes, fixed rename settings.

    Raises:
        GitError: an object is missing, or git refuses.
    """
    if start in {base, head}:
        return MergeResult(snapshot=tree_snapshot(clone, head if start == base else base), conflicts=())
    objects = objects_of(clone, sha256=len(head) == 64)
    ended = objects.ended(*_FIXED, "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", base, head)
    # If a tree is missing, git 2.39 prints an error and merges as if nothing had changed, with exit code 0.
    if ended.code not in {0, 1} or b"error: " in ended.stderr:
        raise missing(clone, ended.stderr.decode(errors="replace"))
    tree, *rest = os.fsdecode(ended.stdout).split("\0")
    paths = tuple(sorted({below(path, clone.prefix) for path in rest if path})) if ended.code else ()
    if ended.code and not paths:
        paths = ("(git names no file)",)
    return MergeResult(snapshot=tree_snapshot(clone, tree), conflicts=paths)
