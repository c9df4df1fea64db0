"""A stage's report, with what it was made from and with."""

from collections.abc import Mapping
from typing import TypeVar

from msgspec.structs import replace

from assay.model.agreement import AgreementReport
from assay.model.quality import ConsensusReport, QualityReport, SchemaReport
from assay.project import Project
from assay.project.made_from import digests, read_by, report_of, written_by
from assay.store.artifacts import write_json

Report = TypeVar("Report", SchemaReport, AgreementReport, ConsensusReport, QualityReport)


def to_be_read(project: Project, task: str, stage: str) -> dict[str, str]:
    """The digests of what a stage is about to read: asked before it reads, so that a later edit shows."""
    return digests(project, read_by(project, task, stage))


def save_report(project: Project, task: str, stage: str, report: Report, made_from: Mapping[str, str]) -> Report:
    """Writes `reports/<task>/<stage>.json`, once the tables of the stage are written; the report as written."""
    whole = replace(report, made_from=dict(made_from), tables=digests(project, written_by(task, stage)))
    write_json(project.root / report_of(task, stage), whole)
    return whole
