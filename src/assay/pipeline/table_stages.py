"""The stages `consensus` and `quality`, and their tables as Parquet."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import orjson
from msgspec.structs import replace

from assay import guidelines
from assay import quality as measures
from assay.consensus import Consensus, Doubt, Reason, Source, compute_consensus, doubts, summary
from assay.core import (
    AgreementReport,
    ConsensusReport,
    Corpus,
    Field,
    Finding,
    JsonObject,
    QualityReport,
    SchemaReport,
    value_of,
    value_text,
)
from assay.extras import load
from assay.files import json_bytes, read_json, read_parquet, rounded, write_bytes, write_findings, write_parquet
from assay.labels import Gallery, read_corpus
from assay.pipeline.stages import fields_measured, save_report, to_be_read
from assay.project import Project, TaskSchema, Validator, load_policy, load_roster, load_schema

if TYPE_CHECKING:
    import pyarrow as pa

    from assay.quality import Duplicate, GuidelineEvidence, OutdatedRow, QueueRow


def save_consensus(project: Project, corpus: Corpus, consensus: Consensus, doubts: Iterable[Doubt]) -> None:
    """Writes `build/<task>/consensus.parquet`, a row per item and field; `reasons` are its doubts, of attributes theirs."""
    found: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for doubt in doubts:
        found[doubt.item, doubt.field].append({"attribute": doubt.attribute, "reason": doubt.why.value})
    items = [corpus.items.ids[code] for code in consensus.item.tolist()]
    fields = [consensus.fields[code] for code in consensus.field.tolist()]
    pairs = zip(consensus.value, fields, strict=True)
    values = [None if value is None else value_text(value, field) for value, field in pairs]
    reasons = [found.get((item, field.name), []) for item, field in zip(items, fields, strict=True)]
    pyarrow = load("pyarrow")
    text, doubted = pyarrow.string(), {"attribute": pyarrow.string(), "reason": pyarrow.string()}
    confidence = rounded(consensus.confidence.tolist())
    columns = {
        "item": _coded(items),
        "field": _coded([field.name for field in fields]),
        "value": pyarrow.array(values, type=text),
        "confidence": pyarrow.array(confidence, type=pyarrow.float64(), from_pandas=True),
        "votes": pyarrow.array(consensus.votes),
        "distribution": pyarrow.array(consensus.distribution, type=text),
        "method": _coded([consensus.method] * len(consensus)),
        "source": _coded([source.value for source in consensus.source]),
        "waiting": pyarrow.array(consensus.waiting, type=pyarrow.bool_()),
        "undecided": pyarrow.array(consensus.undecided, type=text),
        "reasons": pyarrow.array(reasons, type=pyarrow.list_(pyarrow.struct(doubted))),
    }
    write_parquet(project.root / "build" / corpus.task / "consensus.parquet", columns)


def read_consensus(project: Project, corpus: Corpus, fields: Sequence[Field]) -> Consensus:
    """What `save_consensus` wrote of this corpus.

    Raises:
        UsageError: it is absent.
    """
    table = read_parquet(project.root / "build" / corpus.task / "consensus.parquet")
    column = {name: table.column(name).to_pylist() for name in table.column_names}
    items = {item: code for code, item in enumerate(corpus.items.ids)}
    codes = {field.name: code for code, field in enumerate(fields)}
    named = {field.name: field for field in fields}
    return Consensus(
        method=next(iter(column["method"]), ""),
        fields=tuple(fields),
        item=np.array([items[item] for item in column["item"]], dtype=np.int32),
        field=np.array([codes[name] for name in column["field"]], dtype=np.int32),
        value=tuple(
            None if text is None else value_of(text, named[name])
            for text, name in zip(column["value"], column["field"], strict=True)
        ),
        confidence=np.array(column["confidence"], dtype=np.float64),
        votes=np.array(column["votes"], dtype=np.int32),
        distribution=tuple(column["distribution"]),
        source=tuple(map(Source, column["source"])),
        waiting=np.array(column["waiting"], dtype=np.bool_),
        undecided=tuple(column["undecided"]),
    )


def read_doubts(project: Project, task: str) -> tuple[Doubt, ...]:
    """The reasons for doubt that `save_consensus` wrote of a task.

    Raises:
        UsageError: the table is absent.
    """
    table = read_parquet(project.root / "build" / task / "consensus.parquet", columns=["item", "field", "reasons"])
    return tuple(
        Doubt(item=row["item"], field=row["field"], why=Reason(one["reason"]), attribute=one["attribute"])
        for row in table.to_pylist()
        for one in row["reasons"]
    )


def _coded(texts: list[str]) -> "pa.Array":
    pyarrow = load("pyarrow")
    return pyarrow.array(texts, type=pyarrow.string()).dictionary_encode()


def consensus(project: Project, task: str) -> ConsensusReport:
    """Decides every item and field; writes `consensus.parquet`, with the reasons for doubt, and `consensus.json`."""
    made_from = to_be_read(project, task, "consensus")
    fields = fields_measured(project, task)
    corpus = read_corpus(project, task, fields)
    policy = load_policy(project, task)
    decided = compute_consensus(corpus, fields, policy.consensus, policy.spread)
    save_consensus(project, corpus, decided, doubts(decided, corpus))
    return save_report(project, task, "consensus", summary(decided, fields), made_from)


def save_outdated(project: Project, task: str, rows: "Sequence[OutdatedRow]") -> None:
    """Writes `build/<task>/outdated.parquet`: a row an annotation, with the versions that made it outdated."""
    pyarrow = load("pyarrow")
    columns = {
        "batch": _coded([row.batch for row in rows]),
        "item": pyarrow.array([row.item for row in rows], type=pyarrow.string()),
        "annotator": _coded([row.annotator for row in rows]),
        "guideline": _coded([row.guideline for row in rows]),
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


def save_queue(project: Project, task: str, rows: "Sequence[QueueRow]") -> None:
    """Writes `build/<task>/queue.parquet`, the most pressing first."""
    pyarrow = load("pyarrow")
    kinds = {
        **dict.fromkeys(("item", "field", "reason"), pyarrow.string()),
        **dict.fromkeys(("priority", "votes"), pyarrow.int32()),
    }
    columns = {name: pyarrow.array([getattr(row, name) for row in rows], type=kind) for name, kind in kinds.items()}
    columns["confidence"] = pyarrow.array(rounded([row.confidence for row in rows]), type=pyarrow.float64())
    write_parquet(project.root / "build" / task / "queue.parquet", columns)


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
    corpus = read_corpus(project, task, fields)
    schema = load_schema(project, task) if fields else None
    rules = Validator({}) if schema is None else schema.label
    decided = read_consensus(project, corpus, fields)
    at_least = load_policy(project, task).near
    same = measures.duplicates(corpus, at_least, _files(project, corpus, schema))
    doubts = (
        *read_doubts(project, task),
        *measures.missed_gold(corpus, fields),
        *measures.duplicates_apart(same, decided, corpus),
    )
    waiting = measures.queue(doubts, decided, corpus)
    report = replace(
        measures.measure_quality(corpus, decided, fields, rules),
        queue=measures.summary_of_queue(waiting),
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
