"""The batch that labels again what a proposal affects: drafted, or drafted before, and committed with it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from assay.actions.guideline_begin import new_plans
from assay.actions.impact import measure_impacts
from assay.actions.relabel import Drafted, draft_relabel
from assay.errors import GitError, UsageError
from assay.labels.batches import read_batch
from assay.labels.paths import LabelFile, Role
from assay.model.project import Batch, Purpose
from assay.model.proposed import Proposed
from assay.project import Project
from assay.project.find import find_project
from assay.project.roster import load_roster
from assay.store.git import commit_of, current_branch
from assay.store.lock import writing
from assay.store.repository import commit_files
from assay.store.turn import taking_turn
from assay.store.work_tree import WorkTree, work_tree


def with_batch(
    project: Project, proposed: Proposed, name: str, *, now: str, others: tuple[str, ...] = ()
) -> tuple[Proposed, Drafted | None]:
    """Commits the batch `name` on the branch of a committed proposal, drafted unless it is there, and batches drafted before.

    An empty name drafts none. Of batches that are not committed those belong to it that are open, label again and follow
    its version. What is committed already stays as it is.

    Raises:
        UsageError: another batch has the name, nothing is to be labelled again, nobody can be asked, or the branch of the
            proposal is not checked out.
        GitError: git refuses; the batch stays where it is.
    """
    root, drafted = project.root, None
    with taking_turn(root):
        if current_branch(root) != proposed.branch:
            raise UsageError(f"{proposed.branch} is not checked out", hint=f"git switch {proposed.branch}")
        with writing(root):
            here = find_project(root)
            if name and not _is_there(here, proposed, name):
                (measured,) = measure_impacts(here, proposed.task, base=None)
                drafted = draft_relabel(here, measured, name, now=now, others=others)
        folders = tuple(drafted_batches(find_project(root), proposed, work_tree(root)))
        for folder in folders:
            title = f"Batch {folder.rpartition('/')[2]}: labels again what {proposed.task} {proposed.version} affects"
            _commit(root, [f"{folder}/batch.yaml", f"{folder}/assignments.jsonl"], title)
    return replace(proposed, batches=folders, commit=commit_of(root, "HEAD") or ""), drafted


def drafted_batches(project: Project, proposed: Proposed, tree: WorkTree) -> Iterator[str]:
    """The folders of batches that nobody has committed and that label again what a proposal affects."""
    folders = {path.rpartition("/")[0] for path in new_plans(project.root, proposed.task, tree)}
    for folder in sorted(folders):
        batch = _batch(project, proposed.task, folder.rpartition("/")[2])
        if batch is not None and _belongs(batch, proposed):
            yield folder


def _is_there(project: Project, proposed: Proposed, name: str) -> bool:
    """Whether the batch is drafted for this proposal already; one of that name for anything else is in the way."""
    batch = _batch(project, proposed.task, name)
    if batch is not None and not _belongs(batch, proposed):
        raise UsageError(
            f"{proposed.task} has a batch {name!r} already, which follows {batch.guideline}, not {proposed.version}",
            hint="choose another name, or remove its folder if it is a draft that nobody needs",
        )
    return batch is not None


def _belongs(batch: Batch, proposed: Proposed) -> bool:
    return batch.purpose is Purpose.RELABEL and not batch.closed and batch.guideline == proposed.version


def _batch(project: Project, task: str, name: str) -> Batch | None:
    file = LabelFile(path=f"labels/{task}/{name}/batch.yaml", role=Role.BATCH, task=task, batch=name)
    if not project.snapshot.has(file.path):
        return None
    return read_batch(project.snapshot, file, frozenset(), load_roster(project))[0]


def _commit(root: Path, paths: list[str], title: str) -> None:
    try:
        commit_files(root, paths, title)
    except GitError as error:
        raise GitError(
            f"{error.message}\nthe guideline is committed, the batch is not; it is kept in {paths[0]}", hint=error.hint
        ) from error
