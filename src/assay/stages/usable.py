"""A task that nothing can judge, as its schema, guideline or migrations are broken: nothing of it is measured.

Its stages write what they write of a task without labels, so that the other tasks are measured and judged; what is broken
is a finding, and the gate lets no rule of the task pass.
"""

from assay.guidelines.configuration import Broken, configuration_findings, unusable
from assay.model.finding import Finding
from assay.model.schema import Field
from assay.project import Project
from assay.schemas import load_schema


def why_unusable(project: Project, task: str) -> tuple[Finding, ...]:
    """What is broken; nothing where the task can be judged."""
    errors = unusable(project, [task])
    return tuple(configuration_findings(Broken(task=task, error=error) for error in errors.values()))


def fields_measured(project: Project, task: str) -> tuple[Field, ...]:
    """The fields of a task; none of one that nothing can judge."""
    return () if unusable(project, [task]) else load_schema(project, task).fields
