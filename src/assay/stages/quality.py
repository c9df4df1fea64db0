"""The stage `quality`: votes against gold, work against plan, the review queue; and the headline numbers for DVC."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import orjson
from msgspec.structs import replace

from assay.consensus import Consensus, Doubt
from assay.guidelines import load_guideline
from assay.guidelines.approved import cited_versions, version_approvals
from assay.labels import read_corpus
from assay.labels.media import Gallery
from assay.model.agreement import AgreementReport
from assay.model.finding import Finding
from assay.model.json import JsonObject
from assay.model.quality import QualityReport, SchemaReport
from assay.model.schema import Field
from assay.project import Project, load_policy
from assay.quality import gold, measure
from assay.quality.duplicates import Duplicate, differing, duplicates
from assay.quality.duplicates import summary as summary_of_same
from assay.quality.outdated import OutdatedRow
from assay.quality.outdated import measure as measure_outdated
from assay.quality.queue import queue, summary
from assay.schemas import TaskSchema, load_schema
from assay.schemas.validator import Validator
from assay.stages.consensus_table import read_consensus, read_doubts
from assay.stages.guideline_findings import look_at_guideline
from assay.stages.quality_tables import save_duplicates, save_outdated, save_queue
from assay.stages.report import save_report, to_be_read
from assay.stages.usable import fields_measured
from assay.store.artifacts import json_bytes, read_json
from assay.store.files import write_bytes
from assay.store.findings import write_findings
from assay.table import Corpus


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
    waiting = queue(_reasons(project, corpus, fields, same, decided), decided, corpus)
    report = replace(
        measure(corpus, decided, fields, rules), queue=summary(waiting), duplicates=summary_of_same(same, at_least)
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


def _reasons(
    project: Project, corpus: Corpus, fields: Sequence[Field], same: Sequence[Duplicate], decided: Consensus
) -> Iterator[Doubt]:
    """Every reason to look at an item, from all that there is evidence of."""
    yield from read_doubts(project, corpus.task)
    yield from gold.missed(corpus, fields)
    yield from differing(same, decided, corpus)


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
