"""The slices of agreement that rules ask for, out of `build/<task>/agreement.parquet`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from assay.errors import UsageError
from assay.extras import load
from assay.gate.evidence import Slices
from assay.gate.rules.subject import OVERALL, VALUE, Subject, subject_of
from assay.model.agreement import COEFFICIENT_NAMES, AgreementReport, BreakdownRow
from assay.model.verdict import TaskPolicy
from assay.project import Project
from assay.store.artifacts import read_parquet
from assay.store.dictionaries import plain

if TYPE_CHECKING:
    import pyarrow as pa

_TABLE = "build/{task}/agreement.parquet"


def load_slices(project: Project, policy: TaskPolicy, report: AgreementReport) -> dict[str, Slices]:
    """What the agreement rules of a task ask for, by subject.

    Of a field in all the report says what counts; its row tells more about the interval, where there is a table.

    Raises:
        ConfigError: a rule speaks of a field or breakdown that there is not.
        UsageError: the table has not been made yet, or another assay made it.
    """
    rules = [spec for spec in policy.rules if spec.kind == "agreement"]
    subjects = [(spec, subject_of(spec, report.measured)) for spec in rules]
    table = project.root / _TABLE.format(task=policy.task)
    if all(subject.breakdown == OVERALL for _, subject in subjects) and not table.exists():
        return {}
    with _opened(project, policy.task) as table:
        return {
            spec.subject: _slices(table, subject, str(spec.parameters["coefficient"])) for spec, subject in subjects
        }


def load_alphas(project: Project, task: str) -> tuple[BreakdownRow, ...]:
    """Alpha of each field in all, and of each of its values against the rest.

    Raises:
        UsageError: the table has not been made yet, or another assay made it.
    """
    with _opened(project, task) as table:
        return _rows(table, breakdown=(OVERALL, VALUE), coefficient=("alpha",))


@contextmanager
def _opened(project: Project, task: str) -> "Iterator[pa.Table]":
    path = project.root / _TABLE.format(task=task)
    try:
        yield plain(read_parquet(path, columns=list(BreakdownRow.__struct_fields__)))
    except (KeyError, msgspec.ValidationError) as error:
        raise UsageError(f"{path} was not written by this assay: {error}", hint="run `dvc repro` again") from error


def _slices(table: "pa.Table", subject: Subject, coefficient: str) -> Slices:
    arrow = load("pyarrow.compute")
    rows = _where(table, field=(subject.field,), breakdown=(subject.breakdown,))
    names = set(arrow.unique(rows["coefficient"]).to_pylist())
    return Slices(
        coefficients=tuple(name for name in COEFFICIENT_NAMES if name in names),
        rows=_rows(rows, coefficient=("alpha", coefficient)),
    )


def _rows(table: "pa.Table", **wanted: tuple[str, ...]) -> tuple[BreakdownRow, ...]:
    return msgspec.convert(_where(table, **wanted).to_pylist(), tuple[BreakdownRow, ...])


def _where(table: "pa.Table", **wanted: tuple[str, ...]) -> "pa.Table":
    """The rows whose columns hold one of the words wanted there."""
    for column, words in wanted.items():
        table = table.filter(load("pyarrow.compute").is_in(table[column], load("pyarrow").array(words)))
    return table
