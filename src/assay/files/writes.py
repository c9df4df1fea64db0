"""Atomic writes of folders and of many files together, and the recovery of interrupted ones."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import MappingProxyType

import msgspec

from assay.errors import LimitError, UsageError
from assay.files import atomic
from assay.files.lock import WORK, writing

_PENDING = "pending"
_UNREAD: Mapping[str, str] = MappingProxyType({})
_LISTED = 5
_DROP = "`assay doctor` shows its state; restore the replaced files, or drop the write: assay doctor --drop-write"


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A temporary folder beside `target` that replaces it at the end of the block, and is removed on an exception.

    Its files must be flushed to disk, as by `write_bytes`.
    """
    clear_folder(target)
    scratch = _beside(target, "new")
    scratch.mkdir(parents=True)
    try:
        yield scratch
        scratch.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    atomic.sync_folder(target.parent)


def clear_folder(target: Path) -> None:
    """Removes a folder in one step, with temporary folders of interrupted runs; does nothing if it is missing."""
    if target.is_symlink() or target.is_file():
        target.unlink()
    elif target.exists():
        target.rename(_beside(target, "old"))
        atomic.sync_folder(target.parent)
    for leftover in target.parent.glob(f".{target.name}.tmp-*"):
        shutil.rmtree(leftover)


def _beside(target: Path, what: str) -> Path:
    return target.with_name(f".{target.name}.tmp-{what}{os.getpid()}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """`before` is called before files are written and may refuse; `unchanged` for files that need no write."""

    before: Callable[[tuple[str, ...]], None]
    unchanged: Callable[[tuple[str, ...]], None]


_WATCHER: ContextVar[Watcher | None] = ContextVar("_WATCHER", default=None)


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Notifies the watcher of every file written in the block."""
    token = _WATCHER.set(watcher)
    try:
        yield
    finally:
        _WATCHER.reset(token)


def note_unchanged(*names: str) -> None:
    """Notifies the watcher of requested files that are already there with this content."""
    if (watcher := _WATCHER.get()) is not None:
        watcher.unchanged(names)


def write_all(root: Path, files: Mapping[str, bytes | None], *, was: Mapping[str, str] = _UNREAD) -> None:
    """Writes many files below `root`, all or nothing; None removes one.

    The new bytes and the plan are complete on disk before the first file is replaced. A killed process leaves either
    nothing changed or a plan that `recover` finishes. `was` has the digests of files when they were read (empty: missing);
    a file changed since then is not overwritten.

    Raises:
        UsageError: another process is writing here, a file has changed since it was read, a name is outside `root` or not
            a file, or writing fails.
    """
    if not files:
        return
    with writing(root), _disk(root):
        if (watcher := _WATCHER.get()) is not None:
            watcher.before(tuple(files))
        recover_locked(root)
        here = {name: _here(root, name) for name in files}
        if odd := [name for name, digest in here.items() if digest == atomic.UNKNOWN]:
            fix = "move away the folder, link or file in its place"
            raise UsageError(f"{atomic.format_names(odd)} cannot be written", fix=fix)
        if changed := [name for name in files if here[name] != was.get(name, here[name])]:
            said = f"{atomic.format_names(changed)} changed while this command ran; nothing was written"
            raise UsageError(said, fix="run it again")
        staged = root / WORK / f"staged{os.getpid()}"
        try:
            _stage(staged, root, files, here)
            staged.rename(root / WORK / _PENDING)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
        atomic.sync_folder(root / WORK)
        _finish_pending(root)


def recover(root: Path) -> tuple[str, ...]:
    """Finishes an interrupted `write_all`; returns its files, none if there was none.

    If a file has neither its old nor its new content, it was changed since, and nothing is done. Leftovers of writers that
    were killed after their write are removed.

    Raises:
        UsageError: a file has changed since, the write was not started in this folder or is damaged, another process is
            writing here, or writing fails.
    """
    work = root / WORK
    if not os.path.lexists(work / _PENDING):
        if not work.is_symlink():
            for leftover in work.glob("spent*"):
                if atomic.has_ended(leftover.name.removeprefix("spent")):
                    shutil.rmtree(leftover, ignore_errors=True)
        return ()
    with writing(root), _disk(root):
        return _finish_pending(root)


def recover_locked(root: Path) -> tuple[str, ...]:
    """As `recover`, and removes leftovers of killed writers; the caller has the lock."""
    with _disk(root):
        finished = _finish_pending(root)
        for leftover in (*(root / WORK).glob("staged*"), *(root / WORK).glob("spent*")):
            shutil.rmtree(leftover)
    return finished


def interrupted(root: Path) -> Mapping[str, atomic.WriteState] | None:
    """The state of each file of an interrupted write; None if no write is pending.

    Raises:
        UsageError: it was not started here, or its plan cannot be read.
    """
    pending = root / WORK / _PENDING
    if not os.path.lexists(pending):
        return None
    with _disk(root):
        return _states(root, pending, _plan_of(pending))


def set_aside(root: Path) -> tuple[str, Mapping[str, atomic.WriteState]]:
    """Drops an interrupted write: renames its folder, and changes no file of the project.

    Returns:
        The folder below `root`, and the state of each file; none if its plan cannot be read.

    Raises:
        UsageError: no write is pending, another process is writing here, or renaming fails.
    """
    with writing(root), _disk(root):
        pending = root / WORK / _PENDING
        if not os.path.lexists(pending):
            raise UsageError("no interrupted write here", fix="there is nothing to drop")
        try:
            left = _states(root, pending, _plan_of(pending))
        except (OSError, UsageError):
            left = {}
        kept = next(place for number in count(1) if not os.path.lexists(place := root / WORK / f"dropped-{number}"))
        pending.rename(kept)
        atomic.sync_folder(root / WORK)
        return kept.relative_to(root).as_posix(), left


def _stage(staged: Path, root: Path, files: Mapping[str, bytes | None], here: Mapping[str, str]) -> None:
    staged.mkdir()
    steps: dict[str, atomic.WriteStep] = {}
    for number, (name, data) in enumerate(files.items()):
        if data is None:
            steps[name] = atomic.WriteStep(old=here[name], new=atomic.ABSENT)
            continue
        steps[name] = atomic.WriteStep(old=here[name], new=atomic.digest_bytes(data), staged=f"{number:06d}")
        atomic.write_through(staged / steps[name].staged, data, atomic.permissions_of(root / name))
    plan = atomic.WritePlan(folder=staged.stat().st_ino, steps=steps)
    atomic.write_through(staged / atomic.PLAN, msgspec.json.encode(plan))
    atomic.sync_folder(staged)


def _here(root: Path, name: str) -> str:
    """The digest of a file; `UNKNOWN` if no file can be written there."""
    target = atomic.inside(root, name)
    blocked = any(os.path.lexists(above) and not above.is_dir() for above in target.parents)
    if blocked or (os.path.lexists(target) and not target.is_file()):
        return atomic.UNKNOWN
    try:
        return atomic.digest_here(root, name)
    except LimitError:
        return atomic.UNKNOWN


def _states(root: Path, pending: Path, plan: atomic.WritePlan) -> Mapping[str, atomic.WriteState]:
    here: dict[str, str] = {}
    for name in plan.steps:
        try:
            here[name] = _here(root, name)
        except UsageError:
            here[name] = atomic.UNKNOWN
    staged: dict[str, str] = {}
    for step in plan.steps.values():
        if step.staged:
            with suppress(FileNotFoundError):
                staged[step.staged] = atomic.digest_bytes(atomic.read_bytes(pending / step.staged))
    return atomic.write_states(plan, here, staged)


def _finish_pending(root: Path) -> tuple[str, ...]:
    pending = root / WORK / _PENDING
    if not os.path.lexists(pending):
        return ()
    plan = _plan_of(pending)
    seen = {name: _looks(root / name) for name in plan.steps}
    found = _states(root, pending, plan)
    stuck = {atomic.WriteState.CHANGED, atomic.WriteState.DAMAGED}
    if blocked := [name for name, state in found.items() if state in stuck]:
        states = "; ".join(f"{name} {found[name]}" for name in blocked[:_LISTED])
        more = f", and {len(blocked) - _LISTED:,} more" if len(blocked) > _LISTED else ""
        said = f"a write was interrupted, and cannot be finished over newer changes: {states}{more}"
        raise UsageError(said, fix=_DROP)
    for name, step in plan.steps.items():
        if found[name] is not atomic.WriteState.WAITING:
            continue
        atomic.make_folder((root / name).parent)
        if _looks(root / name) != seen[name]:
            raise UsageError(f"{name} changed during the write, which was stopped", fix=_DROP)
        if step.staged:
            (pending / step.staged).replace(root / name)
        else:
            (root / name).unlink()
    for folder in {(root / name).parent for name in plan.steps}:
        if folder.exists():
            atomic.sync_folder(folder)
    spent = pending.with_name(f"spent{os.getpid()}")
    shutil.rmtree(spent, ignore_errors=True)
    pending.rename(spent)
    shutil.rmtree(spent)
    return tuple(plan.steps)


def _looks(path: Path) -> tuple[int, ...]:
    """Identifies the state of a file without reading it."""
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return ()
    return (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


def _plan_of(pending: Path) -> atomic.WritePlan:
    """The plan of an interrupted write; one that came with a clone or an archive is refused."""
    try:
        plan = msgspec.json.decode(atomic.read_bytes(pending / atomic.PLAN), type=atomic.WritePlan)
    except (FileNotFoundError, LimitError, msgspec.MsgspecError):
        plan = atomic.WritePlan(folder=-1, steps={})
    sound = all("\0" not in name and (step.staged or "0").isdigit() for name, step in plan.steps.items())
    if plan.folder != pending.lstat().st_ino or not sound:
        said = f"{pending} contains a write that was not started here, or by another version of assay"
        raise UsageError(said, fix=_DROP)
    return plan


@contextmanager
def _disk(root: Path) -> Iterator[None]:
    """Turns an OSError into a UsageError that says how to go on."""
    try:
        yield
    except OSError as error:
        pending = os.path.lexists(root / WORK / _PENDING)
        raise UsageError(
            f"{error.filename or root}: {error.strerror}; no partial files",
            fix="free disk space or get write permission, then run this again"
            + (": it continues where it stopped; or `assay doctor --drop-write` drops the write" if pending else ""),
        ) from error
