"""States of branches and settings in which git stops: detached commits, a rewritten default branch, broken lines."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath

from assay import git
from assay.clone.stuck_files import Blocker
from assay.errors import GitError, UsageError
from assay.files import Aside, format_names, inside, read_bytes, write_bytes
from assay.labels import FileRole, role_in_batch

KEPT = "kept"
"""The prefix of branches for commits that no other branch has."""


def side_work(root: Path, who: str) -> Iterator[Blocker]:
    """The states of a clone in which local work diverges from the remote; nothing is in danger yet."""
    if git.commit_of(root, "HEAD") is None or git.unfinished(root):
        return
    shared = git.shared_default(root)
    yield from detached(root)
    yield from _rewritten(root, shared)
    yield from _in_the_way(root, shared, who)


def detached(root: Path) -> Iterator[Blocker]:
    """Commits that no branch has: another checkout would leave them to git's cleaning."""
    if git.current_branch(root):
        return
    number = int(git.git(root, "rev-list", "--count", "HEAD", "--not", "--branches", "--remotes", "--tags"))

    def mend(_aside: Aside) -> str:
        branch = keep_on_branch(root, git.commit_of(root, "HEAD") or "")
        git.git_online(root, "switch", "--quiet", "--no-guess", branch)
        return f"the commits are now on branch {branch}, which is checked out"

    if number:
        yield Blocker(
            name="detached",
            message=f"no branch is checked out, and {number:,} commit{'s' if number > 1 else ''} made here are on no branch",
            mend=mend,
            stops=False,
        )


def keep_on_branch(root: Path, commit: str, name: str = "") -> str:
    """Makes a branch at a commit that some other name loses, unless a branch has it; its name."""
    branch = f"{KEPT}/{name}{commit[:10]}"
    if git.commit_of(root, f"refs/heads/{branch}") is None:
        git.git(root, "branch", "--no-track", branch, commit)
    return branch


def _rewritten(root: Path, shared: git.DefaultBranch) -> Iterator[Blocker]:
    """The local default branch has commits that the shared one lacks, and the reverse: no pull brings them together."""
    local = f"refs/heads/{shared.name}"
    if git.is_shallow(root) or not shared.remote or not shared.reference or git.commit_of(root, local) is None:
        return
    if git.is_ancestor(root, local, shared.reference) or git.is_ancestor(root, shared.reference, local):
        return
    own = git.count_commits(root, shared.reference, local)
    where = f"{shared.remote}/{shared.name}"

    def mend(_aside: Aside) -> str:
        branch = keep_on_branch(root, git.commit_of(root, local) or "", f"{shared.name}-")
        if git.current_branch(root) == shared.name:
            git.git_online(root, "reset", "--quiet", "--keep", shared.reference)
        else:
            git.git(root, "update-ref", "-m", "assay doctor --mend", local, shared.reference)
        return (
            f"what {shared.name} had is kept on branch {branch}; {shared.name} is as {shared.remote} has it. "
            f"To submit the answers on that branch: git switch {branch} && assay submit"
        )

    yield Blocker(
        name="default branch",
        message=f"{shared.name} here has {own:,} commit{'s' if own > 1 else ''} that {where} lacks, and lacks some of {where}: "
        "it was rewritten there, or has local commits",
        mend=mend,
        stops=False,
    )


def _in_the_way(root: Path, shared: git.DefaultBranch, who: str) -> Iterator[Blocker]:
    new = sorted(git.work_tree(root).untracked)
    if not new:
        return
    found: dict[str, str] = {}
    upstream = git.git(root, "for-each-ref", "--format=%(upstream)", f"refs/heads/{git.current_branch(root) or '-'}")
    own = [name for name in git.references(root, "refs/remotes") if who and f"/{who}/" in name]
    # What may be checked out or merged next: the default branch, the branch's upstream, the annotator's branches.
    wanted = dict.fromkeys((shared.reference, upstream.decode().strip(), *own))
    for reference in (name for name in wanted if name and git.commit_of(root, name)):
        names = git.git(
            root, "diff", "--name-only", "--no-renames", "--diff-filter=A", "--relative", "-z", "HEAD", reference
        )
        added = frozenset(git.split_nul(names))
        folders = {str(above) for path in added for above in PurePosixPath(path).parents}
        for path in new:
            above = map(str, (PurePosixPath(path), *PurePosixPath(path).parents))
            if path in folders or not added.isdisjoint(above):
                found.setdefault(path, reference)
    mine = [path for path, reference in found.items() if _has_more(root, path, reference, who)]
    moved = [path for path in found if path not in mine]

    def mend(aside: Aside) -> str:
        for path in moved:
            aside.move(inside(root, path), path)
        return f"{format_names(moved)} moved out of the way"

    if mine:
        yield Blocker(
            name="in the way",
            message=f"unsubmitted answers are in the way of files of {found[mine[0]].removeprefix('refs/remotes/')}: "
            f"{format_names(mine)}",
            fix="assay submit",
            stops=False,
        )
    if moved:
        where = found[moved[0]].removeprefix("refs/remotes/")
        yield Blocker(
            name="in the way",
            message=f"new files are in the way of files of {where}: {format_names(moved)}",
            mend=mend,
            stops=False,
        )


def _has_more(root: Path, path: str, reference: str, who: str) -> bool:
    """Whether a new file holds answers that the reference lacks, and they may be the annotator's own."""
    *folders, name = path.split("/")
    votes = folders[:1] == ["labels"] and len(folders) == 3 and role_in_batch(name) is FileRole.ANNOTATIONS
    if not votes or (who and name != f"{who}.jsonl"):
        return False
    here = read_bytes(inside(root, path)).splitlines()
    return not set(here) <= set((git.file_at(root, reference, path) or b"").splitlines())


_BAD = re.compile(r"bad config line (?P<line>[0-9]+) in file")
_KEY = re.compile(r"bad (?:boolean|numeric) config value '[^']*' for '(?P<key>[A-Za-z][A-Za-z0-9.-]*)'")
_MOST = 200


def broken_settings(places: git.GitPlaces) -> Iterator[Blocker]:
    """Whether git reads the settings of this clone; it is asked from elsewhere, for here it would not answer."""
    for file in dict.fromkeys((places.common / "config", places.own / "config.worktree")):
        if file.is_file() and (bad := _bad_line(file)):
            yield Blocker(
                name="settings",
                message=f"git cannot read line {bad} of {file}, and stops at it",
                mend=partial(_comment_out, file),
            )
    yield from _bad_value(places)


def _bad_value(places: git.GitPlaces) -> Iterator[Blocker]:
    """A line that git reads, and whose value it cannot take, or which takes the work tree from it."""
    file = places.common / "config"
    key, why = "", ""
    try:
        git.git(places.top, "status", "--porcelain", "--untracked-files=no", "--ignore-submodules=all")
    except GitError as error:
        found = _KEY.search(error.message)
        key, why = (found["key"], "git cannot use that value") if found else ("", "")
    alone = places.own == places.common
    work = _value(file, "core.worktree") if alone else None
    if not key and work and (places.own / work).resolve() != places.top.resolve():
        key, why = "core.worktree", "git looks for the files in another folder"
    if not key and alone and places.own.name == ".git" and _value(file, "core.bare") == "true":
        key, why = "core.bare", "git treats this repository as bare"

    def mend(aside: Aside) -> str:
        aside.copy([(file, f"git/{file.name}")])
        git.git(Path("/"), "config", "--file", str(file), "--unset-all", key)
        return f"{key} is removed from {file}"

    if key and (value := _value(file, key)) is not None:
        yield Blocker(name="settings", message=f"{file} says {key} = {value}: {why}, and stops at it", mend=mend)


def _value(file: Path, key: str) -> str | None:
    try:
        return git.git(Path("/"), "config", "--file", str(file), "--get", key).decode(errors="replace").strip()
    except GitError:
        return None


def _bad_line(file: Path) -> int:
    """The number of the first line that git cannot read; 0 where it reads them all."""
    try:
        git.git(Path("/"), "config", "--file", str(file), "--list")
    except GitError as error:
        found = _BAD.search(error.message)
        return int(found["line"]) if found else 0
    return 0


def _comment_out(file: Path, aside: Aside) -> str:
    """Comments out the lines that cannot be read; with the head of a section all lines below it."""
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
        raise UsageError(f"too many unreadable lines in {file}", fix="clone the project again, into another folder")
    return (
        f"{file}: {'lines' if len(gone) > 1 else 'line'} {', '.join(map(str, gone))} commented out; if the remote is missing "
        "now: git remote add origin ADDRESS"
    )
