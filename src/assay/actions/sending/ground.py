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
from assay.store.git import (
    author_email,
    commit_of,
    commits_touching,
    count_commits,
    current_branch,
    file_at,
    is_ancestor,
    merge_base,
    paths_between,
    references,
    refs_of,
    remotes,
    shared_default,
)
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
    if not author_email(root):
        raise UsageError(
            "git does not know who you are, so it cannot sign a commit with a name",
            hint=f"assay whoami --set {errand.who} --email YOU@EXAMPLE.ORG, then run this again",
        )
    own = f"git switch -c {errand.branch}"
    here = current_branch(root)
    if not here:
        raise UsageError(
            "no branch is checked out here (a detached HEAD)", hint=f"{own}; it keeps what is here. Then run this again"
        )
    owner, slash, _ = here.partition("/")
    if slash and owner != errand.who and is_name(owner) and owner in people:
        raise UsageError(
            f"{here} is checked out, a branch of {owner}'s, and what you send goes on one of yours",
            hint=f"git switch {shared_default(root).name or 'main'}, then run this again; "
            f"or, to go on from what {owner} has there: {own}",
        )
    tree = work_tree(root)
    if loose := sorted(path for path in tree.changed | tree.untracked if path.startswith(errand.settled or ("\0",))):
        raise UsageError(
            f"{named(loose)}: changed here and not committed, and what you send would follow it",
            hint="`assay guideline propose TASK --submit` sends a change of guideline and schema; then run this again",
        )


def arrive(root: Path, errand: Errand, kept: Kept) -> Ground:
    """Checks out the branch to work on. Files that are changed and not committed stay as they are.

    Raises:
        UsageError: nobody says which branch is the default one, it has commits here that are not shared, answers are not
            handed in, or a changed file would be overwritten.
    """
    base = default_tip(root, refs_of(root))
    shared, here = shared_default(root), current_branch(root)
    ground = Ground(branch=here, came_from=here, base=base)
    labelling = own_branch(here) is not None
    if here != shared.name and not labelling and not is_over(root, here, base):
        if not was_pushed(root, here) and not in_the_way(root, work_tree(root), base):
            forward(root, base)
        return ground
    if here == shared.name and not has_landed(root, "HEAD", base):
        ahead = count_commits(root, base, "HEAD")
        raise UsageError(
            f"{here} has {ahead:,} commit{'' if ahead == 1 else 's'} here that the shared one lacks",
            hint=f"git switch -c {errand.branch} takes them along on a branch of yours; then run this again",
        )
    tree = work_tree(root)
    if labelling and (mine := parts_among(tree.changed | tree.untracked, errand.who)):
        raise UsageError(
            f"answers of yours are not handed in yet: {', '.join(part.name for part in mine)}",
            hint="`assay submit` hands them in; then run this again",
        )
    return _elsewhere(root, errand, kept, ground, tree)


def leave(root: Path, ground: Ground) -> None:
    """Goes back to where a command came from that wrote nothing; a branch that was made for it goes."""
    if current_branch(root) != ground.branch or ground.branch == ground.came_from:
        return
    switch(root, ground.came_from)
    if ground.made:
        drop_branch(root, ground.branch, ground.base)


def is_over(root: Path, branch: str, base: str) -> bool:
    """Whether everything in a branch is in the default one by now, however it was merged; not of one never used."""
    if is_ancestor(root, branch, base):
        return was_pushed(root, branch)
    return has_landed(root, branch, base)


def is_gone(root: Path, branch: str, base: str) -> bool:
    """Whether a branch that was sent is not here any more, or all of it is in the default one by now."""
    return commit_of(root, _HEADS + branch) is None or has_landed(root, _HEADS + branch, base)


def has_landed(root: Path, revision: str, base: str) -> bool:
    """Whether what a commit changed is, or once was, in the default branch: file by file, or a merge would add nothing."""
    if is_ancestor(root, revision, base):
        return True
    since = merge_base(root, revision, base)
    if since is None:
        return False
    if adds_nothing(root, revision, base):
        return True
    differing = paths_between(root, since, revision) & paths_between(root, base, revision)
    return all(_was_there(root, path, revision, since, base) for path in sorted(differing))


def free_name(root: Path, wanted: str) -> str:
    """The wanted name of a branch, or with a number the next that is free here and on the remotes as last fetched.

    Raises:
        UsageError: a branch in the way makes such names impossible.
    """
    hold_nameable(root, wanted.partition("/")[0])
    return next(
        name for name in _numbered(wanted) if not commit_of(root, _HEADS + name) and not _is_elsewhere(root, name)
    )


def in_the_way(root: Path, tree: WorkTree, revision: str) -> list[str]:
    """The changed and new files that a checkout of a commit would overwrite."""
    return sorted((tree.changed | tree.untracked) & paths_between(root, "HEAD", revision))


def _elsewhere(root: Path, errand: Errand, kept: Kept, ground: Ground, tree: WorkTree) -> Ground:
    base = ground.base
    for name in (*filter(None, [kept.branch]), *_mine(root, errand)):
        local = _HEADS + name
        if not commit_of(root, local) or name == ground.came_from or is_over(root, name, base):
            continue
        _hold_free(root, tree, local, name)
        switch(root, name)
        if not was_pushed(root, name) and not in_the_way(root, tree, base):
            forward(root, base)
        return Ground(branch=name, came_from=ground.came_from, base=base)
    name = free_name(root, errand.branch)
    _hold_free(root, tree, base, shared_default(root).name)
    make_branch(root, name, base)
    return Ground(branch=name, came_from=ground.came_from, base=base, made=True)


def _hold_free(root: Path, tree: WorkTree, revision: str, name: str) -> None:
    if there := in_the_way(root, tree, revision):
        raise UsageError(
            f"{named(there)}: changed here and not committed, and another on {name}: it would be overwritten",
            hint="commit it on a branch of yours, or put it back: git restore FILE (its changes are lost then)",
        )


def _mine(root: Path, errand: Errand) -> list[str]:
    """The branches here of the name that the errand asks for, and of that name with a number."""
    there = {name.removeprefix(_HEADS) for name in references(root, f"{_HEADS}{errand.who}/")}
    return [name for name, _ in zip(_numbered(errand.branch), range(len(there) + 1), strict=False) if name in there]


def _numbered(wanted: str) -> Iterable[str]:
    yield wanted
    yield from (f"{wanted}-{number}" for number in count(2))


def _is_elsewhere(root: Path, name: str) -> bool:
    return any(commit_of(root, f"refs/remotes/{remote}/{name}") for remote in remotes(root))


def _was_there(root: Path, path: str, revision: str, since: str, base: str) -> bool:
    wanted = file_at(root, revision, path)
    return any(file_at(root, one, path) == wanted for one in commits_touching(root, path, since, base))
