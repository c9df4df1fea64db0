"""The stage `schema`: label files → tables and findings."""

import orjson

from assay.guidelines import load_guideline
from assay.labels import load_corpus, save_corpus
from assay.model.quality import SchemaReport
from assay.project import Project
from assay.schemas import load_schema
from assay.store.artifacts import write_json
from assay.store.files import write_bytes


def schema(project: Project, task: str) -> SchemaReport:
    """Reads every label of the task; writes its tables, `findings.jsonl` and `schema.json`. Bad labels never stop it."""
    rules = load_schema(project, task)
    loaded = load_corpus(project, rules, load_guideline(project, task).versions)
    save_corpus(project, loaded.corpus, rules.fields)
    lines = (orjson.dumps(finding.as_json(), option=orjson.OPT_APPEND_NEWLINE) for finding in loaded.findings)
    write_bytes(project.root / "build" / task / "findings.jsonl", b"".join(lines))
    write_json(project.root / "reports" / task / "schema.json", loaded.report)
    return loaded.report
