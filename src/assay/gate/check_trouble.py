"""Tells a failed check from one that could not be run here, which is no verdict on the labels and is never kept as one."""

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
    """What a check lacked, and how to get it."""

    why: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The environment of the checks of the project at `root`, with the memory of each child."""

    root: Path
    memory_mib: int

    def lacking(self, error: BaseException) -> Missing | None:
        """What the environment lacks, by the exception that ended a check; None where the check itself failed.

        That are modules (also where the check would skip itself without one: the verdict may not depend on the machine),
        programs, libraries, memory, and what the machine refuses; also as the cause of the exception. An absent file is
        the check's own finding.
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
                fix="install what it needs where assay runs, or remove the check: "
                "a check that is skipped here and run elsewhere would give one project two verdicts",
            )
        if isinstance(error, MemoryError):
            why = f"{type(error).__name__}{f': {error}' if str(error) else ''}{self._place(error)}"
            fix = f"a check file has {self.memory_mib} MiB: take fewer rows or columns at once, or split the file"
            return Missing(why=why, fix=fix)
        if (absent := _is_not_loaded(error)) or _is_refused(error):
            why = f"{type(error).__name__}: {error}{self._place(error)}"
            load = "install the program or library that it asks for, or fix its name"
            return Missing(why=why, fix=load if absent else "provide what the machine refused")
        return None

    def _install(self, module: str) -> str:
        top = module.partition(".")[0]
        if not top.isidentifier() or not top.isascii():
            return "install what it imports where assay runs"
        if any(
            (folder / f"{top}{end}").exists() for folder in (self.root / "checks", self.root) for end in ("", ".py")
        ):
            return (
                f"{top} is in the project, and a check file is imported alone: put shared code into the file, "
                "or into a package that is installed where assay runs"
            )
        if _is_there(top):
            return f"install the version of {top} that the check is written for, or fix the import"
        return f"install its package where assay runs (`{pip_install(top)}`, if it has that name), or fix the import"

    def _place(self, error: BaseException) -> str:
        places = [(Path(frame.f_code.co_filename), line) for frame, line in _frames(error)]
        ours = [(path, line) for path, line in places if path.is_relative_to(self.root)]
        return f" ({ours[-1][0].relative_to(self.root).as_posix()}:{ours[-1][1]})" if ours else ""


def _flat(error: BaseException) -> Iterator[BaseException]:
    """An exception, those of a group, and what each was raised from.

    An exception that was only being handled does not count, as a check may try a module and do without it. The exception
    is an OSError without a number, which libraries raise for errors of the machine.
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
    """Whether this machine or a remote one refused a request; also if a child process of the check died."""
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
