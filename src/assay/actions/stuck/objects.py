"""Objects that a power cut left empty or cut short: moved aside, fetched again, and the branches put on what is whole."""

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from assay.actions.stuck.heads import is_whole, last_whole, make_index_again
from assay.actions.stuck.state import MEND, Stuck
from assay.errors import GitError
from assay.store.aside import Aside
from assay.store.files import read_bytes
from assay.store.git import current_branch, references, remotes, setting
from assay.store.git_places import GitPlaces
from assay.store.process import git, git_online

_STORED = re.compile(
    r"stored in (?P<file>[^)]+)\) is corrupt|object file (?P<empty>\S+) is empty|object corrupt or missing: (?P<bad>\S+)"
)
_MOST = 200
_PACK_LIMIT = 1 << 32


def broken_objects(root: Path, places: GitPlaces) -> Iterator[Stuck]:
    """Empty object files, and a HEAD of which something cannot be read: by what is in it, or because it is gone."""
    born = not _complaint(root, "rev-parse", "--verify", "--quiet", "HEAD")
    empty = _empty(places)
    if not empty and not (born and _lacks(root)):
        return
    where = current_branch(root) or "HEAD"
    said = (
        f"{len(empty):,} object file{'' if len(empty) == 1 else 's'} of git's " if empty else "an object file of git's "
    )
    yield Stuck(
        name="objects",
        said=f"{said}cannot be read, as a power cut leaves them; the last commit of {where} may be among them, "
        "the files of the work tree are not",
        remedy=MEND,
        mend=partial(_mend, root, places),
    )


def _lacks(root: Path) -> bool:
    """Whether a tree or file of HEAD cannot be read. What a partial clone has not fetched yet is not lost."""
    complaint = _complaint(root, "ls-tree", "-r", "HEAD")
    if complaint or setting(root, "extensions.partialClone"):
        return bool(_STORED.search(complaint) or (complaint and not setting(root, "extensions.partialClone")))
    names = b"".join(
        line.split()[2] + b"\n" for line in git(root, "ls-tree", "-r", "HEAD").splitlines() if b" blob " in line
    )
    try:
        return b" missing\n" in git(root, "cat-file", "--batch-check", given=names)
    except GitError:
        return True


def _mend(root: Path, places: GitPlaces, aside: Aside) -> str:
    number = _move_packs(root, places, aside) + _move_broken(root, places, aside)
    moved = _stand_on_whole(root, places)
    fetched = _fetch_again(root)
    moved = {**_stand_on_whole(root, places), **moved}
    back = [name for name, commit in moved.items() if is_whole(root, commit)]
    for name in back:
        git(root, "update-ref", "-m", "assay doctor --mend", name, moved[name])
    make_index_again(root)
    lost = "; ".join(
        f"commit {commit[:10]} of {name.removeprefix('refs/heads/')} is lost, and what it held is in the work tree still: "
        "hand it in again"
        for name, commit in moved.items()
        if name not in back
    )
    aside_said = f"{number:,} broken object file{' is' if number == 1 else 's are'} put aside" if number else ""
    return "; ".join(part for part in (aside_said, fetched, lost) if part)


def _move_broken(root: Path, places: GitPlaces, aside: Aside) -> int:
    found = _empty(places)
    for file in found:
        aside.move(file, f"git/{file.relative_to(places.common).as_posix()}")
    number = len(found)
    for _ in range(_MOST):
        told = _complaint(root, "fsck", "--full", "--no-dangling", "--no-progress")
        named = {(places.top / (one["file"] or one["empty"] or one["bad"])).resolve() for one in _STORED.finditer(told)}
        bad = sorted(one for one in named if one.is_file() and (places.common / "objects").resolve() in one.parents)
        if not bad:
            break
        for file in bad:
            aside.move(file, f"git/objects/{file.parent.name}/{file.name}")
        number += len(bad)
    return number


def _move_packs(root: Path, places: GitPlaces, aside: Aside) -> int:
    """Makes the list of a pack again where that is what is damaged; else keeps of the pack what can be read."""
    number = 0
    for pack in sorted((places.common / "objects/pack").glob("*.pack")):
        if not _complaint(root, "verify-pack", str(pack.with_suffix(".idx"))):
            continue
        number += 1
        for part in sorted(pack.parent.glob(f"{pack.stem}.*")):
            if part != pack:
                aside.move(part, f"git/objects/pack/{part.name}")
        if not _complaint(root, "index-pack", str(pack)):
            continue
        data = read_bytes(pack, limit=_PACK_LIMIT)
        aside.move(pack, f"git/objects/pack/{pack.name}")
        with suppress(GitError):  # it unpacks what it can, and then says what it could not
            git(root, "unpack-objects", "-r", "-q", given=data)
    return number


def _stand_on_whole(root: Path, places: GitPlaces) -> dict[str, str]:
    """Puts each branch whose commit cannot be read on its last one that can; the commits they stood at."""
    moved = {}
    for name, commit in _standing(root, "refs/remotes"):
        if _complaint(root, "rev-list", "--objects", "--quiet", commit):
            git(root, "update-ref", "-d", name)
    for name, commit in _standing(root, "refs/heads"):
        if not is_whole(root, commit) and (whole := last_whole(root, places, name)):
            git(root, "update-ref", "-m", "assay doctor --mend", name, whole)
            moved[name] = commit
    return moved


def _standing(root: Path, under: str) -> list[tuple[str, str]]:
    """The references below a prefix with what they stand at; not those that stand for another."""
    listing = git(root, "for-each-ref", "--format=%(refname)%00%(objectname)%00%(symref)", under).decode().splitlines()
    entries = (line.split("\0") for line in listing)
    return [(name, commit) for name, commit, target in entries if not target]


def _fetch_again(root: Path) -> str:
    for remote in remotes(root):
        try:
            git_online(root, "fetch", "--quiet", "--refetch", "--no-filter", "--end-of-options", remote)
        except GitError as error:
            return f"{remote} could not be asked for them ({error.message.splitlines()[0]}): git fetch --refetch --no-filter, later"
    return "everything that a remote has is fetched again" if references(root, "refs/remotes") else ""


def _empty(places: GitPlaces) -> list[Path]:
    loose = (places.common / "objects").glob("[0-9a-f][0-9a-f]/*")
    return sorted(
        file for file in loose if not file.name.startswith("tmp_") and file.is_file() and not file.stat().st_size
    )


def _complaint(root: Path, *arguments: str) -> str:
    try:
        git(root, *arguments)
    except GitError as error:
        return error.message
    return ""
