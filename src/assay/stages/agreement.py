"""The stage `agreement`: tables → coefficients."""

from typing import TYPE_CHECKING

from assay.agreement.corpus import Measured, measure_corpus
from assay.extras import load
from assay.labels import read_corpus
from assay.model.agreement import ENDS, BreakdownRow
from assay.project import Project
from assay.report.agreement_pairs import agreement_pairs
from assay.report.agreement_values import agreement_values
from assay.stages.report import save_report, to_be_read
from assay.stages.usable import fields_measured
from assay.store.artifacts import rounded, write_parquet
from assay.store.files import write_bytes

if TYPE_CHECKING:
    import pyarrow as pa


def agreement(project: Project, task: str) -> Measured:
    """Measures agreement on every field; writes `agreement.parquet`, `agreement.json` and the plots."""
    made_from = to_be_read(project, task, "agreement")
    fields = fields_measured(project, task)
    measured = measure_corpus(read_corpus(project, task, fields), fields)
    write_parquet(project.root / "build" / task / "agreement.parquet", _columns(measured.rows))
    reports = project.root / "reports" / task
    save_report(project, task, "agreement", measured.report, made_from)
    scales = {field.name: field.scale.value for field in fields}
    write_bytes(reports / "plots/agreement_values.csv", agreement_values(measured.rows).encode())
    write_bytes(reports / "plots/agreement_pairs.svg", agreement_pairs(task, scales, measured.rows).encode())
    return measured


def _columns(rows: tuple[BreakdownRow, ...]) -> "dict[str, pa.Array]":
    pyarrow = load("pyarrow")
    kinds = {
        **dict.fromkeys(("field", "breakdown", "key", "coefficient"), pyarrow.string()),
        **dict.fromkeys(("value", "low", "high"), pyarrow.float64()),
        "units": pyarrow.int64(),
        **dict.fromkeys(ENDS, pyarrow.float64()),
    }
    return {
        name: pyarrow.array([rounded(getattr(row, name)) for row in rows], type=kind) for name, kind in kinds.items()
    }
