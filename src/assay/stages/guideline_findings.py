"""The part of the stage `quality` that looks at the guideline."""

from assay.guidelines.front_matter import read_guideline
from assay.guidelines.records import record_findings
from assay.project import Project
from assay.project.roster import load_roster
from assay.quality.guideline import GuidelineEvidence, guideline_evidence
from assay.schemas import TaskSchema
from assay.table import Corpus


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
