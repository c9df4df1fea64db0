"""The stage `agreement`."""

from typing import TYPE_CHECKING

from assay import agreement as agreement_package
from assay.core import ENDS, with_attributes
from assay.extras import load
from assay.files import rounded, write_bytes, write_parquet
from assay.labels import read_corpus, read_items
from assay.pipeline.stage_report import fields_measured, save_report, to_be_read
from assay.project import Project

if TYPE_CHECKING:
    from assay.agreement import MeasuredCorpus


def agreement(project: Project, task: str) -> "MeasuredCorpus":
    """Measures agreement on every field; writes `agreement.parquet`, `agreement.json` and the heat map of pairs."""
    made_from = to_be_read(project, task, "agreement")
    fields = fields_measured(project, task)
    items = read_items(project, task, fields)
    corpus = read_corpus(project, task, fields, items=items, assignments=False, decisions=False)
    measured = agreement_package.measure_corpus(corpus, fields)
    pyarrow = load("pyarrow")
    kinds = {
        **dict.fromkeys(("field", "breakdown", "key", "coefficient"), pyarrow.string()),
        **dict.fromkeys(("value", "low", "high"), pyarrow.float64()),
        **dict.fromkeys(("units", "groups"), pyarrow.int64()),
        **dict.fromkeys(ENDS, pyarrow.float64()),
    }
    columns = {name: [rounded(getattr(row, name)) for row in measured.rows] for name in kinds}
    arrays = {name: pyarrow.array(columns[name], type=kind) for name, kind in kinds.items()}
    write_parquet(project.root / "build" / task / "agreement.parquet", arrays)
    save_report(project, task, "agreement", measured.report, made_from)
    scales = {field.name: field.scale.value for field in with_attributes(fields)}
    pairs = agreement_package.agreement_pairs(task, scales, measured.rows)
    write_bytes(project.root / "reports" / task / "plots/agreement_pairs.svg", pairs.encode())
    return measured
