"""The stage `quality`: votes against gold, work against plan, the review queue; and the headline numbers for DVC."""

from collections.abc import Collection, Mapping, Sequence

import orjson
from msgspec.structs import replace

from assay.extras import load
from assay.guidelines import load_guideline
from assay.guidelines.approval_records import cited_versions, record_findings, version_approvals
from assay.guidelines.front_matter import read_guideline
from assay.labels import read_corpus
from assay.labels.media import Gallery
from assay.model.agreement import AgreementReport
from assay.model.finding import Finding
from assay.model.json import JsonObject
from assay.model.quality import QualityReport, SchemaReport
from assay.project import Project, load_policy
from assay.project.roster import load_roster
from assay.quality import measure
from assay.quality.duplicates import Duplicate, duplicates, duplicates_apart, summary_of_duplicates
from assay.quality.gold import missed_gold
from assay.quality.guideline import GuidelineEvidence, guideline_evidence
from assay.quality.measure import QueueRow, queue, summary_of_queue
from assay.quality.outdated import OutdatedRow, measure_outdated
from assay.schemas import TaskSchema, load_schema
from assay.schemas.validator import Validator
from assay.stages.consensus import read_consensus, read_doubts
from assay.stages.report import fields_measured, save_report, to_be_read
from assay.store.artifacts import json_bytes, read_json, rounded, write_parquet
from assay.store.files import write_bytes
from assay.store.findings import write_findings
from assay.table import Corpus


def save_outdated(project: Project, task: str, rows: Sequence[OutdatedRow]) -> None:
    """Writes `build/<task>/outdated.parquet`: a row an annotation, with the versions that made it outdated."""
    pyarrow = load("pyarrow")
    text = pyarrow.string()
    write_parquet(
        project.root / "build" / task / "outdated.parquet",
        {
            "batch": pyarrow.array([row.batch for row in rows], type=text).dictionary_encode(),
            "item": pyarrow.array([row.item for row in rows], type=text),
            "annotator": pyarrow.array([row.annotator for row in rows], type=text).dictionary_encode(),
            "guideline": pyarrow.array([row.guideline for row in rows], type=text).dictionary_encode(),
            "changes": pyarrow.array([row.changes for row in rows], type=pyarrow.list_(text)),
        },
    )


def save_duplicates(project: Project, task: str, rows: Sequence[Duplicate]) -> None:
    """Writes `build/<task>/duplicates.parquet`: a row for each item and an earlier one that shows the same or nearly the same."""
    pyarrow = load("pyarrow")
    text = pyarrow.string()
    write_parquet(
        project.root / "build" / task / "duplicates.parquet",
        {
            "item": pyarrow.array([row.item for row in rows], type=text),
            "other": pyarrow.array([row.other for row in rows], type=text),
            "how": pyarrow.array([row.how.value for row in rows], type=text),
            "likeness": pyarrow.array(rounded([row.likeness for row in rows]), type=pyarrow.float64()),
        },
    )


def save_queue(project: Project, task: str, rows: Sequence[QueueRow]) -> None:
    """Writes `build/<task>/queue.parquet`, the most pressing first."""
    pyarrow = load("pyarrow")
    write_parquet(
        project.root / "build" / task / "queue.parquet",
        {
            "item": pyarrow.array([row.item for row in rows], type=pyarrow.string()),
            "field": pyarrow.array([row.field for row in rows], type=pyarrow.string()),
            "reason": pyarrow.array([row.reason for row in rows], type=pyarrow.string()),
            "priority": pyarrow.array([row.priority for row in rows], type=pyarrow.int32()),
            "votes": pyarrow.array([row.votes for row in rows], type=pyarrow.int32()),
            "confidence": pyarrow.array(rounded([row.confidence for row in rows]), type=pyarrow.float64()),
        },
    )


def look_at_guideline(project: Project, schema: TaskSchema, corpus: Corpus) -> GuidelineEvidence:
    """Lints the guideline of a task, runs its examples, and looks at the records of its approvals.

    Raises:
        ConfigError: there is no guideline.
        LimitError: it is longer than assay reads.
        SignatureError: a record is signed, and ssh-keygen is absent.
    """
    source = read_guideline(project, schema.task)
    approvals = tuple(record_findings(project, schema.task))
    return guideline_evidence(source, schema, corpus, load_roster(project).annotators, approvals)


def quality(project: Project, task: str) -> QualityReport:
    """Measures quality; writes `quality.json`, the few numbers of `metrics.json`, and the lists `outdated.parquet`, `duplicates.parquet` and `queue.parquet`.

    What is wrong with the guideline, its examples and its approvals is listed in `guideline.jsonl`.
    """
    made_from = to_be_read(project, task, "quality")
    fields = fields_measured(project, task)
    corpus = read_corpus(project, task, fields)
    schema = load_schema(project, task) if fields else None
    rules = Validator({}) if schema is None else schema.label
    decided = read_consensus(project, corpus, fields)
    at_least = load_policy(project, task).near
    same = duplicates(corpus, at_least, _files(project, corpus, schema))
    doubts = (*read_doubts(project, task), *missed_gold(corpus, fields), *duplicates_apart(same, decided, corpus))
    waiting = queue(doubts, decided, corpus)
    report = replace(
        measure(corpus, decided, fields, rules),
        queue=summary_of_queue(waiting),
        duplicates=summary_of_duplicates(same, at_least),
    )
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
    save_duplicates(project, task, same)
    save_queue(project, task, waiting)
    write_findings(project.root / "build" / task / "guideline.jsonl", findings)
    write_bytes(project.root / "reports" / task / "metrics.json", json_bytes(_metrics(project, task, report)))
    return save_report(project, task, "quality", report, made_from)


def _files(project: Project, corpus: Corpus, schema: TaskSchema | None) -> Mapping[int, Collection[str]]:
    """The keys under which items name a file, by the place of the item."""
    if schema is None:
        return {}
    gallery = Gallery(project.snapshot, project.task(corpus.task).pool, schema)
    named = ((at, gallery.keys(orjson.loads(data))) for at, data in enumerate(corpus.items.data))
    return {at: keys for at, keys in named if keys}


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
