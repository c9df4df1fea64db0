"""The slices of agreement that rules ask for, out of `build/<task>/agreement.parquet`."""

from typing import TYPE_CHECKING

import msgspec

from assay.errors import UsageError
from assay.extras import load
from assay.gate.evidence import Slices
from assay.gate.rules.subject import OVERALL, Subject, subject_of
from assay.model.agreement import COEFFICIENT_NAMES, AgreementReport, BreakdownRow
from assay.model.verdict import TaskPolicy
from assay.project import Project
from assay.store.artifacts import read_parquet
from assay.store.dictionaries import plain

if TYPE_CHECKING:
    import pyarrow as pa


def load_slices(project: Project, policy: TaskPolicy, report: AgreementReport) -> dict[str, Slices]:
    """What the agreement rules of a task ask for, by subject; the table is opened only where a rule asks.

    Raises:
        ConfigError: a rule speaks of a field or breakdown that there is not.
        UsageError: the table has not been made yet, or another assay made it.
    """
    rules = [spec for spec in policy.rules if spec.kind == "agreement"]
    subjects = [(spec, subject_of(spec, report.fields)) for spec in rules]
    asked = [(spec, subject) for spec, subject in subjects if subject.breakdown != OVERALL]
    if not asked:
        return {}
    path = project.root / "build" / policy.task / "agreement.parquet"
    try:
        table = plain(read_parquet(path, columns=list(BreakdownRow.__struct_fields__)))
        return {spec.subject: _slices(table, subject, str(spec.parameters["coefficient"])) for spec, subject in asked}
    except (KeyError, msgspec.ValidationError) as error:
        raise UsageError(f"{path} was not written by this assay: {error}", hint="run `dvc repro` again") from error


def _slices(table: "pa.Table", subject: Subject, coefficient: str) -> Slices:
    arrow = load("pyarrow.compute")
    here = arrow.and_(
        arrow.equal(table["field"], subject.field),
        arrow.equal(table["breakdown"], subject.breakdown),
    )
    rows = table.filter(here)
    names = set(arrow.unique(rows["coefficient"]).to_pylist())
    wanted = rows.filter(arrow.is_in(rows["coefficient"], load("pyarrow").array(["alpha", coefficient])))
    return Slices(
        coefficients=tuple(name for name in COEFFICIENT_NAMES if name in names),
        rows=msgspec.convert(wanted.to_pylist(), tuple[BreakdownRow, ...]),
    )
