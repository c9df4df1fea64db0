"""A write of many files that was planned and not carried out, as a killed process leaves it."""

from collections.abc import Mapping
from pathlib import Path

from assay.store import files


def interrupt(root: Path, changed: Mapping[str, bytes | None]) -> Path:
    """Leaves such a write in a project: the folder of its plan."""
    (root / files.WORK).mkdir(exist_ok=True)
    staged = root / files.WORK / "staged1"
    files._stage(staged, root, changed, {name: files.digest_here(root, name) for name in changed})
    return staged.rename(root / files.WORK / "pending")
