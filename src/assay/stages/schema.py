"""The stage `schema`: label files → tables and findings."""

from collections import Counter

from msgspec.structs import replace

from assay.guidelines import load_guideline
from assay.labels import load_corpus, save_corpus
from assay.labels.corpus import nothing_loaded
from assay.model.capped import number_of
from assay.model.finding import Severity
from assay.model.quality import SchemaReport
from assay.project import Project
from assay.schemas import load_schema
from assay.schemas.keywords import keyword_findings, stated_schema
from assay.stages.report import fields_measured, save_report, to_be_read, why_unusable
from assay.store.findings import write_findings


def schema(project: Project, task: str) -> SchemaReport:
    """Reads every label of the task; writes its tables, `findings.jsonl` and `schema.json`. Bad labels never stop it.

    What is wrong with the schema's keywords is among the findings. Where schema, guideline or migrations are broken
    nothing is read, and that is the finding.
    """
    made_from = to_be_read(project, task, "schema")
    broken = why_unusable(project, task)
    loaded = nothing_loaded(task)
    if not broken:
        loaded = load_corpus(project, load_schema(project, task), load_guideline(project, task))
    declared = () if broken else tuple(keyword_findings(stated_schema(project, task), loaded.corpus.items.data))
    findings = tuple(sorted({*loaded.findings, *declared, *broken}, key=lambda one: one.sort_key))
    counted: Counter[str] = Counter()
    for one in findings:
        counted[one.rule] += 1 + one.more
    report = replace(
        loaded.report,
        errors=number_of(one for one in findings if one.severity is Severity.ERROR),
        warnings=number_of(one for one in findings if one.severity is Severity.WARNING),
        findings=dict(sorted(counted.items())),
    )
    save_corpus(project, loaded.corpus, fields_measured(project, task))
    write_findings(project.root / "build" / task / "findings.jsonl", findings)
    return save_report(project, task, "schema", report, made_from)
