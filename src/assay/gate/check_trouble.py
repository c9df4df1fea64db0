"""Did a check fail, or could it not be run here? The second is no verdict on the labels, and is never kept as one."""

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
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
_FARTHER = (ConnectionError, TimeoutError)
_IMPORT_OR_SKIP: CodeType = pytest.importorskip.__code__


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """What a check lacked, and how to come by it."""

    why: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What surrounds the checks of the project at `root`, whose children have so much memory each."""

    root: Path
    memory_mib: int

    def lacking(self, error: BaseException) -> Lacking | None:
        """What an exception that ended a check says is missing around it; None where it is the check's own.

        Missing are modules (also where the check would skip itself for want of one: the verdict may not depend on who
        judges), memory, and what the machine refuses. A file that is absent is the check's own finding.
        """
        return next((found for one in _flat(error) if (found := self._lacking(one)) is not None), None)

    def _lacking(self, error: BaseException) -> Lacking | None:
        if isinstance(error, ImportError):
            why = f"{type(error).__name__}: {error}{self._place(error)}"
            return Lacking(why=why, remedy=self._install(error.name or ""))
        if isinstance(error, MissingExtraError):
            return Lacking(why=error.message, remedy=error.hint)
        if isinstance(error, pytest.skip.Exception) and _last_code(error) is _IMPORT_OR_SKIP:
            return Lacking(
                why=f"{error.msg}{self._place(error)}",
                remedy="install what it asks for where assay runs, or take the check away: "
                "a check that is skipped here and run elsewhere would make two verdicts of one project",
            )
        if isinstance(error, MemoryError):
            why = f"{type(error).__name__}{f': {error}' if str(error) else ''}{self._place(error)}"
            remedy = f"a check file has {self.memory_mib} MiB: take fewer rows or columns at once, or split the file"
            return Lacking(why=why, remedy=remedy)
        if isinstance(error, OSError) and (isinstance(error, _FARTHER) or error.errno in _MACHINE):
            why = f"{type(error).__name__}: {error}{self._place(error)}"
            return Lacking(why=why, remedy="give the check what the machine refused it")
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
    """The exceptions of a group; what kept pytest from collecting a file."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _flat(one)
    elif isinstance(error, pytest.Collector.CollectError) and error.__cause__ is not None:
        yield from _flat(error.__cause__)
    else:
        yield error


def _frames(error: BaseException) -> Iterator[tuple[Any, int]]:
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next


def _last_code(error: BaseException) -> CodeType | None:
    return next((frame.f_code for frame, _ in reversed(list(_frames(error)))), None)


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False
