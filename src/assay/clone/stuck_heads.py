"""HEAD, a branch or the index that a power failure left empty: found without git, and put back from what git noted."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from assay import git
from assay.clone.stuck_files import MEND, Blocker
from assay.errors import GitError, UsageError
from assay.files import Aside, read_bytes, write_bytes

_NAME = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LISTS = {
    "packed-refs": re.compile(rb"#.*|\^?[0-9a-f]{40}(?:[0-9a-f]{24})?(?: refs/\S+)?"),
    "shallow": re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?"),
}
_MOVED = re.compile(
    r"\t(?:checkout: moving from \S+ to (?P<to>\S+)|Branch: renamed refs/heads/\S+ to refs/heads/(?P<new>\S+))$"
)


def lost_clone(places: git.GitPlaces) -> Iterator[Blocker]:
    """A linked work tree, or a submodule, whose clone is no longer where it was."""
    if not places.own.is_dir():
        yield Blocker(
            name="work tree",
            message=f"{places.top / '.git'} says that this work tree belongs to {places.own}, which does not exist: "
            "the clone was moved, or no longer lists this work tree; the files here are unchanged",
            fix=f"git -C CLONE worktree repair {places.top}, where CLONE is the current folder of the clone",
        )


def lost_head(places: git.GitPlaces) -> Iterator[Blocker]:
    """HEAD names nothing: git then takes the folder for no repository at all."""
    text = git.small_text(places.own / "HEAD") or ""
    if text.startswith("ref: refs/") or _NAME.fullmatch(text):
        return
    found, head = _noted_head(places), places.own / "HEAD"

    def mend(aside: Aside) -> str:
        aside.copy([(head, "git/HEAD")])
        write_bytes(head, f"{found}\n".encode())
        return f"HEAD is {found.removeprefix('ref: refs/heads/')} again, from git's reflog"

    yield Blocker(
        name="HEAD",
        message=f"{places.own / 'HEAD'} is not valid, as after a power failure; no answer is lost",
        fix=MEND if found else f"name the branch: echo 'ref: refs/heads/BRANCH' > {places.own / 'HEAD'}",
        mend=mend if found else None,
    )


def lost_folders(places: git.GitPlaces) -> Iterator[Blocker]:
    """Git asks for a folder of references, also where every one of them is packed."""

    def mend(_aside: Aside) -> str:
        (places.common / "refs/heads").mkdir(parents=True)
        return f"{places.common / 'refs'} exists again"

    if (places.common / "objects").is_dir() and not (places.common / "refs").is_dir():
        yield Blocker(
            name="references",
            message=f"{places.common / 'refs'} is missing, as after a copy without empty folders",
            mend=mend,
        )


def unreadable_lists(places: git.GitPlaces) -> Iterator[Blocker]:
    """Git's lists of packed references, and of where a shallow history ends, with a line that git cannot read."""
    for name, line in _LISTS.items():
        file = places.common / name
        if file.is_file() and (
            bad := [one for one in read_bytes(file).split(b"\n") if one and not line.fullmatch(one)]
        ):
            yield Blocker(
                name=name,
                message=f"{file} has {len(bad):,} line{'' if len(bad) == 1 else 's'} that git cannot read, and git stops at it",
                mend=partial(_take_out, file, line),
            )


def _take_out(file: Path, line: re.Pattern[bytes], aside: Aside) -> str:
    aside.copy([(file, f"git/{file.name}")])
    write_bytes(file, b"".join(one + b"\n" for one in read_bytes(file).split(b"\n") if line.fullmatch(one)))
    return f"{file}: the unreadable lines are removed"


def lost_references(places: git.GitPlaces) -> tuple[str, ...]:
    """The full names of branches whose file holds no commit's name, which git passes over, and of the one checked out."""
    files = sorted(file for file in (places.common / "refs").rglob("*") if file.is_file() and file.suffix != ".lock")
    texts = [(file, git.small_text(file) or "") for file in files]
    broken = [file for file, text in texts if not (text.startswith("ref: refs/") or _NAME.fullmatch(text))]
    head = git.branch_of_head(places)
    if head and git.is_lost(places, head) and places.common / head not in broken:
        broken.append(places.common / head)
    return tuple(file.relative_to(places.common).as_posix() for file in broken)


def lost_branches(root: Path, places: git.GitPlaces) -> Iterator[Blocker]:
    """Branches whose file holds no commit's name, and the one checked out where its file is gone."""
    for name in lost_references(places):
        yield Blocker(
            name="branch",
            message=f"{name.removeprefix('refs/heads/')} has no valid commit, as after a power failure",
            mend=partial(_put_branch, root, places, name),
        )


def lost_index(root: Path, places: git.GitPlaces) -> Iterator[Blocker]:
    """The index, git's note of what is in the work tree, is gone or damaged: it can be made again from HEAD."""
    if not git.commit_of(root, "HEAD"):
        return
    index = places.own / "index"
    is_empty = not index.exists() and not git.git(root, "ls-tree", "--name-only", "HEAD")
    if is_empty or (index.is_file() and git.index_is_sound(index)):
        return

    def mend(aside: Aside) -> str:
        if index.exists():
            aside.move(index, "git/index")
        make_index_again(root)
        return "the index is rebuilt from HEAD; stage your changes again"

    yield Blocker(
        name="index",
        message=f"{index} is {'damaged' if index.exists() else 'gone'}; the files of the work tree are as they were",
        mend=mend,
    )


def noted(places: git.GitPlaces, name: str) -> tuple[str, ...]:
    """The earlier commits of a reference, the newest first, by git's reflog."""
    try:
        lines = read_bytes(places.common / "logs" / name).decode(errors="replace").splitlines()
    except OSError:
        return ()
    words = (line.split(" ", 2) for line in reversed(lines))
    return tuple(dict.fromkeys(line[1] for line in words if len(line) == 3 and _NAME.fullmatch(line[1])))


def is_whole(root: Path, commit: str) -> bool:
    """Whether a commit is here with everything that no remote has."""
    try:
        git.git(root, "rev-list", "--objects", "--quiet", commit, "--not", "--remotes")
    except GitError:
        return False
    return bool(commit.strip("0"))


def make_index_again(root: Path) -> None:
    """Makes the index from HEAD; no file of the work tree is touched."""
    git.git(root, "read-tree", "HEAD")
    if git.is_sparse(root):
        git.git_online(root, "sparse-checkout", "reapply")
    git.git(root, "update-index", "--refresh", "-q", "--unmerged", "--ignore-missing")


def _noted_head(places: git.GitPlaces) -> str:
    """What HEAD said before: by its own log, else by the remote's default branch, else by the only branch there is."""
    try:
        lines = read_bytes(places.own / "logs/HEAD").decode(errors="replace").splitlines()
    except OSError:
        lines = []
    for line in reversed(lines):
        if moved := _MOVED.search(line):
            to = moved["to"] or moved["new"]
            if _has(places, f"refs/heads/{to}"):
                return f"ref: refs/heads/{to}"
            return lines[-1].split(" ", 2)[1] if _NAME.fullmatch(to) else ""
    default = (git.small_text(places.common / "refs/remotes/origin/HEAD") or "").rpartition("/")[2]
    usual = [name for name in (default, "main", "master", "trunk") if name and _has(places, f"refs/heads/{name}")]
    return f"ref: refs/heads/{usual[0]}" if usual else ""


def _put_branch(root: Path, places: git.GitPlaces, name: str, aside: Aside) -> str:
    file = places.common / name
    if file.exists():
        aside.move(file, f"git/{name}")
    if not name.startswith("refs/heads/"):
        return f"{name} is moved to .assay/aside; the next fetch restores it"
    commit = last_whole(root, places, name)
    if not commit:
        raise UsageError(
            f"{name.removeprefix('refs/heads/')}: none of its commits can be read here",
            fix="git fetch, then git switch to another branch; the files of the work tree stay unchanged",
        )
    git.git(root, "update-ref", "-m", "assay doctor --mend", name, commit)
    return f"{name.removeprefix('refs/heads/')} is at {commit[:10]} again, its last known commit"


def last_whole(root: Path, places: git.GitPlaces, name: str) -> str:
    """The newest commit that a branch is known to have had and that can be read; empty where there is none."""
    short = name.removeprefix("refs/heads/")
    remote = [one for one in git.references(root, "refs/remotes") if one.split("/", 3)[-1] == short]
    packed = [line.split()[0] for line in _packed(places) if line.endswith(f" {name}")]
    known = (*noted(places, name), *packed, *remote, git.shared_default(root).reference)
    commits = (git.commit_of(root, one) for one in known if one)
    return next((commit for commit in commits if commit and is_whole(root, commit)), "")


def _has(places: git.GitPlaces, name: str) -> bool:
    return (places.common / name).exists() or any(line.endswith(f" {name}") for line in _packed(places))


def _packed(places: git.GitPlaces) -> list[str]:
    try:
        return read_bytes(places.common / "packed-refs").decode(errors="replace").splitlines()
    except OSError:
        return []
