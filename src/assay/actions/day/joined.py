"""Bring somebody's other branches, and the default one, into the branch that is sent: where they hold the same file they clash."""

from collections.abc import Callable, Iterator, Sequence

from assay.actions.day.mine import Part, parse_votes, parts_among
from assay.actions.day.together import merge_own
from assay.actions.day.unmerged import unmerged_answers
from assay.labels.annotator_file import OnBranch, Unmerged
from assay.project import Project
from assay.project.roster import load_roster
from assay.store.git_state import GitState
from assay.store.repository import merges_cleanly

Say = Callable[[str], None]


def join(project: Project, state: GitState, who: str, parts: Sequence[Part], remote: str, say: Say) -> bool:
    """Merges into HEAD the branches whose answers to the same batches HEAD has; says whether anything came in.

    So both can be merged, in any order. A branch that holds more than somebody's own answers stays apart, as does one with
    answers that HEAD has not taken; where the two would clash, that is said. Where HEAD clashes with the default branch in
    own files, as after a squash, that one is taken in.
    """
    root, joined = project.root, False
    unmerged = unmerged_answers(project, who, load_roster(project), state)
    for one in {one.commit: one for one in _others(state, unmerged, parts, remote)}.values():
        if state.is_ancestor(one.commit, "HEAD"):
            continue
        held = all(_holds(state, part, one.commit, unmerged) for part in parts)
        if held and _is_own_alone(state, one.commit, who) and merge_own(state, one.commit, who):
            joined = True
            say(f"branch {one.branch} came along, so that either can be merged first: it has answers to the same batch")
        elif not merges_cleanly(root, one.commit, "HEAD"):
            say(
                f"warning: branch {one.branch} has answers to the same batch, and only one of the two can be merged as it is"
            )
    shared = state.default
    if shared.remote and not merges_cleanly(root, "HEAD", shared.revision) and merge_own(state, shared.revision, who):
        joined = True
        say(f"{shared.name} came in: it had other answers of yours to the same batch")
    return joined


def _others(state: GitState, unmerged: Unmerged, parts: Sequence[Part], remote: str) -> Iterator[OnBranch]:
    """What other branches have of the parts; this one on the remote is no other."""
    same = state.commit(f"refs/remotes/{remote}/{state.branch}")
    for part in parts:
        yield from (one for one in unmerged.elsewhere.get(part.path, ()) if one.commit != same and not one.merged)


def _holds(state: GitState, part: Part, commit: str, unmerged: Unmerged) -> bool:
    """Whether HEAD has every answer that a commit has of a part, or a later one."""
    own = parse_votes(state.file_at("HEAD", part.path) or b"", part).own
    there = tuple(one for one in unmerged.elsewhere.get(part.path, ()) if one.commit == commit)
    items = frozenset(item for one in there for item in one.lines)
    together = Unmerged(elsewhere={part.path: there}).over(own, items)
    return not (together.taken or together.apart)


def _is_own_alone(state: GitState, commit: str, who: str) -> bool:
    """Whether a commit changed nothing but somebody's own answers since it left the default branch."""
    since = state.merge_base(commit, state.default.revision)
    paths = state.paths_between(since, commit) if since else frozenset()
    return bool(paths) and len(parts_among(paths, who)) == len(paths)
