"""The states of a clone in which commands stop, each with its fix; and damaged objects."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from assay import git
from assay.clone import stuck_heads
from assay.clone.project_files import known_here
from assay.clone.stuck_branches import broken_settings, detached, side_work
from assay.clone.stuck_files import Blocker, blocked_git, blocked_work, marked_files, other_line_ends, unfinished_merges
from assay.clone.stuck_pipeline import broken_pipeline, locks, marked_reports, require_no_git
from assay.errors import AssayError, GitError, UsageError
from assay.files import Aside, read_bytes, taking_turn, writing

_STORED = re.compile(
    r"stored in (?P<file>[^)]+)\) is corrupt|object file (?P<empty>\S+) is empty|object corrupt or missing: (?P<bad>\S+)"
)
_MOST = 200
_PACK_LIMIT = 1 << 32


def broken_objects(root: Path, places: git.GitPlaces) -> Iterator[Blocker]:
    """Empty object files, and a HEAD of which something cannot be read: by what is in it, or because it is gone."""
    born = not _complaint(root, "rev-parse", "--verify", "--quiet", "HEAD")
    empty = _empty(places)
    if not empty and not (born and _lacks(root)):
        return
    where = git.current_branch(root) or "HEAD"
    said = (
        f"{len(empty):,} object file{'' if len(empty) == 1 else 's'} of git's " if empty else "an object file of git's "
    )
    yield Blocker(
        name="objects",
        message=f"{said}cannot be read, as after a power failure; the last commit of {where} may be among them, "
        "the files of the work tree are not",
        mend=partial(_mend, root, places),
    )


def _lacks(root: Path) -> bool:
    """Whether a tree or file of HEAD cannot be read. What a partial clone has not fetched yet is not lost."""
    complaint = _complaint(root, "ls-tree", "-r", "HEAD")
    if complaint or git.setting(root, "extensions.partialClone"):
        return bool(_STORED.search(complaint) or (complaint and not git.setting(root, "extensions.partialClone")))
    names = b"".join(
        line.split()[2] + b"\n" for line in git.git(root, "ls-tree", "-r", "HEAD").splitlines() if b" blob " in line
    )
    try:
        return b" missing\n" in git.git(root, "cat-file", "--batch-check", given=names)
    except GitError:
        return True


def _mend(root: Path, places: git.GitPlaces, aside: Aside) -> str:
    number = _move_packs(root, places, aside) + _move_broken(root, places, aside)
    moved = _stand_on_whole(root, places)
    for remote in git.remotes(root):
        try:
            git.git_online(root, "fetch", "--quiet", "--refetch", "--no-filter", "--end-of-options", remote)
        except GitError as error:
            why = error.message.splitlines()[0]
            fetched = f"{remote} could not be reached ({why}): git fetch --refetch --no-filter, later"
            break
    else:
        fetched = "fetched again from the remotes" if git.references(root, "refs/remotes") else ""
    moved = {**_stand_on_whole(root, places), **moved}
    back = [name for name, commit in moved.items() if stuck_heads.is_whole(root, commit)]
    for name in back:
        git.git(root, "update-ref", "-m", "assay doctor --mend", name, moved[name])
    stuck_heads.make_index_again(root)
    lost = "; ".join(
        f"commit {commit[:10]} of {name.removeprefix('refs/heads/')} is lost; its content is still in the work tree: "
        "submit it again"
        for name, commit in moved.items()
        if name not in back
    )
    aside_said = (
        f"{number:,} broken object file{' is' if number == 1 else 's are'} moved to .assay/aside" if number else ""
    )
    return "; ".join(part for part in (aside_said, fetched, lost) if part)


def _move_broken(root: Path, places: git.GitPlaces, aside: Aside) -> int:
    found = _empty(places)
    for file in found:
        aside.move(file, f"git/{file.relative_to(places.common).as_posix()}")
    number = len(found)
    for _ in range(_MOST):
        complaint = _complaint(root, "fsck", "--full", "--no-dangling", "--no-progress")
        named = {
            (places.top / (one["file"] or one["empty"] or one["bad"])).resolve() for one in _STORED.finditer(complaint)
        }
        bad = sorted(one for one in named if one.is_file() and (places.common / "objects").resolve() in one.parents)
        if not bad:
            break
        for file in bad:
            aside.move(file, f"git/objects/{file.parent.name}/{file.name}")
        number += len(bad)
    return number


def _move_packs(root: Path, places: git.GitPlaces, aside: Aside) -> int:
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
            git.git(root, "unpack-objects", "-r", "-q", given=data)
    return number


def _stand_on_whole(root: Path, places: git.GitPlaces) -> dict[str, str]:
    """Puts each branch whose commit cannot be read on its last one that can; the commits they were at."""
    moved = {}
    for name, commit in _standing(root, "refs/remotes"):
        if _complaint(root, "rev-list", "--objects", "--quiet", commit):
            git.git(root, "update-ref", "-d", name)
    for name, commit in _standing(root, "refs/heads"):
        if not stuck_heads.is_whole(root, commit) and (whole := stuck_heads.last_whole(root, places, name)):
            git.git(root, "update-ref", "-m", "assay doctor --mend", name, whole)
            moved[name] = commit
    return moved


def _standing(root: Path, under: str) -> list[tuple[str, str]]:
    """The references below a prefix with their commits, without symbolic references."""
    listing = (
        git.git(root, "for-each-ref", "--format=%(refname)%00%(objectname)%00%(symref)", under).decode().splitlines()
    )
    entries = (line.split("\0") for line in listing)
    return [(name, commit) for name, commit, target in entries if not target]


def _empty(places: git.GitPlaces) -> list[Path]:
    loose = (places.common / "objects").glob("[0-9a-f][0-9a-f]/*")
    return sorted(
        file for file in loose if not file.name.startswith("tmp_") and file.is_file() and not file.stat().st_size
    )


def _complaint(root: Path, *arguments: str) -> str:
    try:
        git.git(root, *arguments)
    except GitError as error:
        return error.message
    return ""


_UNEXPLAINED = {"", *map(git.FailureKind, ("other", "settings", "broken", "lacking", "untracked", "blocked"))}
"""Kinds of errors that the state of the clone may explain better than git does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """What was repaired; what was not, each with the reason or the fix; and the folder of what was moved away."""

    done: tuple[str, ...]
    left: tuple[str, ...]
    kept: str


def stuck(root: Path, who: str = "") -> tuple[Blocker, ...]:
    """The states that the clone around a folder is in, what to fix first comes first.

    Where git cannot go by its own files, the states that only git could tell of are not looked for. `who` is whose own
    answers are left where they are.
    """
    places = git.git_places(root)
    if places is None:
        return tuple(blocked_work(root))
    if unread := tuple(_unread(places)):
        return unread
    held = (*locks(places), *blocked_work(root), *blocked_git(places))
    # Only the first kind of damage is reported: each later check relies on the ones before it.
    for found in (
        stuck_heads.lost_branches(root, places),
        broken_objects(root, places),
        stuck_heads.lost_index(root, places),
    ):
        if broken := tuple(found):
            return (*held, *broken)
    pipeline = (*broken_pipeline(root), *marked_reports(root))
    # Conflict markers belong in the files while a merge is not finished.
    marked = () if git.unfinished(root) or git.conflicts(root) else tuple(marked_files(root))
    return (*held, *unfinished_merges(root), *pipeline, *marked, *other_line_ends(root), *side_work(root, who))


def mend(root: Path, who: str = "") -> Repaired:
    """Repairs what needs no decision; deletes only locks without a holder, and moves all else below `.assay/aside`.

    Raises:
        UsageError: another command is committing, sending or writing here.
    """
    aside = Aside(root)
    done = [state.mend(aside) for state in blocked_work(root) if state.mend is not None]
    tried: set[tuple[str, str]] = set()
    left: list[str] = []
    with taking_turn(root), writing(root):
        for _ in range(_MOST):
            state = next((one for one in stuck(root, who) if (one.name, one.message) not in tried), None)
            if state is None:
                break
            tried.add((state.name, state.message))
            if state.mend is None:
                left.append(f"{state.message}: {state.fix}")
                continue
            try:
                require_no_git(root)
                done.append(state.mend(aside))
            except AssayError as error:
                left.append(f"{error.message}: {error.fix}")
                if state.name == "git locks":
                    break
            except OSError as error:
                where = error.filename or root
                left.append(f"{state.message}: {where}: {error.strerror}; get permission to read and write there")
    return Repaired(done=tuple(done), left=tuple(left), kept=aside.location)


def require_sound(root: Path) -> None:
    """Makes sure that the clone is in no state in which nothing can be committed or sent.

    Raises:
        UsageError: it is; it names the state and the way out.
    """
    places = git.git_places(root)
    if places is None:
        return
    branches, index = stuck_heads.lost_branches(root, places), stuck_heads.lost_index(root, places)
    for state in chain(_unread(places), branches, index, unfinished_merges(root)):
        raise UsageError(state.message, fix=f"{state.fix}; then run this again")


def _unread(places: git.GitPlaces) -> Iterator[Blocker]:
    """The states in which git cannot go by its own files."""
    if lost := (*stuck_heads.lost_clone(places),):
        yield from lost
        return
    for found in (broken_settings, stuck_heads.lost_head, stuck_heads.lost_folders, stuck_heads.unreadable_lists):
        yield from found(places)


def require_kept(root: Path) -> None:
    """Makes sure that no commit is left behind that no branch has.

    Raises:
        UsageError: there are some.
    """
    for state in detached(root):
        raise UsageError(state.message, fix=f"{state.fix} keeps them on a branch; then run this again")


def explained(root: Path, error: GitError) -> AssayError:
    """The error of a command, explained by the state of the clone where that says more than git."""
    if error.kind not in _UNEXPLAINED:
        return error
    try:
        found = [one for one in stuck(root, known_here(root)) if one.name != "git locks"]
    except (AssayError, OSError):
        return error
    for state in found:
        if state.stops or (error.kind == git.FailureKind.UNTRACKED and state.name == "in the way"):
            return UsageError(f"{state.message}\n{error.message}", fix=f"{state.fix}; then run this again")
    return error
