"""The stage `quality`: votes against gold, work against plan, doubt left over; and the headline numbers for DVC."""

from collections.abc import Sequence

from msgspec.structs import replace

from assay.guidelines import load_guideline
from assay.guidelines.approved import cited_versions, version_approvals
from assay.labels import read_corpus
from assay.model.agreement import AgreementReport
from assay.model.finding import Finding
from assay.model.json import JsonObject
from assay.model.quality import QualityReport, SchemaReport
from assay.project import Project
from assay.quality import measure
from assay.quality.outdated import OutdatedRow
from assay.quality.outdated import measure as measure_outdated
from assay.schemas import load_schema
from assay.schemas.validator import Validator
from assay.stages.consensus_table import read_consensus
from assay.stages.guideline_findings import look_at_guideline
from assay.stages.outdated_table import save_outdated
from assay.stages.report import save_report, to_be_read
from assay.stages.usable import fields_measured
from assay.store.artifacts import json_bytes, read_json
from assay.store.files import write_bytes
from assay.store.findings import write_findings


def quality(project: Project, task: str) -> QualityReport:
    """Measures quality; writes `quality.json`, the few numbers of `metrics.json`, and the list `outdated.parquet`.

    What is wrong with the guideline, its examples and its approvals is listed in `guideline.jsonl`.
    """
    made_from = to_be_read(project, task, "quality")
    fields = fields_measured(project, task)
    corpus = read_corpus(project, task, fields)
    schema = load_schema(project, task) if fields else None
    rules = Validator({}) if schema is None else schema.label
    report = measure(corpus, read_consensus(project, corpus, fields), fields, rules)
    outdated: Sequence[OutdatedRow] = ()
    findings: Sequence[Finding] = ()
    if schema is not None:
        stale = measure_outdated(corpus, fields, load_guideline(project, task), schema.migrations)
        approved = version_approvals(project, task, cited_versions(corpus))
        page = look_at_guideline(project, schema, corpus)
        report = replace(
            report, guideline=page.guideline, examples=page.examples, outdated=stale.report, approved=approved
        )
        outdated, findings = stale.rows, page.findings
    save_outdated(project, task, outdated)
    write_findings(project.root / "build" / task / "guideline.jsonl", findings)
    write_bytes(project.root / "reports" / task / "metrics.json", json_bytes(_metrics(project, task, report)))
    return save_report(project, task, "quality", report, made_from)


def _metrics(project: Project, task: str, report: QualityReport) -> JsonObject:
    reports = project.root / "reports" / task
    counted = read_json(reports / "schema.json", SchemaReport)
    measured = read_json(reports / "agreement.json", AgreementReport)
    return {
        "records": counted.records,
        "errors": counted.errors,
        "alpha": {name: field.alpha.value for name, field in measured.measured.items()},
        "gold_accuracy": report.gold.accuracy,
        "coverage": report.coverage.value,
        "unresolved": report.unresolved.value,
        "outdated": report.outdated.value if report.outdated else None,
    }
