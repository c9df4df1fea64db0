"""Commits beside every branch, a default branch that was rewritten, and new files where a branch wants to put its own."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path, PurePosixPath

from assay.actions.stuck.state import MEND, Stuck
from assay.labels.paths import Role, role_in_batch
from assay.store.aside import Aside
from assay.store.files import inside, read_bytes
from assay.store.git import (
    DefaultBranch,
    commit_of,
    count_commits,
    current_branch,
    file_at,
    is_ancestor,
    is_shallow,
    references,
    shared_default,
)
from assay.store.pending import named
from assay.store.process import git, git_online, listed
from assay.store.work_tree import unfinished, work_tree

KEPT = "kept"
"""Below which branches stand that hold commits which no other has."""


def beside(root: Path, who: str) -> Iterator[Stuck]:
    """The states of a clone in which work stands beside what others have; nothing of it is in danger yet."""
    if commit_of(root, "HEAD") is None or unfinished(root):
        return
    shared = shared_default(root)
    yield from detached(root)
    yield from _rewritten(root, shared)
    yield from _in_the_way(root, shared, who)


def detached(root: Path) -> Iterator[Stuck]:
    """Commits that no branch has: another checkout would leave them to git's cleaning."""
    if current_branch(root):
        return
    number = int(git(root, "rev-list", "--count", "HEAD", "--not", "--branches", "--remotes", "--tags"))
    if number:
        yield Stuck(
            name="detached",
            said=f"no branch is checked out, and {number:,} commit{'s' if number > 1 else ''} made here are on none",
            remedy=MEND,
            mend=partial(_keep_detached, root),
            stops=False,
        )


def keep(root: Path, commit: str, name: str = "") -> str:
    """Makes a branch at a commit that some other name loses, unless a branch has it; its name."""
    branch = f"{KEPT}/{name}{commit[:10]}"
    if commit_of(root, f"refs/heads/{branch}") is None:
        git(root, "branch", "--no-track", branch, commit)
    return branch


def _keep_detached(root: Path, _aside: Aside) -> str:
    branch = keep(root, commit_of(root, "HEAD") or "")
    git_online(root, "switch", "--quiet", "--no-guess", branch)
    return f"the commits are kept on branch {branch}, which is checked out now"


def _rewritten(root: Path, shared: DefaultBranch) -> Iterator[Stuck]:
    """The local default branch has commits that the shared one lacks, and the reverse: no pull brings them together."""
    local = f"refs/heads/{shared.name}"
    if is_shallow(root) or not shared.remote or not shared.reference or commit_of(root, local) is None:
        return
    if is_ancestor(root, local, shared.reference) or is_ancestor(root, shared.reference, local):
        return
    own = count_commits(root, shared.reference, local)
    where = f"{shared.remote}/{shared.name}"
    yield Stuck(
        name="default branch",
        said=f"{shared.name} here has {own:,} commit{'s' if own > 1 else ''} that {where} lacks, and lacks some of its own: "
        "it was rewritten there, or somebody committed on it here",
        remedy=MEND,
        mend=partial(_take_shared, root, shared),
        stops=False,
    )


def _take_shared(root: Path, shared: DefaultBranch, _aside: Aside) -> str:
    local = f"refs/heads/{shared.name}"
    branch = keep(root, commit_of(root, local) or "", f"{shared.name}-")
    if current_branch(root) == shared.name:
        git_online(root, "reset", "--quiet", "--keep", shared.reference)
    else:
        git(root, "update-ref", "-m", "assay doctor --mend", local, shared.reference)
    return (
        f"what {shared.name} had is kept on branch {branch}; {shared.name} is as {shared.remote} has it. "
        f"Answers on that branch go out with: git switch {branch} && assay submit"
    )


def _in_the_way(root: Path, shared: DefaultBranch, who: str) -> Iterator[Stuck]:
    new = sorted(work_tree(root).untracked)
    found: dict[str, str] = {}
    for reference in _wanted(root, shared, who) if new else ():
        added = _added(root, reference)
        folders = {str(above) for path in added for above in PurePosixPath(path).parents}
        for path in new:
            above = map(str, (PurePosixPath(path), *PurePosixPath(path).parents))
            if path in folders or not added.isdisjoint(above):
                found.setdefault(path, reference)
    mine = [path for path, reference in found.items() if _has_more(root, path, reference, who)]
    moved = [path for path in found if path not in mine]
    if mine:
        yield Stuck(
            name="in the way",
            said=f"answers that are not handed in stand where {found[mine[0]].removeprefix('refs/remotes/')} has some by now: "
            f"{named(mine)}",
            remedy="assay submit",
            stops=False,
        )
    if moved:
        where = found[moved[0]].removeprefix("refs/remotes/")
        yield Stuck(
            name="in the way",
            said=f"new files stand where {where} has files of its own: {named(moved)}",
            remedy=MEND,
            mend=partial(_move_away, root, moved),
            stops=False,
        )


def _wanted(root: Path, shared: DefaultBranch, who: str) -> tuple[str, ...]:
    """What may be checked out or taken in next: the default branch, the branch's own remote, somebody's branches there."""
    upstream = (
        git(root, "for-each-ref", "--format=%(upstream)", f"refs/heads/{current_branch(root) or '-'}").decode().strip()
    )
    mine = [name for name in references(root, "refs/remotes") if who and f"/{who}/" in name]
    names = (shared.reference, upstream, *mine)
    return tuple(dict.fromkeys(name for name in names if name and commit_of(root, name)))


def _added(root: Path, reference: str) -> frozenset[str]:
    """The files that a reference has and HEAD lacks, by path below the root."""
    names = git(root, "diff", "--name-only", "--no-renames", "--diff-filter=A", "--relative", "-z", "HEAD", reference)
    return frozenset(listed(names))


def _has_more(root: Path, path: str, reference: str, who: str) -> bool:
    """Whether a new file holds answers that the reference lacks, and they may be somebody's own."""
    *folders, name = path.split("/")
    votes = folders[:1] == ["labels"] and len(folders) == 3 and role_in_batch(name) is Role.ANNOTATIONS
    if not votes or (who and name != f"{who}.jsonl"):
        return False
    here = read_bytes(inside(root, path)).splitlines()
    return not set(here) <= set((file_at(root, reference, path) or b"").splitlines())


def _move_away(root: Path, paths: Sequence[str], aside: Aside) -> str:
    for path in paths:
        aside.move(inside(root, path), path)
    return f"{named(paths)} moved out of the way"
