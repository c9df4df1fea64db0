"""States of branches and settings in which git stops: detached commits, a rewritten default branch, broken lines."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path, PurePosixPath

from assay.clone.stuck_files import MEND, Stuck
from assay.errors import GitError, UsageError
from assay.files import Aside, inside, named, read_bytes, write_bytes
from assay.git import (
    DefaultBranch,
    GitPlaces,
    commit_of,
    count_commits,
    current_branch,
    file_at,
    git,
    git_online,
    is_ancestor,
    is_shallow,
    listed,
    references,
    shared_default,
    unfinished,
    work_tree,
)
from assay.labels import FileRole, role_in_batch

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
            fix=MEND,
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
        fix=MEND,
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
            fix="assay submit",
            stops=False,
        )
    if moved:
        where = found[moved[0]].removeprefix("refs/remotes/")
        yield Stuck(
            name="in the way",
            said=f"new files stand where {where} has files of its own: {named(moved)}",
            fix=MEND,
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
    votes = folders[:1] == ["labels"] and len(folders) == 3 and role_in_batch(name) is FileRole.ANNOTATIONS
    if not votes or (who and name != f"{who}.jsonl"):
        return False
    here = read_bytes(inside(root, path)).splitlines()
    return not set(here) <= set((file_at(root, reference, path) or b"").splitlines())


def _move_away(root: Path, paths: Sequence[str], aside: Aside) -> str:
    for path in paths:
        aside.move(inside(root, path), path)
    return f"{named(paths)} moved out of the way"


_BAD = re.compile(r"bad config line (?P<line>[0-9]+) in file")
_KEY = re.compile(r"bad (?:boolean|numeric) config value '[^']*' for '(?P<key>[A-Za-z][A-Za-z0-9.-]*)'")
_MOST = 200


def broken_settings(places: GitPlaces) -> Iterator[Stuck]:
    """Whether git reads the settings of this clone; it is asked from elsewhere, for here it would not answer."""
    for file in dict.fromkeys((places.common / "config", places.own / "config.worktree")):
        if file.is_file() and (bad := _bad_line(file)):
            yield Stuck(
                name="settings",
                said=f"git cannot read line {bad} of {file}, and stops at it",
                fix=MEND,
                mend=partial(_comment_out, file),
            )
    yield from _bad_value(places)


def _bad_value(places: GitPlaces) -> Iterator[Stuck]:
    """A line that git reads, and whose value it cannot take, or which takes the work tree from it."""
    file = places.common / "config"
    key, why = "", ""
    try:
        git(places.top, "status", "--porcelain", "--untracked-files=no", "--ignore-submodules=all")
    except GitError as error:
        found = _KEY.search(error.message)
        key, why = (found["key"], "git cannot take that value") if found else ("", "")
    alone = places.own == places.common
    work = _value(file, "core.worktree") if alone else None
    if not key and work and (places.own / work).resolve() != places.top.resolve():
        key, why = "core.worktree", "git looks elsewhere for the files"
    if not key and alone and places.own.name == ".git" and _value(file, "core.bare") == "true":
        key, why = "core.bare", "git takes this folder for no work tree"
    if key and (value := _value(file, key)) is not None:
        yield Stuck(
            name="settings",
            said=f"{file} says {key} = {value}: {why}, and stops at it",
            fix=MEND,
            mend=partial(_unset, file, key),
        )


def _value(file: Path, key: str) -> str | None:
    try:
        return git(Path("/"), "config", "--file", str(file), "--get", key).decode(errors="replace").strip()
    except GitError:
        return None


def _unset(file: Path, key: str, aside: Aside) -> str:
    aside.copy([(file, f"git/{file.name}")])
    git(Path("/"), "config", "--file", str(file), "--unset-all", key)
    return f"{key} is taken out of {file}"


def _bad_line(file: Path) -> int:
    """The number of the first line that git cannot read; 0 where it reads them all."""
    try:
        git(Path("/"), "config", "--file", str(file), "--list")
    except GitError as error:
        found = _BAD.search(error.message)
        return int(found["line"]) if found else 0
    return 0


def _comment_out(file: Path, aside: Aside) -> str:
    """Comments out the lines that cannot be read; with the head of a section all that stands below it."""
    aside.copy([(file, f"git/{file.name}")])
    lines = read_bytes(file).replace(b"\0", b"").split(b"\n")
    write_bytes(file, b"\n".join(lines))
    gone: list[int] = []
    while (bad := _bad_line(file)) and len(gone) < _MOST:
        first = min(bad, len(lines)) - 1
        while first > 0 and lines[first].startswith(b"# ") and first + 1 in gone:
            first -= 1
        last = first + 1
        if lines[first].lstrip().startswith(b"["):
            while last < len(lines) and not lines[last].lstrip().startswith(b"["):
                last += 1
        for number in range(first, last):
            if not lines[number].startswith(b"# "):
                lines[number] = b"# " + lines[number]
                gone.append(number + 1)
        write_bytes(file, b"\n".join(lines))
    if _bad_line(file):
        raise UsageError(
            f"{file} cannot be read in too many places", fix="git clone the project anew, beside this folder"
        )
    return (
        f"{file}: {'lines' if len(gone) > 1 else 'line'} {', '.join(map(str, gone))} commented out; if the remote is gone "
        "with that: git remote add origin ADDRESS"
    )
