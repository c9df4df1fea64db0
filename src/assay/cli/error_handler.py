"""Turns what stops a command into a message and an exit code."""

import errno
import platform
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from assay import __version__
from assay.errors import AssayError, ExitCode, GitError, NoGitError
from assay.extras import resolve

_MEMORY = "close other programs, or run this where there is more memory"
_FIXES = {
    "make room on the disk": "ENOSPC EDQUOT EMLINK",
    "raise the limit on the size of files (`ulimit -f` shows it)": "EFBIG",
    "get permission to read and write there": "EROFS EACCES EPERM",
    "replace the file by a folder, or the folder by a file": "ENOTDIR EISDIR",
    "give it a shorter name": "ENAMETOOLONG",
    "give it a name that this file system can hold": "EILSEQ",
    "replace the link by the file itself": "ELOOP",
    "close other programs or raise the limit (`ulimit -n`), then run this again": "EMFILE ENFILE",
    "wait until the program that uses it has ended, then run this again": "EBUSY ETXTBSY EAGAIN EDEADLK",
    "check the disk or the connection to it, then run this again": (
        "EIO ENXIO ENODEV ENOMEDIUM ESTALE EUCLEAN EREMOTEIO EOVERFLOW EOPNOTSUPP ENOSYS ENOLCK EXDEV "
        "ETIMEDOUT ENOTCONN EHOSTDOWN ECONNRESET"
    ),
    _MEMORY: "ENOMEM",
}
_SYSTEM_FIXES = {
    getattr(errno, name): fix for fix, names in _FIXES.items() for name in names.split() if hasattr(errno, name)
}


def run(arguments: Sequence[str]) -> int:
    """Runs one command line; prints errors on standard error and returns the exit code."""
    try:
        return int(resolve("assay.cli.app:dispatch")(arguments))
    except AssayError as error:
        return _stopped(_explained(error))
    except KeyboardInterrupt:
        sys.stderr.write("assay: interrupted; no partial files\n")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return ExitCode.OK
    except Exception as error:  # noqa: BLE001 - a crash must not look like a failed gate (exit 1)
        if fault := _system_error(error):
            return _stopped(fault)
        sys.stderr.write(
            f"{traceback.format_exc()}\nThis is a bug in assay {__version__} (Python {platform.python_version()}, "
            f"{platform.system()}): please report it with the lines above.\n"
        )
        return ExitCode.BUG


def _explained(error: AssayError) -> AssayError:
    """The same error; one of git's is explained by the state of the clone, where that says more."""
    if not isinstance(error, GitError) or isinstance(error, NoGitError):
        return error
    try:
        explained: AssayError = resolve("assay.clone.stuck:explained")(Path.cwd(), error)
    except OSError:
        return error
    return explained


def _system_error(error: Exception) -> AssayError | None:
    """An error of the disk, the system or the memory; None where it is a bug in assay."""
    if isinstance(error, MemoryError):
        return AssayError("there is not enough memory", fix=_MEMORY)
    if not isinstance(error, OSError) or error.errno not in _SYSTEM_FIXES:
        return None
    where = f"{error.filename}: " if error.filename else ""
    return AssayError(f"{where}{error.strerror}", fix=_SYSTEM_FIXES[error.errno])


def _stopped(error: AssayError) -> ExitCode:
    visible = resolve("assay.render.text:visible")
    message, fix = ("\n".join(map(visible, text.splitlines())) for text in (error.message, error.fix))
    sys.stderr.write(f"assay: {message}\n  fix: {fix}\n")
    return error.exit_code
