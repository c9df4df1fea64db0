"""What the pipeline makes and git keeps: its lock file and its reports, of which one side of a merge is as good as the other."""

from collections.abc import Iterable

LOCK = "dvc.lock"
REPORTS = "reports"


def is_made(path: str) -> bool:
    """Whether `dvc repro` writes the file."""
    return path == LOCK or path.startswith(f"{REPORTS}/")


def taking_a_side(paths: Iterable[str]) -> str:
    """How a merge conflict in such files is settled: either side, then they are made anew."""
    named = " ".join(sorted({path.partition("/")[0] for path in paths}))
    return f"take either side (git checkout HEAD -- {named}), `dvc repro`, git add {named}"
