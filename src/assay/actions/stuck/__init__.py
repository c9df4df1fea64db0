"""The states of a clone in which commands stop, each with the one command that ends it; no answer is lost by any."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assay.actions.stuck.beside import beside, detached
from assay.actions.stuck.blocked import blocked_git, blocked_work
from assay.actions.stuck.halfway import halfway
from assay.actions.stuck.heads import lost_branches, lost_clone, lost_folders, lost_head, lost_index, torn_lists
from assay.actions.stuck.line_ends import other_line_ends
from assay.actions.stuck.locks import hold_no_git, locks
from assay.actions.stuck.marks import hold_unmarked, marked_files
from assay.actions.stuck.objects import broken_objects
from assay.actions.stuck.pipeline import broken_pipeline, marked_reports
from assay.actions.stuck.settings import broken_settings
from assay.actions.stuck.state import Stuck
from assay.actions.whoami import known_here
from assay.errors import AssayError, GitError, UsageError
from assay.store.aside import Aside
from assay.store.git_failures import Kind
from assay.store.git_places import GitPlaces, git_places
from assay.store.lock import writing
from assay.store.turn import taking_turn
from assay.store.work_tree import conflicts, unfinished

__all__ = ["Mended", "Stuck", "explained", "hold_kept", "hold_sound", "hold_unmarked", "mend", "stuck"]

_MOST = 200
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
        return _mend(root, who, aside, freed)


def _mend(root: Path, who: str, aside: Aside, freed: tuple[str, ...]) -> Mended:
    done = [*freed]
    tried: set[tuple[str, str]] = set()
    left: list[str] = []
    for _ in range(_MOST):
        state = next((one for one in stuck(root, who) if (one.name, one.said) not in tried), None)
        if state is None:
            break
        tried.add((state.name, state.said))
        if state.mend is None:
            left.append(f"{state.said}: {state.remedy}")
            continue
        try:
            hold_no_git(root)
            done.append(state.mend(aside))
        except AssayError as error:
            left.append(f"{error.message}: {error.hint}")
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
            raise UsageError(state.said, hint=f"{state.remedy}; then run this again")


def hold_kept(root: Path) -> None:
    """Makes sure that no commit is left behind that no branch has.

    Raises:
        UsageError: there are some.
    """
    for state in detached(root):
        raise UsageError(state.said, hint=f"{state.remedy} keeps them on a branch; then run this again")


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
            return UsageError(f"{state.said}\n{error.message}", hint=f"{state.remedy}; then run this again")
    return error
