"""What a forge would make of a pull request: the tree of base and head merged, without a work tree."""

import os
from dataclasses import dataclass

from assay.git.objects import Clone, missing, objects_of
from assay.git.snapshot import TreeSnapshot, below, tree_snapshot

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
