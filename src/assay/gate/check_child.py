"""The child that runs one check file with pytest, within limits, and its notes to the parent, a JSON object a line.

Only `assay.gate.project_checks` starts it.
"""

import math
import os
import resource
import shlex
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import Struct

from assay.core import CheckResult
from assay.errors import MissingExtraError
from assay.extras import load, resolve

MEBIBYTE = 2**20
FILE_MIB = 256
OPEN_FILES = 256
PYTEST = ((8, 4), (10, 0))


def run_child() -> None:
    """Runs the file that the command line names and ends with pytest's exit code; notes go to standard output."""
    root, file, scratch, seconds, memory_mib = sys.argv[1:]
    notes = Notes(descriptor=os.dup(1))
    os.dup2(2, 1)
    os.environ["TMPDIR"] = tempfile.mkdtemp(dir=scratch)
    tempfile.tempdir = None
    bound_s = math.ceil(float(seconds))
    bounds = {
        resource.RLIMIT_CPU: bound_s + 1,
        resource.RLIMIT_AS: int(memory_mib) * MEBIBYTE,
        resource.RLIMIT_FSIZE: FILE_MIB * MEBIBYTE,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for what, bound in bounds.items():
        _, hard = resource.getrlimit(what)
        most = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        with suppress(ValueError):  # macOS knows no limit of the address space
            resource.setrlimit(what, (most, most))
    signal.alarm(bound_s + 5)
    if (why := _unfit()) is not None:
        low, high = (".".join(map(str, version)) for version in PYTEST)
        notes.write(BrokenCheck(id=file, why=why, fix=f"run `{pip_install(f'pytest>={low},<{high}')}`"))
        sys.exit(1)
    sys.exit(resolve("assay.gate.check_plugin:run_file")(Path(root), file, notes, int(memory_mib)))


def pip_install(what: str) -> str:
    """The command that installs something where the checks run."""
    return shlex.join([sys.executable, "-m", "pip", "install", what])


def _unfit() -> str | None:
    """Why pytest here cannot run checks; None where it can."""
    try:
        version: tuple[int, ...] = load("pytest").version_tuple[:2]
    except (MissingExtraError, ImportError, AttributeError) as error:
        return f"pytest, which runs the checks, cannot be used: {error}"
    low, high = PYTEST
    if low <= version < high:
        return None
    return f"pytest {'.'.join(map(str, version))} is installed, which is not supported"


class CollectedChecks(Struct, frozen=True, kw_only=True, tag="collected", forbid_unknown_fields=True):
    """The ids of all checks of the file."""

    ids: tuple[str, ...]


class JudgedCheck(Struct, frozen=True, kw_only=True, tag="judged", forbid_unknown_fields=True):
    """The result of one check."""

    result: CheckResult


class BrokenCheck(Struct, frozen=True, kw_only=True, tag="broken", forbid_unknown_fields=True):
    """A check, or the whole file, that could not be run here: no fault of the labels, and no result."""

    id: str
    why: str
    fix: str


_NOTE = msgspec.json.Decoder(CollectedChecks | JudgedCheck | BrokenCheck)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """Where the child writes its notes, as an open file descriptor."""

    descriptor: int

    def write(self, note: CollectedChecks | JudgedCheck | BrokenCheck) -> None:
        """Writes a note."""
        data = msgspec.json.encode(note) + b"\n"
        while data:
            data = data[os.write(self.descriptor, data) :]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildNotes:
    """The notes of one child."""

    collected: tuple[str, ...] | None
    results: tuple[CheckResult, ...]
    broken: tuple[BrokenCheck, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The checks that were collected and have no result."""
        known = {result.id for result in self.results}
        return tuple(check for check in self.collected or () if check not in known)


def read_notes(file: str, lines: bytes) -> ChildNotes:
    """The notes of a child on the checks of `file`.

    Raises:
        ValueError: they are damaged, are about another file's checks, or repeat a note.
    """
    if lines and not lines.endswith(b"\n"):
        raise ValueError("the last note is cut off")
    notes = [_NOTE.decode(line) for line in lines.splitlines()]
    collected = [note.ids for note in notes if isinstance(note, CollectedChecks)]
    results = tuple(note.result for note in notes if isinstance(note, JudgedCheck))
    broken = tuple(note for note in notes if isinstance(note, BrokenCheck))
    _require_own(file, [*(check for ids in collected for check in ids), *(note.id for note in broken)])
    _require_own(file, [result.id for result in results])
    if len(collected) > 1 or len({result.id for result in results}) < len(results):
        raise ValueError("duplicate note")
    return ChildNotes(collected=collected[0] if collected else None, results=results, broken=broken)


def _require_own(file: str, ids: Sequence[str]) -> None:
    for check in ids:
        if check != file and not check.startswith(f"{file}::"):
            raise ValueError(f"{check} is not a check of this file")
