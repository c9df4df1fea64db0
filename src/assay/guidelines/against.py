"""The guidelines of a project against those of its base."""

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
