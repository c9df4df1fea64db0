"""Somebody's branches of guideline proposals: `<who>/guideline-<task>-<version>`."""

from pathlib import Path

from assay.actions.day.branches import is_only_here
from assay.guidelines.digest import content_paths
from assay.model.names import is_task_name
from assay.store.git import file_at, references, shared_default

_HEADS = "refs/heads/"


def proposal_branch(who: str, task: str, version: str) -> str:
    """The branch of somebody's proposal."""
    return f"{who}/guideline-{task}-{version}"


def unsent_proposals(root: Path, who: str) -> tuple[tuple[str, str], ...]:
    """The branches of proposals that are committed and on no remote, with their tasks; not what is merged by now."""
    base = shared_default(root).revision
    head = f"{_HEADS}{who}/guideline-"
    found = ((name, name.removeprefix(head).rpartition("-")[0]) for name in references(root, f"{_HEADS}{who}/"))
    return tuple(
        (name.removeprefix(_HEADS), task)
        for name, task in found
        if name.startswith(head) and is_task_name(task) and _is_unsent(root, name, task, base)
    )


def _is_unsent(root: Path, name: str, task: str, base: str) -> bool:
    return is_only_here(root, name.removeprefix(_HEADS)) and any(
        file_at(root, name, path) != file_at(root, base, path) for path in content_paths(task)
    )
