"""What every stage does: it knows what it is about to read, and writes its report beside the digests of what it read and made."""

from collections.abc import Mapping
from typing import TypeVar

from msgspec.structs import replace

from assay.core import AgreementReport, ConsensusReport, Field, Finding, QualityReport, SchemaReport
from assay.files import write_json
from assay.guidelines import Broken, configuration_findings, unusable
from assay.project import Project, digests, load_schema, read_by, report_of, written_by

Report = TypeVar("Report", SchemaReport, AgreementReport, ConsensusReport, QualityReport)


def why_unusable(project: Project, task: str) -> tuple[Finding, ...]:
    """The findings that make a task unusable; none where it can be judged."""
    errors = unusable(project, [task])
    return tuple(configuration_findings(Broken(task=task, error=error) for error in errors.values()))


def fields_measured(project: Project, task: str) -> tuple[Field, ...]:
    """The fields of a task; none where it is unusable."""
    return () if unusable(project, [task]) else load_schema(project, task).fields


def to_be_read(project: Project, task: str, stage: str) -> dict[str, str]:
    """The digests of what a stage is about to read, taken before, so that a later edit is noticed."""
    return digests(project, read_by(project, task, stage))


def save_report(project: Project, task: str, stage: str, report: Report, made_from: Mapping[str, str]) -> Report:
    """Writes `reports/<task>/<stage>.json`, once the tables of the stage are written; the report as written."""
    whole = replace(report, made_from=dict(made_from), tables=digests(project, written_by(task, stage)))
    write_json(project.root / report_of(task, stage), whole)
    return whole
