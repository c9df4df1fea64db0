"""What the child that runs the checks notes down for its parent: files, each whole or absent."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from assay.model.verdict import CheckResult
from assay.store.files import read_bytes, write_bytes

_COLLECTED = "collected.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """The notes in one folder: first the ids of all collected checks, then a result each."""

    folder: Path

    def write_collected(self, ids: Sequence[str]) -> None:
        """Notes which checks there are."""
        write_bytes(self.folder / _COLLECTED, msgspec.json.encode(ids))

    def write_result(self, number: int, result: CheckResult) -> None:
        """Notes a result."""
        write_bytes(self.folder / f"{number:06d}.json", msgspec.json.encode(result))

    def collected(self) -> tuple[str, ...] | None:
        """The ids of all checks, or None where the child did not come that far."""
        path = self.folder / _COLLECTED
        return msgspec.json.decode(read_bytes(path), type=tuple[str, ...]) if path.is_file() else None

    def results(self) -> tuple[CheckResult, ...]:
        """Every result noted."""
        paths = sorted(self.folder.glob("[0-9]*.json"))
        return tuple(msgspec.json.decode(read_bytes(path), type=CheckResult) for path in paths)
