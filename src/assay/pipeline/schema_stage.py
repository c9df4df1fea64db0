"""The stage `schema`: reads every label of a task, and writes what later stages read."""

from collections import Counter

from msgspec.structs import replace

from assay.core import SchemaReport, Severity, number_of
from assay.files import write_findings
from assay.guidelines import load_guideline
from assay.labels import Engine, save_nothing, save_task
from assay.pipeline.stage_report import save_report, to_be_read, why_unusable
from assay.project import Project, keyword_findings, load_schema, stated_schema


def schema(project: Project, task: str, *, engine: Engine | None = None) -> SchemaReport:
    """Reads every label of the task; writes its tables, `findings.jsonl` and `schema.json`. Bad labels never stop it.

    What is wrong with the schema's keywords is among the findings. If schema, guideline or migrations are broken,
    nothing is read, and that is a finding. `engine` reads what is new of many batches; by default two processes do.
    """
    made_from = to_be_read(project, task, "schema")
    found = why_unusable(project, task)
    if found:
        report = save_nothing(project, task)
    else:
        saved = save_task(project, load_schema(project, task), load_guideline(project, task), engine=engine)
        data = (one for part in saved.pool.parts() for one in part.data)
        report, found = saved.report, (*saved.findings, *keyword_findings(stated_schema(project, task), data))
    findings = tuple(sorted({*found}, key=lambda one: one.sort_key))
    counted: Counter[str] = Counter()
    for one in findings:
        counted[one.rule] += 1 + one.more
    report = replace(
        report,
        errors=number_of(one for one in findings if one.severity is Severity.ERROR),
        warnings=number_of(one for one in findings if one.severity is Severity.WARNING),
        findings=dict(sorted(counted.items())),
    )
    write_findings(project.root / "build" / task / "findings.jsonl", findings)
    return save_report(project, task, "schema", report, made_from)
