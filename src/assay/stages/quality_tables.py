"""What the quality stage lists, as Parquet: outdated annotations, duplicates, the review queue."""

from collections.abc import Sequence

from assay.extras import load
from assay.project import Project
from assay.quality.duplicates import Duplicate
from assay.quality.outdated import OutdatedRow
from assay.quality.queue import QueueRow
from assay.store.artifacts import rounded, write_parquet


def save_outdated(project: Project, task: str, rows: Sequence[OutdatedRow]) -> None:
    """Writes `build/<task>/outdated.parquet`: a row an annotation, with the versions that made it outdated."""
    pyarrow = load("pyarrow")
    text = pyarrow.string()
    write_parquet(
        project.root / "build" / task / "outdated.parquet",
        {
            "batch": pyarrow.array([row.batch for row in rows], type=text).dictionary_encode(),
            "item": pyarrow.array([row.item for row in rows], type=text),
            "annotator": pyarrow.array([row.annotator for row in rows], type=text).dictionary_encode(),
            "guideline": pyarrow.array([row.guideline for row in rows], type=text).dictionary_encode(),
            "changes": pyarrow.array([row.changes for row in rows], type=pyarrow.list_(text)),
        },
    )


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


def save_queue(project: Project, task: str, rows: Sequence[QueueRow]) -> None:
    """Writes `build/<task>/queue.parquet`, the most pressing first."""
    pyarrow = load("pyarrow")
    write_parquet(
        project.root / "build" / task / "queue.parquet",
        {
            "item": pyarrow.array([row.item for row in rows], type=pyarrow.string()),
            "field": pyarrow.array([row.field for row in rows], type=pyarrow.string()),
            "reason": pyarrow.array([row.reason for row in rows], type=pyarrow.string()),
            "priority": pyarrow.array([row.priority for row in rows], type=pyarrow.int32()),
            "votes": pyarrow.array([row.votes for row in rows], type=pyarrow.int32()),
            "confidence": pyarrow.array(rounded([row.confidence for row in rows]), type=pyarrow.float64()),
        },
    )
