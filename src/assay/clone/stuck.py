"""The states of a clone in which commands stop, each with the one command that ends it; and damaged objects."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from assay.clone.project_files import known_here
from assay.clone.stuck_branches import beside, broken_settings, detached
from assay.clone.stuck_files import (
    MEND,
    Stuck,
    blocked_git,
    blocked_work,
    halfway,
    marked_files,
    other_line_ends,
)
from assay.clone.stuck_heads import (
    is_whole,
    last_whole,
    lost_branches,
    lost_clone,
    lost_folders,
    lost_head,
    lost_index,
    make_index_again,
    torn_lists,
)
from assay.clone.stuck_pipeline import broken_pipeline, hold_no_git, locks, marked_reports
from assay.errors import AssayError, GitError, UsageError
from assay.files import Aside, read_bytes, taking_turn, writing
from assay.git import (
    GitPlaces,
    Kind,
    conflicts,
    current_branch,
    git,
    git_online,
    git_places,
    references,
    remotes,
    setting,
    unfinished,
)

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
        fix=MEND,
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


_UNEXPLAINED = frozenset({"", Kind.OTHER, Kind.SETTINGS, Kind.BROKEN, Kind.LACKING, Kind.UNTRACKED, Kind.BLOCKED})
"""Kinds of failures of which the state of the clone may say more than git does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """What was put right; what was not, each with the reason or the way; and the folder of what was moved away."""

    done: tuple[str, ...]
    left: tuple[str, ...]
    kept: str


def stuck(root: Path, who: str = "") -> tuple[Stuck, ...]:
    """The states that the clone around a folder is in, what has to be mended first coming first.

    Where git cannot go by its own files, the states that only git could tell of are not looked for. `who` is whose own
    answers are left where they are.
    """
    places = git_places(root)
    if places is None:
        return tuple(blocked_work(root))
    unread = (*lost_clone(places),) or (
        *broken_settings(places),
        *lost_head(places),
        *lost_folders(places),
        *torn_lists(places),
    )
    if unread:
        return unread
    held = (*locks(places), *blocked_work(root), *blocked_git(places))
    broken = tuple(_broken(root, places))
    if broken:
        return (*held, *broken)
    pipeline = (*broken_pipeline(root), *marked_reports(root))
    return (*held, *halfway(root), *pipeline, *_marked(root), *other_line_ends(root), *beside(root, who))


def _marked(root: Path) -> Iterator[Stuck]:
    """While a merge is not finished its marks stand where they are to be."""
    return iter(()) if unfinished(root) or conflicts(root) else marked_files(root)


def _broken(root: Path, places: GitPlaces) -> Iterator[Stuck]:
    """The first kind of damage there is: what comes after rests on it."""
    for found in (lost_branches(root, places), broken_objects(root, places), lost_index(root, places)):
        there = tuple(found)
        yield from there
        if there:
            return


def mend(root: Path, who: str = "") -> Mended:
    """Puts right what can be put right without deciding for anybody; nothing is deleted but locks that nobody holds.

    What stands in the way, or is damaged, is moved below `.assay/aside`.

    Raises:
        UsageError: another command is committing, sending or writing here.
    """
    aside = Aside(root)
    freed = tuple(state.mend(aside) for state in blocked_work(root) if state.mend is not None)
    with taking_turn(root), writing(root):
        return _mend_stuck(root, who, aside, freed)


def _mend_stuck(root: Path, who: str, aside: Aside, freed: tuple[str, ...]) -> Mended:
    done = [*freed]
    tried: set[tuple[str, str]] = set()
    left: list[str] = []
    for _ in range(_MOST):
        state = next((one for one in stuck(root, who) if (one.name, one.said) not in tried), None)
        if state is None:
            break
        tried.add((state.name, state.said))
        if state.mend is None:
            left.append(f"{state.said}: {state.fix}")
            continue
        try:
            hold_no_git(root)
            done.append(state.mend(aside))
        except AssayError as error:
            left.append(f"{error.message}: {error.fix}")
            if state.name == "git locks":
                break
        except OSError as error:
            left.append(f"{state.said}: {error.filename or root}: {error.strerror}; get leave to read and write there")
    return Mended(done=tuple(done), left=tuple(left), kept=aside.said)


def hold_sound(root: Path) -> None:
    """Makes sure that the clone is in no state in which nothing can be committed or sent.

    Raises:
        UsageError: it is; it names the state and the way out.
    """
    places = git_places(root)
    if places is None:
        return
    for found in (
        lost_clone(places),
        broken_settings(places),
        lost_head(places),
        lost_folders(places),
        torn_lists(places),
        lost_branches(root, places),
        lost_index(root, places),
        halfway(root),
    ):
        for state in found:
            raise UsageError(state.said, fix=f"{state.fix}; then run this again")


def hold_kept(root: Path) -> None:
    """Makes sure that no commit is left behind that no branch has.

    Raises:
        UsageError: there are some.
    """
    for state in detached(root):
        raise UsageError(state.said, fix=f"{state.fix} keeps them on a branch; then run this again")


def explained(root: Path, error: GitError) -> AssayError:
    """What stopped a command, by the state of the clone where that says more than git's own words."""
    if error.kind not in _UNEXPLAINED:
        return error
    try:
        found = [one for one in stuck(root, known_here(root)) if one.name != "git locks"]
    except (AssayError, OSError):
        return error
    for state in found:
        if state.stops or (error.kind == Kind.UNTRACKED and state.name == "in the way"):
            return UsageError(f"{state.said}\n{error.message}", fix=f"{state.fix}; then run this again")
    return error
