"""`assay guideline lint`: what is wrong with the style guides."""

from dataclasses import dataclass

from assay.errors import ConfigError
from assay.git.base import start_of_work
from assay.guidelines.edits import version_findings
from assay.guidelines.lint import lint_findings
from assay.guidelines.revisions import load_revision
from assay.model.finding import Finding, Severity
from assay.project import Project
from assay.project.find import project_at
from assay.store.git import is_repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """The tasks whose guideline was looked at, and what is wrong, by place."""

    tasks: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """How many of the findings are errors."""
        return sum(found.severity is Severity.ERROR for found in self.findings)


def tasks_named(project: Project, task: str | None) -> tuple[str, ...]:
    """The task of that name, or all of them.

    Raises:
        UsageError: there is no such task.
    """
    return tuple(project.tasks) if task is None else (project.task(task).name,)


def lint_guidelines(project: Project, task: str | None = None, *, base: str | None = None) -> Linted:
    """Lints the guideline of a task, or of every task, and in a repository also what was edited since the base.

    The base is `base`, else where HEAD left the default branch.

    Raises:
        UsageError: there is no such task, or no such revision.
        ConfigError: a schema is broken.
        LimitError: a guideline is longer than assay reads.
        GitError: a base is named outside of a repository.
    """
    tasks = tasks_named(project, task)
    judged = base is not None or is_repository(project.root)
    start = start_of_work(project.root, base) if judged else None
    before = project_at(project.root, start) if start else None
    found = {finding for name in tasks for finding in (*lint_findings(project, name), *_edits(before, project, name))}
    return Linted(tasks=tasks, findings=tuple(sorted(found, key=lambda one: one.sort_key)))


def _edits(before: Project | None, project: Project, task: str) -> tuple[Finding, ...]:
    """What is wrong with the versions of an edit; nothing where the front matter cannot be read, which is said already."""
    try:
        load_revision(project, task)
    except ConfigError:
        return ()
    return version_findings(before, project, task)
