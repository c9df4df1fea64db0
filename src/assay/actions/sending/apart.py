"""What a review refuses in one pull request goes in two: answers, and what others are judged by."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from assay.actions.errand import Errand, Kept, keep
from assay.actions.sending.ground import Ground, free_name, in_the_way
from assay.errors import UsageError
from assay.project import find_project
from assay.review.kinds import place_of
from assay.store.git import merge_base, paths_between
from assay.store.pending import named
from assay.store.repository import make_branch
from assay.store.work_tree import WorkTree


def apart(root: Path, errand: Errand, ground: Ground, kept: Kept, changed: list[str]) -> str:
    """The branch for the changed files: the one checked out, or a fresh one where they may not come with what is on it.

    Raises:
        UsageError: they may not, and rest on it: they wait until it is merged.
    """
    code = find_project(root).code
    since = merge_base(root, "HEAD", ground.base)
    there = paths_between(root, since, "HEAD") if since else frozenset()
    if not _refused_together([*there, *changed], code) or _refused_together(there, code):
        return ground.branch
    if _refused_together(changed, code):
        return ground.branch
    if in_the_way(root, WorkTree(changed=frozenset(changed), untracked=frozenset()), ground.base):
        raise UsageError(
            f"{named(changed)}: may not come in one pull request with what is on branch {ground.branch}",
            hint=f"the files stay as they are; once that branch is merged, `{errand.typed}` again sends them",
        )
    name = free_name(root, errand.branch)
    make_branch(root, name, ground.base)
    keep(root, errand, replace(kept, written=True, branch=name, before=ground.base))
    return name


def _refused_together(paths: Iterable[str], code: Sequence[str]) -> bool:
    kinds = [place_of(path, code).kind for path in paths]
    return any(kind.labels for kind in kinds) and any(kind.policy or kind.apart or kind.release for kind in kinds)
