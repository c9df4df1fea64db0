"""The duplicates of a pool as Parquet."""

from collections.abc import Sequence

from assay.extras import load
from assay.project import Project
from assay.quality.duplicates import Duplicate
from assay.store.artifacts import rounded, write_parquet


def save_duplicates(project: Project, task: str, rows: Sequence[Duplicate]) -> None:
    """Writes `build/<task>/duplicates.parquet`: a row for each item and an earlier one that shows the same or nearly the same."""
    pyarrow = load("pyarrow")
    text = pyarrow.string()
    write_parquet(
        project.root / "build" / task / "duplicates.parquet",
        {
            "item": pyarrow.array([row.item for row in rows], type=text),
            "other": pyarrow.array([row.other for row in rows], type=text),
            "how": pyarrow.array([row.how.value for row in rows], type=text),
            "likeness": pyarrow.array(rounded([row.likeness for row in rows]), type=pyarrow.float64()),
        },
    )
