"""The branch that a command with `--submit` works on: one of one's own that is still to be merged, else a fresh one."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from assay.actions.day.branches import hold_nameable, own_branch, was_pushed
from assay.actions.day.mine import parts_among
from assay.actions.day.start import hold_repository
from assay.actions.errand import Errand, Kept
from assay.errors import UsageError
from assay.git.base import default_tip
from assay.model.names import is_name
from assay.store.git import author_email, count_commits
from assay.store.git_state import GitState
from assay.store.pending import named
from assay.store.repository import adds_nothing, drop_branch, forward, make_branch, switch
from assay.store.work_tree import WorkTree, work_tree

_HEADS = "refs/heads/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The branch that is checked out for a command, the one it came from, and whether it was made for it.

    `base` is the commit of the shared default branch.
    """

    branch: str
    came_from: str
    base: str
    made: bool = False


def hold_ready(root: Path, errand: Errand, people: Iterable[str]) -> None:
    """Makes sure that something can be committed and sent from here by whoever asks.

    Raises:
        UsageError: there is no repository, git is in the middle of something or knows nobody, what the command follows is
            not committed, or somebody else's branch or none is checked out.
    """
    hold_repository(root)
    state = GitState(root)
    if not author_email(root):
        raise UsageError(
            "git does not know who you are, so it cannot sign a commit with a name",
            hint=f"assay whoami --set {errand.who} --email YOU@EXAMPLE.ORG, then run this again",
        )
    own = f"git switch -c {errand.branch}"
    here = state.branch
    if not here:
        raise UsageError(
            "no branch is checked out here (a detached HEAD)", hint=f"{own}; it keeps what is here. Then run this again"
        )
    owner, slash, _ = here.partition("/")
    if slash and owner != errand.who and is_name(owner) and owner in people:
        raise UsageError(
            f"{here} is checked out, a branch of {owner}'s, and what you send goes on one of yours",
            hint=f"git switch {state.default.name or 'main'}, then run this again; "
            f"or, to go on from what {owner} has there: {own}",
        )
    tree = work_tree(root)
    if loose := sorted(path for path in tree.changed | tree.untracked if path.startswith(errand.settled or ("\0",))):
        raise UsageError(
            f"{named(loose)}: changed here and not committed, and what you send would follow it",
            hint="`assay guideline propose TASK --submit` sends a change of guideline and schema; then run this again",
        )


def arrive(state: GitState, errand: Errand, kept: Kept) -> Ground:
    """Checks out the branch to work on. Files that are changed and not committed stay as they are.

    Raises:
        UsageError: nobody says which branch is the default one, it has commits here that are not shared, answers are not
            handed in, or a changed file would be overwritten.
    """
    base = default_tip(state.root, state.refs)
    shared, here = state.default, state.branch
    ground = Ground(branch=here, came_from=here, base=base)
    labelling = own_branch(here) is not None
    if here != shared.name and not labelling and not is_over(state, here, base):
        if not was_pushed(state, here) and not in_the_way(state, work_tree(state.root), base):
            forward(state.root, base)
        return ground
    if here == shared.name and not has_landed(state, "HEAD", base):
        ahead = count_commits(state.root, base, "HEAD")
        raise UsageError(
            f"{here} has {ahead:,} commit{'' if ahead == 1 else 's'} here that the shared one lacks",
            hint=f"git switch -c {errand.branch} takes them along on a branch of yours; then run this again",
        )
    tree = work_tree(state.root)
    if labelling and (mine := parts_among(tree.changed | tree.untracked, errand.who)):
        raise UsageError(
            f"answers of yours are not handed in yet: {', '.join(part.name for part in mine)}",
            hint="`assay submit` hands them in; then run this again",
        )
    return _elsewhere(state, errand, kept, ground, tree)


def leave(state: GitState, ground: Ground) -> None:
    """Goes back to where a command came from that wrote nothing; a branch that was made for it goes."""
    if state.branch != ground.branch or ground.branch == ground.came_from:
        return
    switch(state.root, ground.came_from)
    if ground.made:
        drop_branch(state.root, ground.branch, ground.base)


def is_over(state: GitState, branch: str, base: str) -> bool:
    """Whether everything in a branch is in the default one by now, however it was merged; not of one never used."""
    if state.is_ancestor(_HEADS + branch, base):
        return was_pushed(state, branch)
    return has_landed(state, _HEADS + branch, base)


def is_gone(state: GitState, branch: str, base: str) -> bool:
    """Whether a branch that was sent is not here any more, or all of it is in the default one by now."""
    return state.commit(_HEADS + branch) is None or has_landed(state, _HEADS + branch, base)


def has_landed(state: GitState, revision: str, base: str) -> bool:
    """Whether what a commit changed is, or once was, in the default branch: file by file, or a merge would add nothing."""
    if state.is_ancestor(revision, base):
        return True
    since = state.merge_base(revision, base)
    if since is None:
        return False
    if adds_nothing(state.root, revision, base):
        return True
    differing = state.paths_between(since, revision) & state.paths_between(base, revision)
    return all(_was_there(state, path, revision, since, base) for path in sorted(differing))


def free_name(state: GitState, wanted: str) -> str:
    """The wanted name of a branch, or with a number the next that is free here and on the remotes as last fetched.

    Raises:
        UsageError: a branch in the way makes such names impossible.
    """
    hold_nameable(state, wanted.partition("/")[0])
    places = (_HEADS, *(f"refs/remotes/{remote}/" for remote in state.remotes))
    return next(name for name in _numbered(wanted) if not any(state.commit(f"{place}{name}") for place in places))


def in_the_way(state: GitState, tree: WorkTree, revision: str) -> list[str]:
    """The changed and new files that a checkout of a commit would overwrite."""
    return sorted((tree.changed | tree.untracked) & state.paths_between("HEAD", revision))


def _elsewhere(state: GitState, errand: Errand, kept: Kept, ground: Ground, tree: WorkTree) -> Ground:
    base = ground.base
    for name in (*filter(None, [kept.branch]), *_mine(state, errand)):
        local = _HEADS + name
        if not state.commit(local) or name == ground.came_from or is_over(state, name, base):
            continue
        _hold_free(state, tree, local, name)
        switch(state.root, name)
        if not was_pushed(state, name) and not in_the_way(state.again(), tree, base):
            forward(state.root, base)
        return Ground(branch=name, came_from=ground.came_from, base=base)
    name = free_name(state, errand.branch)
    _hold_free(state, tree, base, state.default.name)
    make_branch(state.root, name, base)
    return Ground(branch=name, came_from=ground.came_from, base=base, made=True)


def _hold_free(state: GitState, tree: WorkTree, revision: str, name: str) -> None:
    if there := in_the_way(state, tree, revision):
        raise UsageError(
            f"{named(there)}: changed here and not committed, and another on {name}: it would be overwritten",
            hint="commit it on a branch of yours, or put it back: git restore FILE (its changes are lost then)",
        )


def _mine(state: GitState, errand: Errand) -> list[str]:
    """The branches here of the name that the errand asks for, and of that name with a number."""
    there = {name.removeprefix(_HEADS) for name in state.below(f"{_HEADS}{errand.who}/")}
    return [name for name, _ in zip(_numbered(errand.branch), range(len(there) + 1), strict=False) if name in there]


def _numbered(wanted: str) -> Iterable[str]:
    yield wanted
    yield from (f"{wanted}-{number}" for number in count(2))


def _was_there(state: GitState, path: str, revision: str, since: str, base: str) -> bool:
    wanted = state.file_at(revision, path)
    return any(state.file_at(one, path) == wanted for one in state.commits_touching(path, since, base))
