"""Somebody's branches of guideline proposals: `<who>/guideline-<task>-<version>`."""

import re

from assay.actions.day.branches import is_only_here
from assay.errors import ConfigError, GitError
from assay.guidelines import Guideline, guideline_of
from assay.guidelines.digest import content_paths
from assay.guidelines.versions import Version, version_of
from assay.model.names import is_task_name
from assay.store.git_state import GitState
from assay.store.repository import fetch_branch

_HEADS = "refs/heads/"
_PROPOSAL = re.compile(r"refs/heads/[^/]+/guideline-(?P<task>.+?)-(?P<version>[0-9]+\.[0-9]+\.[0-9]+)(-[0-9]+)?")


def proposal_branch(who: str, task: str, version: str) -> str:
    """The branch of somebody's proposal."""
    return f"{who}/guideline-{task}-{version}"


def unsent_proposals(state: GitState, who: str) -> tuple[tuple[str, str], ...]:
    """The branches of proposals that are committed and on no remote, with their tasks.

    Not what is merged by now, nor what was proposed anew under a later version because another took its own.
    """
    base = state.default.revision
    found = [(name, _PROPOSAL.fullmatch(name)) for name in state.below(f"{_HEADS}{who}/guideline-")]
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
        and _is_unsent(state, name, said["task"], base)
    )


def left_behind(state: GitState, who: str, task: str) -> tuple[tuple[str, str], ...]:
    """The branches of somebody's proposals that a remote has and nobody can merge, each with its remote.

    The default branch has their version, or a later one, by now, and not what they change. Each is looked for on its
    remote; one that does not answer is taken to have it.
    """
    base, page = state.default.revision, content_paths(task)[0]
    now = _stated(state, base, page)
    found = []
    for remote in state.remotes if now is not None else ():
        for name in state.below(f"refs/remotes/{remote}/{who}/guideline-"):
            branch = name.removeprefix(f"refs/remotes/{remote}/")
            said = _PROPOSAL.fullmatch(f"{_HEADS}{branch}")
            if said and said["task"] == task and _is_behind(_stated(state, name, page), now, said["version"]):
                found += (
                    [(remote, branch)] if not state.is_ancestor(name, base) and _is_there(state, remote, branch) else []
                )
    return tuple(found)


def _is_there(state: GitState, remote: str, branch: str) -> bool:
    try:
        return fetch_branch(state.root, remote, branch)
    except GitError:
        return True


def _is_behind(made: Guideline | None, now: Guideline | None, version: str) -> bool:
    """Whether a proposed version is no later one than that of now, and what it changes did not come in under it."""
    if made is None or now is None or version_of(version) > version_of(now.version):
        return False
    return not {change for change in made.changes if change.version == version} <= {*now.changes}


def _stated(state: GitState, revision: str, page: str) -> Guideline | None:
    text = state.file_at(revision, page)
    try:
        return None if text is None else guideline_of(text, page)
    except ConfigError:
        return None


def _is_unsent(state: GitState, name: str, task: str, base: str) -> bool:
    return is_only_here(state, name.removeprefix(_HEADS)) and any(
        state.file_at(name, path) != state.file_at(base, path) for path in content_paths(task)
    )
