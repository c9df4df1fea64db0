"""The stages `consensus` and `quality`, and outdated answers and duplicates as Parquet."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace as replace_part
from typing import TYPE_CHECKING

import orjson
from msgspec.structs import replace

from assay import guidelines
from assay import quality as measures
from assay.consensus import compute_consensus, doubts, summary
from assay.core import (
    AgreementReport,
    ConsensusReport,
    Corpus,
    Finding,
    ItemTable,
    JsonObject,
    QualityReport,
    SchemaReport,
    Texts,
)
from assay.extras import load
from assay.files import (
    digest_of_code,
    digest_of_parts,
    json_bytes,
    read_json,
    rounded,
    write_bytes,
    write_findings,
    write_parquet,
)
from assay.labels import Gallery, read_corpus, read_items
from assay.pipeline.consensus_table import read_consensus, save_consensus, save_queue
from assay.pipeline.stage_report import fields_measured, save_report, to_be_read
from assay.project import Project, TaskSchema, Validator, load_policy, load_roster, load_schema

if TYPE_CHECKING:
    from assay.quality import Duplicate, GuidelineEvidence, OutdatedRow


def consensus(project: Project, task: str) -> ConsensusReport:
    """Decides every item and field; writes `consensus.parquet`, with the reasons for doubt, and `consensus.json`."""
    made_from = to_be_read(project, task, "consensus")
    fields = fields_measured(project, task)
    corpus = read_corpus(project, task, fields, items=read_items(project, task, fields), assignments=False)
    policy = load_policy(project, task)
    decided = compute_consensus(corpus, fields, policy.consensus, policy.spread)
    save_consensus(project, corpus, decided, doubts(decided))
    return save_report(project, task, "consensus", summary(decided, fields), made_from)


def save_outdated(project: Project, task: str, rows: "Sequence[OutdatedRow]") -> None:
    """Writes `build/<task>/outdated.parquet`: a row an annotation, with the versions that made it outdated."""
    pyarrow = load("pyarrow")
    coded = {
        name: pyarrow.array([getattr(row, name) for row in rows], type=pyarrow.string()).dictionary_encode()
        for name in ("batch", "annotator", "guideline")
    }
    columns = {
        "batch": coded["batch"],
        "item": pyarrow.array([row.item for row in rows], type=pyarrow.string()),
        "annotator": coded["annotator"],
        "guideline": coded["guideline"],
        "changes": pyarrow.array([row.changes for row in rows], type=pyarrow.list_(pyarrow.string())),
    }
    write_parquet(project.root / "build" / task / "outdated.parquet", columns)


def save_duplicates(project: Project, task: str, rows: "Sequence[Duplicate]") -> None:
    """Writes `build/<task>/duplicates.parquet`: a row for each item and an earlier one that shows the same or nearly the same."""
    pyarrow = load("pyarrow")
    words = {name: [getattr(row, name) for row in rows] for name in ("item", "other", "how")}
    columns = {name: pyarrow.array(column, type=pyarrow.string()) for name, column in words.items()}
    columns["likeness"] = pyarrow.array(rounded([row.likeness for row in rows]), type=pyarrow.float64())
    write_parquet(project.root / "build" / task / "duplicates.parquet", columns)


def look_at_guideline(project: Project, schema: TaskSchema, corpus: Corpus) -> "GuidelineEvidence":
    """Lints the guideline of a task, runs its examples, and looks at the records of its approvals.

    Raises:
        ConfigError: there is no guideline.
        LimitError: it is longer than assay reads.
        SignatureError: a record is signed, and ssh-keygen is absent.
    """
    source = guidelines.read_guideline(project, schema.task)
    approvals = tuple(guidelines.record_findings(project, schema.task))
    return measures.guideline_evidence(source, schema, corpus, load_roster(project).annotators, approvals)


def quality(project: Project, task: str) -> QualityReport:
    """Measures quality; writes `quality.json`, the few numbers of `metrics.json`, and the lists `outdated.parquet`, `duplicates.parquet` and `queue.parquet`.

    What is wrong with the guideline, its examples and its approvals is listed in `guideline.jsonl`.
    """
    made_from = to_be_read(project, task, "quality")
    fields = fields_measured(project, task)
    schema = load_schema(project, task) if fields else None
    rules = Validator({}) if schema is None else schema.label
    at_least, items = load_policy(project, task).near, read_items(project, task)
    # Before anything else is in memory: signatures of what items show need much of it.
    same = _duplicates(project, items, at_least, _files(project, task, items, schema))
    corpus = read_corpus(project, task, fields, items=replace_part(items, content=()))
    decided, doubts = read_consensus(project, corpus, fields)
    further = (*measures.missed_gold(corpus, fields), *measures.duplicates_apart(same, decided, corpus))
    waiting = measures.queue(doubts, further, decided, corpus)
    report = replace(
        measures.measure_quality(corpus, decided, fields, rules),
        queue=measures.summary_of_queue(waiting, decided),
        duplicates=measures.summary_of_duplicates(same, at_least),
    )
    outdated: Sequence[OutdatedRow] = ()
    findings: Sequence[Finding] = ()
    if schema is not None:
        stale = measures.measure_outdated(corpus, fields, guidelines.load_guideline(project, task), schema.migrations)
        approved = guidelines.version_approvals(project, task, guidelines.cited_versions(corpus))
        page = look_at_guideline(project, schema, corpus)
        report = replace(
            report, guideline=page.guideline, examples=page.examples, outdated=stale.report, approved=approved
        )
        outdated, findings = stale.rows, page.findings
    save_outdated(project, task, outdated)
    save_duplicates(project, task, same)
    save_queue(project, corpus, decided, waiting)
    write_findings(project.root / "build" / task / "guideline.jsonl", findings)
    write_bytes(project.root / "reports" / task / "metrics.json", json_bytes(_metrics(project, task, report)))
    return save_report(project, task, "quality", report, made_from)


def _duplicates(
    project: Project, items: ItemTable, at_least: float | None, files: Mapping[int, Collection[str]]
) -> "Sequence[Duplicate]":
    """The duplicates among the items of a task. They are kept by the items: most runs come after new labels, with no new item."""
    store = project.snapshot.results
    shown = _block(items.data)
    named = repr((at_least, sorted((at, sorted(keys)) for at, keys in files.items())))
    texts = ("\n".join(part).encode(errors="surrogatepass") for part in (items.ids, items.content, (named,)))
    key = digest_of_parts([digest_of_code().encode(), shown.block, shown.bounds.tobytes(), *texts])
    found = store.value(
        f"duplicates:{key}", list[measures.Duplicate], lambda: [*measures.duplicates(items, at_least, files)]
    )
    store.save()
    return found


def _block(texts: Sequence[bytes]) -> Texts:
    return texts if isinstance(texts, Texts) else Texts.of(texts)


def _files(project: Project, task: str, items: ItemTable, schema: TaskSchema | None) -> Mapping[int, Collection[str]]:
    """The keys under which items name a file, by the place of the item."""
    if schema is None:
        return {}
    gallery = Gallery(project.snapshot, project.task(task).pool, schema)
    if not gallery.concerns(bytes(_block(items.data).block)):
        return {}
    concerned = ((at, data) for at, data in enumerate(items.data) if gallery.concerns(data))
    named = ((at, gallery.keys(orjson.loads(data))) for at, data in concerned)
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
