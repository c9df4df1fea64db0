"""The child that runs one check file with pytest, within limits: `assay.gate.checks` starts it, and nothing else does."""

import math
import os
import resource
import shlex
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from assay.errors import MissingExtraError
from assay.extras import load, resolve
from assay.gate.check_notes import Broken, Notes

MEBIBYTE = 2**20
FILE_MIB = 256
OPEN_FILES = 256
PYTEST = ((8, 4), (10, 0))


def main() -> None:
    """Runs the file that the command line names and ends with pytest's exit code; notes go to standard output."""
    root, file, scratch, seconds, memory_mib = sys.argv[1:]
    notes = Notes(descriptor=os.dup(1))
    os.dup2(2, 1)
    os.environ["TMPDIR"] = tempfile.mkdtemp(dir=scratch)
    tempfile.tempdir = None
    _limit(math.ceil(float(seconds)), int(memory_mib))
    if (why := _unfit()) is not None:
        low, high = (".".join(map(str, version)) for version in PYTEST)
        notes.write(Broken(id=file, why=why, remedy=f"run `{pip_install(f'pytest>={low},<{high}')}`"))
        sys.exit(1)
    sys.exit(resolve("assay.gate.check_plugin:run")(Path(root), file, notes, int(memory_mib)))


def pip_install(what: str) -> str:
    """The command that installs something where the checks run."""
    return shlex.join([sys.executable, "-m", "pip", "install", what])


def _limit(seconds: int, memory_mib: int) -> None:
    """Bounds this process and what it starts; an alarm ends it where the parent was killed and cannot."""
    bounds = {
        resource.RLIMIT_CPU: seconds + 1,
        resource.RLIMIT_AS: memory_mib * MEBIBYTE,
        resource.RLIMIT_FSIZE: FILE_MIB * MEBIBYTE,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for what, bound in bounds.items():
        _, hard = resource.getrlimit(what)
        most = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        with suppress(ValueError):  # macOS knows no limit of the address space
            resource.setrlimit(what, (most, most))
    signal.alarm(seconds + 5)


def _unfit() -> str | None:
    """Why pytest here cannot run checks; None where it can."""
    try:
        version: tuple[int, ...] = load("pytest").version_tuple[:2]
    except (MissingExtraError, ImportError, AttributeError) as error:
        return f"pytest, which runs the checks, cannot be used: {error}"
    low, high = PYTEST
    if low <= version < high:
        return None
    return f"pytest {'.'.join(map(str, version))} is installed, and checks are run by another"
