"""The part of the stage `quality` that looks at the guideline."""

import orjson

from assay.guidelines.front_matter import read_guideline
from assay.project import Project
from assay.project.roster import load_roster
from assay.quality.guideline import GuidelineEvidence, guideline_evidence
from assay.schemas import TaskSchema
from assay.store.files import write_bytes
from assay.table import Corpus


def look_at_guideline(project: Project, schema: TaskSchema, corpus: Corpus) -> GuidelineEvidence:
    """Lints the guideline of a task and runs its examples; writes every finding to `guideline.jsonl`.

    Raises:
        ConfigError: there is no guideline.
        LimitError: it is longer than assay reads.
    """
    source = read_guideline(project, schema.task)
    evidence = guideline_evidence(source, schema, corpus, load_roster(project).annotators)
    lines = (orjson.dumps(found.as_json(), option=orjson.OPT_APPEND_NEWLINE) for found in evidence.findings)
    write_bytes(project.root / "build" / schema.task / "guideline.jsonl", b"".join(lines))
    return evidence
