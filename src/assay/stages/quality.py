"""The stage `quality`: votes against gold, work against plan, doubt left over; and the headline numbers for DVC."""

from msgspec.structs import replace

from assay.guidelines import load_guideline
from assay.guidelines.approved import cited_versions, version_approvals
from assay.labels import read_corpus
from assay.model.agreement import AgreementReport
from assay.model.json import JsonObject
from assay.model.quality import QualityReport, SchemaReport
from assay.project import Project
from assay.quality import measure, outdated
from assay.schemas import load_schema
from assay.stages.consensus_table import read_consensus
from assay.stages.guideline_findings import look_at_guideline
from assay.stages.outdated_table import save_outdated
from assay.store.artifacts import read_json, write_json


def quality(project: Project, task: str) -> QualityReport:
    """Measures quality; writes `quality.json`, the few numbers of `metrics.json`, and the list `outdated.parquet`.

    What is wrong with the guideline and its examples is listed in `guideline.jsonl`.
    """
    schema = load_schema(project, task)
    fields = schema.fields
    corpus = read_corpus(project, task, fields)
    stale = outdated.measure(corpus, fields, load_guideline(project, task))
    save_outdated(project, task, stale.rows)
    measured = measure(corpus, read_consensus(project, corpus, fields), fields)
    approved = version_approvals(project, task, cited_versions(corpus))
    page = look_at_guideline(project, schema, corpus)
    report = replace(
        measured, guideline=page.guideline, examples=page.examples, outdated=stale.report, approved=approved
    )
    reports = project.root / "reports" / task
    write_json(reports / "quality.json", report)
    write_json(reports / "metrics.json", _metrics(project, task, report))
    return report


def _metrics(project: Project, task: str, report: QualityReport) -> JsonObject:
    reports = project.root / "reports" / task
    counted = read_json(reports / "schema.json", SchemaReport)
    measured = read_json(reports / "agreement.json", AgreementReport)
    return {
        "records": counted.records,
        "errors": counted.errors,
        "alpha": {name: field.alpha.value for name, field in measured.fields.items()},
        "gold_accuracy": report.gold.accuracy,
        "coverage": report.coverage.value,
        "unresolved": report.unresolved.value,
        "outdated": report.outdated.value if report.outdated else None,
    }
