"""Somebody's branches of guideline proposals: `<who>/guideline-<task>-<version>`."""

import re
from pathlib import Path

from assay.actions.day.branches import is_only_here
from assay.guidelines.digest import content_paths
from assay.guidelines.versions import Version, version_of
from assay.model.names import is_task_name
from assay.store.git import file_at, references, shared_default

_HEADS = "refs/heads/"
_PROPOSAL = re.compile(r"refs/heads/[^/]+/guideline-(?P<task>.+?)-(?P<version>[0-9]+\.[0-9]+\.[0-9]+)(-[0-9]+)?")


def proposal_branch(who: str, task: str, version: str) -> str:
    """The branch of somebody's proposal."""
    return f"{who}/guideline-{task}-{version}"


def unsent_proposals(root: Path, who: str) -> tuple[tuple[str, str], ...]:
    """The branches of proposals that are committed and on no remote, with their tasks.

    Not what is merged by now, nor what was proposed anew under a later version because another took its own.
    """
    base = shared_default(root).revision
    found = [(name, _PROPOSAL.fullmatch(name)) for name in references(root, f"{_HEADS}{who}/guideline-*")]
    latest: dict[str, Version] = {}
    for _, said in found:
        if said:
            latest[said["task"]] = max(version_of(said["version"]), latest.get(said["task"], Version(0, 0, 0)))
    return tuple(
        (name.removeprefix(_HEADS), said["task"])
        for name, said in found
        if said
        and is_task_name(said["task"])
        and version_of(said["version"]) == latest[said["task"]]
        and _is_unsent(root, name, said["task"], base)
    )


def _is_unsent(root: Path, name: str, task: str, base: str) -> bool:
    return is_only_here(root, name.removeprefix(_HEADS)) and any(
        file_at(root, name, path) != file_at(root, base, path) for path in content_paths(task)
    )
