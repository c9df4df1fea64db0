"""An edit of a task's guideline, schema or migrations, held against the state that it was made from."""

from collections.abc import Iterator

from assay.guidelines.against import version_findings
from assay.guidelines.configuration import unusable
from assay.model.finding import Finding
from assay.project import Project


def edit_findings(before: Project, after: Project, task: str) -> Iterator[Finding]:
    """What is wrong with the versions that an edit states; nothing where one of the two states cannot be read."""
    if task in before.tasks and not unusable(after, [task]) and not unusable(before, [task]):
        yield from version_findings(before, after, task)
