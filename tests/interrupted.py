"""A write of many files that was planned and not carried out, as a killed process leaves it."""

from collections.abc import Mapping
from pathlib import Path

from assay.files import atomic, writes


def interrupt(root: Path, changed: Mapping[str, bytes | None]) -> Path:
    """Leaves such a write in a project: the folder of its plan."""
    (root / writes.WORK).mkdir(exist_ok=True)
    staged = root / writes.WORK / "staged1"
    writes._stage(staged, root, changed, {name: atomic.digest_here(root, name) for name in changed})
    return staged.rename(root / writes.WORK / "pending")
