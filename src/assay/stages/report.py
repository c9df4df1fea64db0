"""A stage's report, with what it was made from and with, and the task of which nothing is measured.

That is a task that nothing can judge, as its schema, guideline or migrations are broken. Its stages write what they write of a task without labels, so that the other tasks are measured and judged; what is broken
is a finding, and the gate lets no rule of the task pass.
"""

from collections.abc import Mapping
from typing import TypeVar

from msgspec.structs import replace

from assay.guidelines.configuration import Broken, configuration_findings, unusable
from assay.model.agreement import AgreementReport
from assay.model.finding import Finding
from assay.model.quality import ConsensusReport, QualityReport, SchemaReport
from assay.model.schema import Field
from assay.project import Project
from assay.project.made_from import digests, read_by, report_of, written_by
from assay.schemas import load_schema
from assay.store.artifacts import write_json

Report = TypeVar("Report", SchemaReport, AgreementReport, ConsensusReport, QualityReport)


def why_unusable(project: Project, task: str) -> tuple[Finding, ...]:
    """What is broken; nothing where the task can be judged."""
    errors = unusable(project, [task])
    return tuple(configuration_findings(Broken(task=task, error=error) for error in errors.values()))


def fields_measured(project: Project, task: str) -> tuple[Field, ...]:
    """The fields of a task; none of one that nothing can judge."""
    return () if unusable(project, [task]) else load_schema(project, task).fields


def to_be_read(project: Project, task: str, stage: str) -> dict[str, str]:
    """The digests of what a stage is about to read: asked before it reads, so that a later edit shows."""
    return digests(project, read_by(project, task, stage))


def save_report(project: Project, task: str, stage: str, report: Report, made_from: Mapping[str, str]) -> Report:
    """Writes `reports/<task>/<stage>.json`, once the tables of the stage are written; the report as written."""
    whole = replace(report, made_from=dict(made_from), tables=digests(project, written_by(task, stage)))
    write_json(project.root / report_of(task, stage), whole)
    return whole
