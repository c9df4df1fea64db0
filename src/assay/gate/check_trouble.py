"""Did a check fail, or could it not be run here? The second is no verdict on the labels, and is never kept as one."""

import errno
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from socket import gaierror
from types import CodeType
from typing import Any

import pytest

from assay.errors import MissingExtraError
from assay.gate.check_child import pip_install

_MACHINE = frozenset(
    {
        errno.EACCES,
        errno.EAGAIN,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EIO,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
        errno.ENOSPC,
        errno.EPERM,
        errno.EROFS,
    }
)
_FARTHER = (ConnectionError, TimeoutError, gaierror)
_NO_THREAD = "can't start new thread"
_LOADERS = frozenset({"ctypes", "subprocess"})
_IMPORT_OR_SKIP: CodeType = pytest.importorskip.__code__


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What a check lacked, and how to come by it."""

    why: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What surrounds the checks of the project at `root`, whose children have so much memory each."""

    root: Path
    memory_mib: int

    def lacking(self, error: BaseException) -> Missing | None:
        """What an exception that ended a check says is missing around it; None where it is the check's own.

        Missing are modules (also where the check would skip itself for want of one: the verdict may not depend on who
        judges), programs, libraries, memory, and what the machine refuses. So may be what the exception was raised from.
        A file that is absent is the check's own finding.
        """
        return next((found for one in _flat(error) if (found := self._lacking(one)) is not None), None)

    def _lacking(self, error: BaseException) -> Missing | None:
        if isinstance(error, ImportError):
            why = f"{type(error).__name__}: {error}{self._place(error)}"
            return Missing(why=why, fix=self._install(error.name or ""))
        if isinstance(error, MissingExtraError):
            return Missing(why=error.message, fix=error.fix)
        frames = list(_frames(error))
        if isinstance(error, pytest.skip.Exception) and frames and frames[-1][0].f_code is _IMPORT_OR_SKIP:
            return Missing(
                why=f"{error.msg}{self._place(error)}",
                fix="install what it asks for where assay runs, or take the check away: "
                "a check that is skipped here and run elsewhere would make two verdicts of one project",
            )
        if isinstance(error, MemoryError):
            why = f"{type(error).__name__}{f': {error}' if str(error) else ''}{self._place(error)}"
            fix = f"a check file has {self.memory_mib} MiB: take fewer rows or columns at once, or split the file"
            return Missing(why=why, fix=fix)
        if (absent := _is_not_loaded(error)) or _is_refused(error):
            why = f"{type(error).__name__}: {error}{self._place(error)}"
            load = "install the program or library that it asks for, or mend its name"
            return Missing(why=why, fix=load if absent else "give the check what the machine refused it")
        return None

    def _install(self, module: str) -> str:
        top = module.partition(".")[0]
        if not top.isidentifier() or not top.isascii():
            return "install what it imports where assay runs"
        if any(
            (folder / f"{top}{end}").exists() for folder in (self.root / "checks", self.root) for end in ("", ".py")
        ):
            return (
                f"{top} lies in the project, and a check file is imported alone: put what it shares into the file, "
                "or into a package that is installed where assay runs"
            )
        if _is_there(top):
            return f"install the version of {top} that the check is written for, or mend the import"
        return f"install what holds it where assay runs (`{pip_install(top)}`, if that is its name), or mend the import"

    def _place(self, error: BaseException) -> str:
        """Where in the project, as the last words of a sentence."""
        places = [(Path(frame.f_code.co_filename), line) for frame, line in _frames(error)]
        ours = [(path, line) for path, line in places if path.is_relative_to(self.root)]
        return f" ({ours[-1][0].relative_to(self.root).as_posix()}:{ours[-1][1]})" if ours else ""


def _flat(error: BaseException) -> Iterator[BaseException]:
    """An exception, those of a group, and what each was raised from.

    What was merely being handled does not count: a check may have its answer without the module that it tried first. Only
    libraries' own words for trouble with the machine, which have no number, are told from that.
    """
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        numberless = isinstance(one, OSError) and one.errno is None
        under = one.__cause__ or (one.__context__ if numberless else None)
        waiting += one.exceptions if isinstance(one, BaseExceptionGroup) else ()
        waiting += () if under is None else (under,)


def _is_not_loaded(error: BaseException) -> bool:
    """Whether a program is not there to be started, or a shared library to be loaded."""
    absent = isinstance(error, FileNotFoundError) or (isinstance(error, OSError) and error.errno is None)
    frames = list(_frames(error))
    return absent and bool(frames) and frames[-1][0].f_globals.get("__name__") in _LOADERS


def _is_refused(error: BaseException) -> bool:
    """Whether the machine, or one farther away, did not do what it was asked; also where a child of the check died."""
    if isinstance(error, OSError):
        return isinstance(error, _FARTHER) or error.errno in _MACHINE
    return isinstance(error, BrokenExecutor) or (isinstance(error, RuntimeError) and str(error) == _NO_THREAD)


def _frames(error: BaseException) -> Iterator[tuple[Any, int]]:
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False
