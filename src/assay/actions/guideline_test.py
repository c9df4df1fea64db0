"""`assay guideline test`: run the examples of the style guides."""

from dataclasses import dataclass

from assay.actions.guideline_lint import tasks_named
from assay.guidelines import load_guideline
from assay.guidelines.front_matter import read_guideline
from assay.labels import load_corpus
from assay.model.finding import Finding
from assay.model.quality import ExamplesReport
from assay.project import Project
from assay.quality.guideline import readable_examples, run_examples
from assay.schemas import load_schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How the examples of each task ran, and every error, by place."""

    reports: dict[str, ExamplesReport]
    findings: tuple[Finding, ...]


def try_examples(project: Project, task: str | None = None) -> Tried:
    """Runs the examples of a task, or of every task, against its schema and its experts' answers as they stand here.

    Raises:
        UsageError: there is no such task.
        ConfigError: a schema or guideline is broken.
        LimitError: a file is larger than assay reads.
    """
    reports: dict[str, ExamplesReport] = {}
    findings: set[Finding] = set()
    for name in tasks_named(project, task):
        schema = load_schema(project, name)
        corpus = load_corpus(project, schema, load_guideline(project, name)).corpus
        ran = run_examples(readable_examples(read_guideline(project, name)), schema, corpus)
        reports[name] = ran.report
        findings.update(ran.findings)
    return Tried(reports=reports, findings=tuple(sorted(findings, key=lambda found: found.sort_key)))
