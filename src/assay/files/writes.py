"""Files and folders of a project: written whole or not at all, one or many together."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import MappingProxyType

import msgspec

from assay.errors import LimitError, UsageError
from assay.files.atomic import (
    ABSENT,
    PLAN,
    UNKNOWN,
    Plan,
    State,
    Step,
    digest_bytes,
    has_ended,
    make_folder,
    named,
    permissions_of,
    states,
    sync_folder,
    write_through,
)
from assay.files.atomic import FILE_LIMIT as FILE_LIMIT
from assay.files.atomic import digest_here as digest_here
from assay.files.atomic import inside as inside
from assay.files.atomic import linked as linked
from assay.files.atomic import read_bytes as read_bytes
from assay.files.atomic import write_bytes as write_bytes
from assay.files.lock import WORK as WORK
from assay.files.lock import writing


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A scratch folder beside `target`, which takes its place when the block ends well and is gone when it does not.

    The files in it must have been flushed to disk, as `write_bytes` does.
    """
    clear_folder(target)
    scratch = _beside(target, "new")
    scratch.mkdir(parents=True)
    try:
        yield scratch
        scratch.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    sync_folder(target.parent)


def clear_folder(target: Path) -> None:
    """Removes a folder in one step, with what interrupted runs left beside it; nothing happens where it is absent."""
    if target.is_symlink() or target.is_file():
        target.unlink()
    elif target.exists():
        target.rename(_beside(target, "old"))
        sync_folder(target.parent)
    for leftover in target.parent.glob(f".{target.name}.tmp-*"):
        shutil.rmtree(leftover)


def _beside(target: Path, what: str) -> Path:
    return target.with_name(f".{target.name}.tmp-{what}{os.getpid()}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """`before` is asked before files are written and may refuse; `there` is told of files that stand as they should."""

    before: Callable[[tuple[str, ...]], None]
    there: Callable[[tuple[str, ...]], None]


_WATCHER: ContextVar[Watcher | None] = ContextVar("_WATCHER", default=None)


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Has the watcher told of every file that is written in the block."""
    token = _WATCHER.set(watcher)
    try:
        yield
    finally:
        _WATCHER.reset(token)


def to_write(names: Iterable[str]) -> None:
    """Says which files are about to be written or removed.

    Raises:
        UsageError: the watcher will not have it, and nothing may be written.
    """
    if (watcher := _WATCHER.get()) is not None:
        watcher.before(tuple(names))


def stands(*names: str) -> None:
    """Says of files that they belong to what was asked and need no writing: they are there, just so."""
    if (watcher := _WATCHER.get()) is not None:
        watcher.there(names)


_PENDING = "pending"
_UNREAD: Mapping[str, str] = MappingProxyType({})
_SAID = 5
_DROP = "`assay doctor` says how far it came; put back what it replaced, or drop it: assay doctor --drop-write"


def write_all(root: Path, files: Mapping[str, bytes | None], *, was: Mapping[str, str] = _UNREAD) -> None:
    """Writes many files below `root`, all or nothing; None removes one.

    The new bytes and the plan are complete on disk before the first file is touched. A process that dies on the way
    leaves either nothing changed or a plan that `recover` finishes. `was` gives the digest of what a file was when it
    was read, empty where there was none: a file that is another one by now is not written over.

    Raises:
        UsageError: another process is writing here, a file has changed since it was read, a name leads out of `root`
            or to no file, or the disk refuses.
    """
    if not files:
        return
    with writing(root), _disk(root):
        to_write(files)
        tidy(root)
        here = {name: _here(root, name) for name in files}
        if odd := [name for name, digest in here.items() if digest == UNKNOWN]:
            raise UsageError(f"{named(odd)}: no file can be written there", fix="move away what is in its place")
        if changed := [name for name in files if here[name] != was.get(name, here[name])]:
            raise UsageError(
                f"{named(changed)} changed while this command ran, and nothing was written", fix="run it again"
            )
        staged = root / WORK / f"staged{os.getpid()}"
        try:
            _stage(staged, root, files, here)
            staged.rename(root / WORK / _PENDING)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
        sync_folder(root / WORK)
        _finish_pending(root)


def recover(root: Path) -> tuple[str, ...]:
    """Finishes a `write_all` that was interrupted; the files that it was to write, none where there was none.

    A file that is neither what it was nor what it was to be is somebody's newer work: then nothing at all is done. What a
    writer left that was killed once its write was finished goes away.

    Raises:
        UsageError: a file has changed since, the write was not begun in this folder or is damaged, another process is
            writing here, or the disk refuses.
    """
    work = root / WORK
    if not os.path.lexists(work / _PENDING):
        if not work.is_symlink():
            for leftover in work.glob("spent*"):
                if has_ended(leftover.name.removeprefix("spent")):
                    shutil.rmtree(leftover, ignore_errors=True)
        return ()
    with writing(root), _disk(root):
        return _finish_pending(root)


def tidy(root: Path) -> tuple[str, ...]:
    """Does as `recover`, and clears away what killed writers left; whoever calls it holds the lock."""
    with _disk(root):
        finished = _finish_pending(root)
        for leftover in (*(root / WORK).glob("staged*"), *(root / WORK).glob("spent*")):
            shutil.rmtree(leftover)
    return finished


def interrupted(root: Path) -> Mapping[str, State] | None:
    """How far each file of an interrupted write has come; None where no write is pending.

    Raises:
        UsageError: it was not begun here, or its plan cannot be read.
    """
    pending = root / WORK / _PENDING
    if not os.path.lexists(pending):
        return None
    with _disk(root):
        return _states(root, pending, _plan_of(pending))


def set_aside(root: Path) -> tuple[str, Mapping[str, State]]:
    """Drops an interrupted write: its folder gets another name, and no file of the project is touched.

    Returns:
        The folder below `root`, and how far each file had come; nothing where its plan cannot be read.

    Raises:
        UsageError: no write is pending, another process is writing here, or the disk refuses.
    """
    with writing(root), _disk(root):
        pending = root / WORK / _PENDING
        if not os.path.lexists(pending):
            raise UsageError("no write was interrupted here", fix="there is nothing to drop")
        try:
            left = _states(root, pending, _plan_of(pending))
        except (OSError, UsageError):
            left = {}
        kept = next(place for number in count(1) if not os.path.lexists(place := root / WORK / f"dropped-{number}"))
        pending.rename(kept)
        sync_folder(root / WORK)
        return kept.relative_to(root).as_posix(), left


def _stage(staged: Path, root: Path, files: Mapping[str, bytes | None], here: Mapping[str, str]) -> None:
    staged.mkdir()
    steps: dict[str, Step] = {}
    for number, (name, data) in enumerate(files.items()):
        if data is None:
            steps[name] = Step(old=here[name], new=ABSENT)
            continue
        steps[name] = Step(old=here[name], new=digest_bytes(data), staged=f"{number:06d}")
        write_through(staged / steps[name].staged, data, permissions_of(root / name))
    plan = Plan(folder=staged.stat().st_ino, steps=steps)
    write_through(staged / PLAN, msgspec.json.encode(plan))
    sync_folder(staged)


def _here(root: Path, name: str) -> str:
    """The digest of what is at a place where a file may be written; `UNKNOWN` where none may."""
    target = inside(root, name)
    blocked = any(os.path.lexists(above) and not above.is_dir() for above in target.parents)
    if blocked or (os.path.lexists(target) and not target.is_file()):
        return UNKNOWN
    try:
        return digest_here(root, name)
    except LimitError:
        return UNKNOWN


def _states(root: Path, pending: Path, plan: Plan) -> Mapping[str, State]:
    here: dict[str, str] = {}
    for name in plan.steps:
        try:
            here[name] = _here(root, name)
        except UsageError:
            here[name] = UNKNOWN
    staged = {step.staged: _staged(pending / step.staged) for step in plan.steps.values() if step.staged}
    return states(plan, here, staged)


def _staged(place: Path) -> str:
    try:
        return digest_bytes(read_bytes(place))
    except FileNotFoundError:
        return ABSENT


def _finish_pending(root: Path) -> tuple[str, ...]:
    pending = root / WORK / _PENDING
    if not os.path.lexists(pending):
        return ()
    plan = _plan_of(pending)
    seen = {name: _looks(root / name) for name in plan.steps}
    found = _states(root, pending, plan)
    if held := [name for name, state in found.items() if state in {State.CHANGED, State.DAMAGED}]:
        said = "; ".join(f"{name} {found[name]}" for name in held[:_SAID])
        more = f", and {len(held) - _SAID:,} more" if len(held) > _SAID else ""
        raise UsageError(f"a write was interrupted, and is not finished over newer work: {said}{more}", fix=_DROP)
    for name, step in plan.steps.items():
        if found[name] is not State.WAITING:
            continue
        make_folder((root / name).parent)
        if _looks(root / name) != seen[name]:
            raise UsageError(f"{name} changed while it was to be written, and the write stops there", fix=_DROP)
        if step.staged:
            (pending / step.staged).replace(root / name)
        else:
            (root / name).unlink()
    for folder in {(root / name).parent for name in plan.steps}:
        if folder.exists():
            sync_folder(folder)
    spent = pending.with_name(f"spent{os.getpid()}")
    shutil.rmtree(spent, ignore_errors=True)
    pending.rename(spent)
    shutil.rmtree(spent)
    return tuple(plan.steps)


def _looks(path: Path) -> tuple[int, ...]:
    """What tells one state of a file from another without reading it."""
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return ()
    return (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


def _plan_of(pending: Path) -> Plan:
    """The plan of an interrupted write; one that came with a clone or an archive is somebody else's and not obeyed."""
    try:
        plan = msgspec.json.decode(read_bytes(pending / PLAN), type=Plan)
    except (FileNotFoundError, LimitError, msgspec.MsgspecError):
        plan = Plan(folder=-1, steps={})
    sound = all("\0" not in name and (step.staged or "0").isdigit() for name, step in plan.steps.items())
    if plan.folder != pending.lstat().st_ino or not sound:
        raise UsageError(f"{pending} holds a write that was not begun here, or not by this version of assay", fix=_DROP)
    return plan


@contextmanager
def _disk(root: Path) -> Iterator[None]:
    """Says what the disk refuses, and that what was begun can be gone on with."""
    try:
        yield
    except OSError as error:
        pending = os.path.lexists(root / WORK / _PENDING)
        raise UsageError(
            f"{error.filename or root}: {error.strerror}, and nothing half-written is taken for whole",
            fix="make room or permit writing, then run this again"
            + (": it goes on where it stopped; or `assay doctor --drop-write` sets the write aside" if pending else ""),
        ) from error
