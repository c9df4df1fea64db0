"""The outdated annotations as Parquet."""

from collections.abc import Sequence

from assay.extras import load
from assay.project import Project
from assay.quality.outdated import OutdatedRow
from assay.store.artifacts import write_parquet


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
