"""The guidelines of a project against those of its base."""

from assay.guidelines.configuration import unusable
from assay.guidelines.edits import edit_findings
from assay.guidelines.revisions import load_revision, states_revision
from assay.model.finding import Finding
from assay.project.find import Project


def version_findings(base: Project | None, project: Project, task: str) -> tuple[Finding, ...]:
    """What is wrong with the versions that a project states; nothing where the base has no such guideline.

    Raises:
        ConfigError: guideline or schema of either cannot be used.
    """
    if base is None or not states_revision(base, task):
        return ()
    return edit_findings(load_revision(base, task), load_revision(project, task))


def readable_version_findings(base: Project, project: Project, task: str) -> tuple[Finding, ...]:
    """The same, and nothing where one of the two states cannot be read: that is a finding of its own, or the base's fault."""
    readable = task in base.tasks and not unusable(project, [task]) and not unusable(base, [task])
    return version_findings(base, project, task) if readable else ()
