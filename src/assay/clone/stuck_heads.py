"""HEAD, a branch or the index that a power cut left empty: found without git, and put back from what git noted."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from assay.clone.stuck_files import MEND, Stuck
from assay.errors import GitError, UsageError
from assay.files import Aside, read_bytes, write_bytes
from assay.git import (
    GitPlaces,
    branch_of_head,
    commit_of,
    git,
    git_online,
    index_is_sound,
    is_lost,
    is_sparse,
    references,
    shared_default,
    small_text,
)

_NAME = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LISTS = {
    "packed-refs": re.compile(rb"#.*|\^?[0-9a-f]{40}(?:[0-9a-f]{24})?(?: refs/\S+)?"),
    "shallow": re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?"),
}
_MOVED = re.compile(
    r"\t(?:checkout: moving from \S+ to (?P<to>\S+)|Branch: renamed refs/heads/\S+ to refs/heads/(?P<new>\S+))$"
)


def lost_clone(places: GitPlaces) -> Iterator[Stuck]:
    """A linked work tree, or a submodule, whose clone is no longer where it was."""
    if not places.own.is_dir():
        yield Stuck(
            name="work tree",
            said=f"{places.top / '.git'} says that this work tree belongs to {places.own}, and nothing is there: "
            "the clone was moved, or does not list this work tree any more; the files here are as they were",
            fix=f"git -C CLONE worktree repair {places.top}, where CLONE is the folder that the clone is in now",
        )


def lost_head(places: GitPlaces) -> Iterator[Stuck]:
    """HEAD names nothing: git then takes the folder for no repository at all."""
    text = small_text(places.own / "HEAD") or ""
    if text.startswith("ref: refs/") or _NAME.fullmatch(text):
        return
    found = _noted_head(places)
    yield Stuck(
        name="HEAD",
        said=f"{places.own / 'HEAD'} says nothing that git understands, as a power cut leaves it; no answer is lost by that",
        fix=MEND if found else f"say which branch it was: echo 'ref: refs/heads/BRANCH' > {places.own / 'HEAD'}",
        mend=partial(_put_head, places, found) if found else None,
    )


def lost_folders(places: GitPlaces) -> Iterator[Stuck]:
    """Git asks for a folder of references, also where every one of them is packed."""
    if (places.common / "objects").is_dir() and not (places.common / "refs").is_dir():
        yield Stuck(
            name="references",
            said=f"{places.common / 'refs'} is gone, as some programs leave it that copy no empty folders",
            fix=MEND,
            mend=partial(_make_refs, places),
        )


def torn_lists(places: GitPlaces) -> Iterator[Stuck]:
    """Git's lists of packed references, and of where a shallow history ends, with a line that git cannot read."""
    for name, line in _LISTS.items():
        file = places.common / name
        if file.is_file() and (
            bad := [one for one in read_bytes(file).split(b"\n") if one and not line.fullmatch(one)]
        ):
            yield Stuck(
                name=name,
                said=f"{file} has {len(bad):,} line{'' if len(bad) == 1 else 's'} that git cannot read, and git stops at it",
                fix=MEND,
                mend=partial(_take_out, file, line),
            )


def _take_out(file: Path, line: re.Pattern[bytes], aside: Aside) -> str:
    aside.copy([(file, f"git/{file.name}")])
    write_bytes(file, b"".join(one + b"\n" for one in read_bytes(file).split(b"\n") if line.fullmatch(one)))
    return f"{file}: what cannot be read is taken out"


def lost_references(places: GitPlaces) -> tuple[str, ...]:
    """The full names of branches whose file holds no commit's name, which git passes over, and of the one checked out."""
    broken = [file for file in _files(places.common / "refs") if not _is_reference(file)]
    head = branch_of_head(places)
    if head and is_lost(places, head) and places.common / head not in broken:
        broken.append(places.common / head)
    return tuple(file.relative_to(places.common).as_posix() for file in broken)


def lost_branches(root: Path, places: GitPlaces) -> Iterator[Stuck]:
    """Branches whose file holds no commit's name, and the one checked out where its file is gone."""
    for name in lost_references(places):
        yield Stuck(
            name="branch",
            said=f"{name.removeprefix('refs/heads/')} names no commit any more, as a power cut leaves it",
            fix=MEND,
            mend=partial(_put_branch, root, places, name),
        )


def lost_index(root: Path, places: GitPlaces) -> Iterator[Stuck]:
    """The index, git's note of what is in the work tree, is gone or damaged: it can be made again from HEAD."""
    if not commit_of(root, "HEAD"):
        return
    index = places.own / "index"
    if index.is_file() and index_is_sound(index):
        return
    if not index.exists() and not git(root, "ls-tree", "--name-only", "HEAD"):
        return
    yield Stuck(
        name="index",
        said=f"{index} is {'damaged' if index.exists() else 'gone'}; the files of the work tree are as they were",
        fix=MEND,
        mend=partial(_make_index, root, index),
    )


def noted(places: GitPlaces, name: str) -> tuple[str, ...]:
    """The commits that a reference stood at, the newest first, as git's log of it says."""
    try:
        lines = read_bytes(places.common / "logs" / name).decode(errors="replace").splitlines()
    except OSError:
        return ()
    words = (line.split(" ", 2) for line in reversed(lines))
    return tuple(dict.fromkeys(line[1] for line in words if len(line) == 3 and _NAME.fullmatch(line[1])))


def is_whole(root: Path, commit: str) -> bool:
    """Whether a commit is here with everything that no remote has."""
    try:
        git(root, "rev-list", "--objects", "--quiet", commit, "--not", "--remotes")
    except GitError:
        return False
    return bool(commit.strip("0"))


def make_index_again(root: Path) -> None:
    """Makes the index from HEAD; no file of the work tree is touched."""
    git(root, "read-tree", "HEAD")
    if is_sparse(root):
        git_online(root, "sparse-checkout", "reapply")
    git(root, "update-index", "--refresh", "-q", "--unmerged", "--ignore-missing")


def _noted_head(places: GitPlaces) -> str:
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
    default = (small_text(places.common / "refs/remotes/origin/HEAD") or "").rpartition("/")[2]
    usual = [name for name in (default, "main", "master", "trunk") if name and _has(places, f"refs/heads/{name}")]
    return f"ref: refs/heads/{usual[0]}" if usual else ""


def _put_head(places: GitPlaces, text: str, aside: Aside) -> str:
    head = places.own / "HEAD"
    aside.copy([(head, "git/HEAD")])
    write_bytes(head, f"{text}\n".encode())
    return f"HEAD is {text.removeprefix('ref: refs/heads/')} again, as git's own log says"


def _make_refs(places: GitPlaces, _aside: Aside) -> str:
    (places.common / "refs/heads").mkdir(parents=True)
    return f"{places.common / 'refs'} is there again"


def _put_branch(root: Path, places: GitPlaces, name: str, aside: Aside) -> str:
    file = places.common / name
    if file.exists():
        aside.move(file, f"git/{name}")
    if not name.startswith("refs/heads/"):
        return f"{name} is put aside; the next fetch brings it again"
    commit = last_whole(root, places, name)
    if not commit:
        raise UsageError(
            f"{name.removeprefix('refs/heads/')}: no commit of it can be read here",
            fix="git fetch, then git switch to a branch that is there; the files of the work tree stay as they are",
        )
    git(root, "update-ref", "-m", "assay doctor --mend", name, commit)
    return f"{name.removeprefix('refs/heads/')} stands at {commit[:10]} again, the last commit that git noted of it"


def last_whole(root: Path, places: GitPlaces, name: str) -> str:
    """The newest commit that a branch is known to have had and that can be read; empty where there is none."""
    short = name.removeprefix("refs/heads/")
    remote = [one for one in references(root, "refs/remotes") if one.split("/", 3)[-1] == short]
    packed = [line.split()[0] for line in _packed(places) if line.endswith(f" {name}")]
    known = (*noted(places, name), *packed, *remote, shared_default(root).reference)
    commits = (commit_of(root, one) for one in known if one)
    return next((commit for commit in commits if commit and is_whole(root, commit)), "")


def _make_index(root: Path, index: Path, aside: Aside) -> str:
    if index.exists():
        aside.move(index, "git/index")
    make_index_again(root)
    return "the index is made again from HEAD; what was staged is to be staged again"


def _has(places: GitPlaces, name: str) -> bool:
    return (places.common / name).exists() or any(line.endswith(f" {name}") for line in _packed(places))


def _packed(places: GitPlaces) -> list[str]:
    try:
        return read_bytes(places.common / "packed-refs").decode(errors="replace").splitlines()
    except OSError:
        return []


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file() and file.suffix != ".lock")


def _is_reference(file: Path) -> bool:
    text = small_text(file) or ""
    return text.startswith("ref: refs/") or _NAME.fullmatch(text) is not None
