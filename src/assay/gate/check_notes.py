"""What the child that runs a check file tells its parent: a note a line, each a JSON object."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from msgspec import Struct

from assay.model.verdict import CheckResult


class Collected(Struct, frozen=True, kw_only=True, tag="collected", forbid_unknown_fields=True):
    """The ids of all checks of the file."""

    ids: tuple[str, ...]


class Judged(Struct, frozen=True, kw_only=True, tag="judged", forbid_unknown_fields=True):
    """How one of them ended."""

    result: CheckResult


class Broken(Struct, frozen=True, kw_only=True, tag="broken", forbid_unknown_fields=True):
    """A check, or the whole file, that could not be run here: no fault of the labels, and no result."""

    id: str
    why: str
    remedy: str


_NOTE = msgspec.json.Decoder(Collected | Judged | Broken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """Where the child writes its notes, as an open file descriptor."""

    descriptor: int

    def write(self, note: Collected | Judged | Broken) -> None:
        """Writes a note."""
        data = msgspec.json.encode(note) + b"\n"
        while data:
            data = data[os.write(self.descriptor, data) :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The notes of one child."""

    collected: tuple[str, ...] | None
    results: tuple[CheckResult, ...]
    broken: tuple[Broken, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The checks that were collected and have no result."""
        known = {result.id for result in self.results}
        return tuple(check for check in self.collected or () if check not in known)


def heard(file: str, lines: bytes) -> Heard:
    """The notes that a child wrote on the checks of `file`, and on nothing else.

    Raises:
        ValueError: they are damaged, speak of another file's checks, or say a thing twice.
    """
    if lines and not lines.endswith(b"\n"):
        raise ValueError("the last note is cut off")
    notes = [_NOTE.decode(line) for line in lines.splitlines()]
    collected = [note.ids for note in notes if isinstance(note, Collected)]
    results = tuple(note.result for note in notes if isinstance(note, Judged))
    broken = tuple(note for note in notes if isinstance(note, Broken))
    _require_own(file, [*(check for ids in collected for check in ids), *(note.id for note in broken)])
    _require_own(file, [result.id for result in results])
    if len(collected) > 1 or len({result.id for result in results}) < len(results):
        raise ValueError("a thing is said twice")
    return Heard(collected=collected[0] if collected else None, results=results, broken=broken)


def _require_own(file: str, ids: Sequence[str]) -> None:
    for check in ids:
        if check != file and not check.startswith(f"{file}::"):
            raise ValueError(f"{check} is not a check of this file")
