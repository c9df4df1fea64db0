"""What is sent in one pull request: what a review refuses goes in two, and what is sent has to hold without the rest."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from assay.actions.errand import Errand, Kept, keep
from assay.actions.sending.ground import Ground, free_name, in_the_way
from assay.errors import UsageError
from assay.git.objects import clone_of
from assay.git.snapshot import tree_snapshot
from assay.model.finding import Finding, Severity
from assay.model.names import SOURCE_FOLDERS
from assay.project import find_project
from assay.project.find import PROJECT_FILE, project_in
from assay.review.kinds import place_of
from assay.review.project_findings import project_findings
from assay.store.git_state import GitState
from assay.store.pending import named
from assay.store.repository import make_branch, tree_with
from assay.store.work_tree import WorkTree


def apart(state: GitState, errand: Errand, ground: Ground, kept: Kept, changed: list[str]) -> str:
    """The branch for the changed files: the one checked out, or a fresh one where they may not come with what is on it.

    Raises:
        UsageError: they may not, and rest on it: they wait until it is merged.
    """
    root = state.root
    code = find_project(root).code
    since = state.merge_base("HEAD", ground.base)
    there = state.paths_between(since, "HEAD") if since else frozenset()
    if not _refused_together([*there, *changed], code) or _refused_together(there, code):
        return ground.branch
    if _refused_together(changed, code):
        return ground.branch
    if in_the_way(state, WorkTree(changed=frozenset(changed), untracked=frozenset()), ground.base):
        raise UsageError(
            f"{named(changed)}: may not come in one pull request with what is on branch {ground.branch}",
            hint=f"the files stay as they are; once that branch is merged, `{errand.typed}` again sends them",
        )
    name = free_name(state, errand.branch)
    make_branch(root, name, ground.base)
    keep(root, errand, replace(kept, written=True, branch=name, before=ground.base))
    return name


def _refused_together(paths: Iterable[str], code: Sequence[str]) -> bool:
    kinds = [place_of(path, code).kind for path in paths]
    return any(kind.labels for kind in kinds) and any(kind.policy or kind.apart or kind.release for kind in kinds)


def errors_alone(root: Path, head: str, changed: list[str], others: frozenset[str]) -> list[Finding]:
    """The errors that changed files bring on top of a commit where none of the others is, which they may rest on."""
    code = find_project(root).code
    if not any(_is_rested_on(path, code) for path in others):
        return []
    clone = clone_of(root)
    if tree_snapshot(clone, head).entry(PROJECT_FILE) is None:
        return []
    before, after = (
        project_findings(project_in(tree_snapshot(clone, name))).findings for name in (head, tree_with(root, changed))
    )
    known = {_place(one) for one in before}
    return [one for one in after if one.severity is Severity.ERROR and _place(one) not in known]


def _is_rested_on(path: str, code: Sequence[str]) -> bool:
    """Whether what stands in other files may rest on a file: on anything that is judged but somebody's own answers."""
    kind = place_of(path, code).kind
    return path.partition("/")[0] in SOURCE_FOLDERS and not kind.own


def _place(one: Finding) -> tuple[str, ...]:
    """What a finding is told by where lines have moved."""
    return one.rule, one.at.path, one.at.pointer, one.item, one.annotator, one.message
