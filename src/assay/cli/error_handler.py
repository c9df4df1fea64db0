"""The one `try`: what stops a command becomes a message and an exit code."""

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
    "get leave to read and write there": "EROFS EACCES EPERM",
    "put a folder where a file is, or the reverse": "ENOTDIR EISDIR",
    "give it a shorter name": "ENAMETOOLONG",
    "give it a name that this file system can hold": "EILSEQ",
    "put the file itself in place of the link": "ELOOP",
    "close other programs or raise the limit (`ulimit -n`), then run this again": "EMFILE ENFILE",
    "wait until whatever uses it is through, then run this again": "EBUSY ETXTBSY EAGAIN EDEADLK",
    "look after the disk or the connection to it, then run this again": (
        "EIO ENXIO ENODEV ENOMEDIUM ESTALE EUCLEAN EREMOTEIO EOVERFLOW EOPNOTSUPP ENOSYS ENOLCK EXDEV "
        "ETIMEDOUT ENOTCONN EHOSTDOWN ECONNRESET"
    ),
    _MEMORY: "ENOMEM",
}
_MACHINE = {
    getattr(errno, name): fix for fix, names in _FIXES.items() for name in names.split() if hasattr(errno, name)
}


def run(arguments: Sequence[str]) -> int:
    """Runs one command line; says what stopped it on standard error and answers with the exit code."""
    try:
        return int(resolve("assay.cli.app:dispatch")(arguments))
    except AssayError as error:
        return _stopped(_explained(error))
    except KeyboardInterrupt:
        sys.stderr.write("assay: interrupted; nothing half-written is left\n")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return ExitCode.OK
    except Exception as error:  # noqa: BLE001 - a crash must not look like a failed gate (exit 1)
        if fault := _fault_of_the_machine(error):
            return _stopped(fault)
        sys.stderr.write(
            f"{traceback.format_exc()}\nThis is a bug in assay {__version__} (Python {platform.python_version()}, "
            f"{platform.system()}): please report it with the lines above.\n"
        )
        return ExitCode.BUG


def _explained(error: AssayError) -> AssayError:
    """The same; where git refused, by the state of the clone around the working folder if that says more."""
    if not isinstance(error, GitError) or isinstance(error, NoGitError):
        return error
    try:
        explained: AssayError = resolve("assay.clone.stuck:explained")(Path.cwd(), error)
    except OSError:
        return error
    return explained


def _fault_of_the_machine(error: Exception) -> AssayError | None:
    """What the disk, the system or the memory refused; None where the error is a bug of ours."""
    if isinstance(error, MemoryError):
        return AssayError("there is not enough memory", fix=_MEMORY)
    if not isinstance(error, OSError) or error.errno not in _MACHINE:
        return None
    where = f"{error.filename}: " if error.filename else ""
    return AssayError(f"{where}{error.strerror}", fix=_MACHINE[error.errno])


def _stopped(error: AssayError) -> ExitCode:
    visible = resolve("assay.render.text:visible")
    message, fix = ("\n".join(map(visible, text.splitlines())) for text in (error.message, error.fix))
    sys.stderr.write(f"assay: {message}\n  fix: {fix}\n")
    return error.exit_code
