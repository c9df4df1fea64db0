"""The review queue as Parquet."""

from collections.abc import Sequence

from assay.extras import load
from assay.project import Project
from assay.quality.queue import QueueRow
from assay.store.artifacts import rounded, write_parquet


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
