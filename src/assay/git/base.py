"""What a change is judged against, and the merge result a forge would make."""

import os
from dataclasses import dataclass
from pathlib import Path

from assay.errors import AssayError, UsageError
from assay.git.commands import Refs, base_remote, commit_of, refs_of, remotes, shared_default
from assay.git.git_folder import hold_readable
from assay.git.objects import Clone, Objects, clone_of, missing, objects_of
from assay.git.snapshot import TreeSnapshot, below, commit_snapshot, tree_snapshot


def default_tip(root: Path, refs: Refs) -> str:
    """The commit of the default branch; of the only branch, where there is no remote.

    Raises:
        UsageError: nobody says which branch that is.
    """
    found = refs.commits.get(shared_default(root, refs).reference or refs.only)
    if found is None:
        raise UsageError(
            "no base: this clone does not say which branch is the default one, so what changed is unknown",
            fix=f"{_learn_default(root)}; or name the base yourself",
        )
    return found


def _learn_default(root: Path) -> str:
    """The command after which the default branch is known."""
    there = remotes(root)
    if not there:
        return "git config init.defaultBranch BRANCH"
    remote = base_remote(root) or there[0]
    return f"{_fetch(root, remote)} && git remote set-head {remote} --auto"


def _fetch(root: Path, remote: str) -> str:
    """The command that fetches every branch, with all of its history."""
    deep = " --unshallow" if clone_of(root).boundary else ""
    return f"git fetch{deep} {remote} '+refs/heads/*:refs/remotes/{remote}/*'"


def named_commit(root: Path, name: str) -> str:
    """The commit that somebody names.

    Raises:
        UsageError: there is none of that name here.
    """
    commit = commit_of(root, name)
    if commit is None:
        remote = base_remote(root) or next(iter(remotes(root)), "")
        fetch = f": {_fetch(root, remote)}" if remote else ""
        raise UsageError(
            f"unknown revision {name!r}", fix=f"give a branch, a tag or a commit; or fetch it first{fetch}"
        )
    return commit


def snapshot_named(root: Path, name: str) -> TreeSnapshot:
    """The project as the commit has it that somebody names.

    Raises:
        UsageError: there is none of that name here.
        GitError: part of it is not in this clone.
    """
    return commit_snapshot(root, named_commit(root, name))


def start_of_work(root: Path, base: str | None, *, clone: Clone | None = None, refs: Refs | None = None) -> str | None:
    """The commit that the work here is judged against: `base`, else where HEAD left the default branch.

    None before the first commit: then everything is new.

    Raises:
        UsageError: no such base, nobody says what it is, it has nothing in common with HEAD, or git's own files are damaged.
        MissingObjectError: this clone is shallow between the two.
    """
    hold_readable(root)
    if base is not None:
        return named_commit(root, base)
    known = refs or refs_of(root)
    if not known.head:
        return None
    tip = default_tip(root, known)
    return fork(clone or clone_of(root), tip, known.head)


def fork(clone: Clone, base: str, head: str) -> str:
    """The commit where `head` left `base`.

    Raises:
        UsageError: they have none.
        MissingObjectError: a shallow clone ends before it is sure which one it is.
    """
    if base == head:
        return head
    objects = objects_of(clone, sha256=len(head) == 64)
    found = _merge_bases(objects, base, head)
    if not found:
        raise _unrelated(clone, base, head)
    if clone.boundary:
        _require_joined(clone, objects, base, head, found)
    return found[0]


def require_history(root: Path) -> Clone:
    """The clone around a folder, with all of its history.

    Raises:
        UsageError: the folder is in no repository.
        MissingObjectError: the clone is shallow.
    """
    if commit_of(root, "HEAD") is None:
        raise UsageError(f"{root} has no history: nothing is committed there", fix="work in a clone, or commit first")
    clone = clone_of(root)
    if clone.boundary:
        raise missing(clone, "it is shallow")
    return clone


def _merge_bases(objects: Objects, base: str, head: str) -> tuple[str, ...]:
    ended = objects.ended("merge-base", "--all", base, head)
    if ended.code not in {0, 1}:
        raise missing(objects.clone, ended.stderr.decode(errors="replace"))
    return tuple(ended.stdout.decode().split())


def _require_joined(clone: Clone, objects: Objects, base: str, head: str, found: tuple[str, ...]) -> None:
    """A commit whose parents are not here may hide another way to the base; several bases may hide that one is older."""
    between = set(objects.git("rev-list", f"{base}...{head}", "--").decode().split())
    if cut := sorted(between & clone.boundary) or (len(found) > 1 and sorted(clone.boundary)):
        raise missing(clone, f"it is shallow at {cut[0][:12]}, between {base[:12]} and {head[:12]}")


def _unrelated(clone: Clone, base: str, head: str) -> AssayError:
    if clone.boundary:
        return missing(clone, f"it is shallow, and {base[:12]} and {head[:12]} have nothing in common here")
    return UsageError(
        f"{base[:12]} and {head[:12]} have no commit in common, so what changed is unknown",
        fix="git fetch origin '+refs/heads/*:refs/remotes/origin/*'; or give the commit that the work began at: --base COMMIT",
    )


_FIXED = (
    "-c", "core.attributesFile=/dev/null", "-c", "merge.renames=true", "-c", "merge.renameLimit=7000",
    "-c", "merge.directoryRenames=conflict", "-c", "merge.conflictStyle=merge", "-c", "diff.renameLimit=7000",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeResult:
    """The merged files, and the paths that a person would have to bring together; such a tree is not judged further."""

    snapshot: TreeSnapshot
    conflicts: tuple[str, ...]


def merge_result(clone: Clone, base: str, head: str, start: str) -> MergeResult:
    """Merges two commits that parted at `start`, as forges do: no merge driver, no attributes, renames by fixed settings.

    Raises:
        GitError: an object is missing, or git refuses.
    """
    if start in {base, head}:
        return MergeResult(snapshot=tree_snapshot(clone, head if start == base else base), conflicts=())
    objects = objects_of(clone, sha256=len(head) == 64)
    ended = objects.ended(*_FIXED, "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", base, head)
    # Where a tree is not here, git 2.39 says so and merges as if nothing had changed, with exit code 0.
    if ended.code not in {0, 1} or b"error: " in ended.stderr:
        raise missing(clone, ended.stderr.decode(errors="replace"))
    tree, *rest = os.fsdecode(ended.stdout).split("\0")
    paths = tuple(sorted({below(path, clone.prefix) for path in rest if path})) if ended.code else ()
    if ended.code and not paths:
        paths = ("(git names no file)",)
    return MergeResult(snapshot=tree_snapshot(clone, tree), conflicts=paths)
