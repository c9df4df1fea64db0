"""The one `try`: what stops a command becomes a message and an exit code."""

import errno
import platform
import sys
import traceback
from collections.abc import Sequence

from assay import __version__
from assay.errors import AssayError, ExitCode
from assay.extras import resolve

_ROOM, _LEAVE, _KIND = (
    "make room on the disk",
    "get leave to read and write there",
    "put a folder where a file is, or the reverse",
)
_MACHINE = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: "raise the limit on the size of files (`ulimit -f` shows it)",
    errno.EROFS: _LEAVE,
    errno.EACCES: _LEAVE,
    errno.EPERM: _LEAVE,
    errno.ENOTDIR: _KIND,
    errno.EISDIR: _KIND,
    errno.ENAMETOOLONG: "give it a shorter name",
    errno.ELOOP: "put the file itself in place of the link",
}


def run(arguments: Sequence[str]) -> int:
    """Runs one command line; says what stopped it on standard error and answers with the exit code."""
    try:
        return int(resolve("assay.cli.app:dispatch")(arguments))
    except AssayError as error:
        return _stopped(error)
    except KeyboardInterrupt:
        sys.stderr.write("assay: interrupted; nothing half-written is left\n")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return ExitCode.OK
    except Exception as error:  # noqa: BLE001 - a crash must not look like a failed gate (exit 1)
        if isinstance(error, OSError) and error.errno in _MACHINE:
            where = f"{error.filename}: " if error.filename else ""
            return _stopped(AssayError(f"{where}{error.strerror}", hint=_MACHINE[error.errno]))
        sys.stderr.write(
            f"{traceback.format_exc()}\nThis is a bug in assay {__version__} (Python {platform.python_version()}, "
            f"{platform.system()}): please report it with the lines above.\n"
        )
        return ExitCode.BUG


def _stopped(error: AssayError) -> ExitCode:
    visible = resolve("assay.report:visible")
    message, hint = ("\n".join(map(visible, text.splitlines())) for text in (error.message, error.hint))
    sys.stderr.write(f"assay: {message}\n  remedy: {hint}\n")
    return error.exit_code
