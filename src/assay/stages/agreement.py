"""The stage `agreement`: tables → coefficients."""

from typing import TYPE_CHECKING

from assay.agreement.corpus import Measured, measure_corpus
from assay.extras import load
from assay.labels import read_corpus
from assay.model.agreement import ENDS, BreakdownRow
from assay.model.schema import with_attributes
from assay.project import Project
from assay.report.agreement_pairs import agreement_pairs
from assay.stages.report import fields_measured, save_report, to_be_read
from assay.store.artifacts import rounded, write_parquet
from assay.store.files import write_bytes

if TYPE_CHECKING:
    import pyarrow as pa


def agreement(project: Project, task: str) -> Measured:
    """Measures agreement on every field; writes `agreement.parquet`, `agreement.json` and the heat map of pairs."""
    made_from = to_be_read(project, task, "agreement")
    fields = fields_measured(project, task)
    measured = measure_corpus(read_corpus(project, task, fields), fields)
    write_parquet(project.root / "build" / task / "agreement.parquet", _columns(measured.rows))
    save_report(project, task, "agreement", measured.report, made_from)
    scales = {field.name: field.scale.value for field in with_attributes(fields)}
    pairs = agreement_pairs(task, scales, measured.rows)
    write_bytes(project.root / "reports" / task / "plots/agreement_pairs.svg", pairs.encode())
    return measured


def _columns(rows: tuple[BreakdownRow, ...]) -> "dict[str, pa.Array]":
    pyarrow = load("pyarrow")
    kinds = {
        **dict.fromkeys(("field", "breakdown", "key", "coefficient"), pyarrow.string()),
        **dict.fromkeys(("value", "low", "high"), pyarrow.float64()),
        **dict.fromkeys(("units", "groups"), pyarrow.int64()),
        **dict.fromkeys(ENDS, pyarrow.float64()),
    }
    return {
        name: pyarrow.array([rounded(getattr(row, name)) for row in rows], type=kind) for name, kind in kinds.items()
    }
