"""The guidelines of the work tree against those of a commit."""

from assay.guidelines.edits import edit_findings
from assay.guidelines.revisions import revision_at, revision_here
from assay.model.finding import Finding
from assay.project.find import Project


def version_findings(project: Project, task: str, commit: str | None) -> tuple[Finding, ...]:
    """What is wrong with the versions that the work tree states; nothing where the commit has no such guideline.

    Raises:
        ConfigError: guideline or schema of the work tree cannot be used.
    """
    base = None if commit is None else revision_at(project, task, commit)
    return () if base is None else edit_findings(base, revision_here(project, task))
