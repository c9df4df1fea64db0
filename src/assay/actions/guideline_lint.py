"""`assay guideline lint`: what is wrong with the style guides."""

from collections.abc import Iterator
from dataclasses import dataclass

from assay.errors import ConfigError
from assay.guidelines.against import version_findings
from assay.guidelines.front_lint import unreadable
from assay.guidelines.front_matter import read_guideline
from assay.guidelines.lint import lint
from assay.model.finding import Finding, Severity
from assay.project import Project
from assay.project.roster import load_roster
from assay.schemas import load_schema
from assay.store.git import base_revision, is_repository


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
    commit = base_revision(project.root, base) if judged else None
    found = {finding for name in tasks for finding in (*lint_findings(project, name), *_edits(project, name, commit))}
    return Linted(tasks=tasks, findings=tuple(sorted(found, key=lambda one: one.sort_key)))


def lint_findings(project: Project, task: str) -> Iterator[Finding]:
    """What is wrong with the guideline of a task as it stands in the work tree; links to other files included.

    Raises:
        ConfigError: the schema is broken.
        LimitError: the guideline is longer than assay reads.
    """
    schema = load_schema(project, task)
    try:
        source = read_guideline(project, task)
    except ConfigError as error:
        yield unreadable(error, f"guidelines/{task}.md", task)
        return
    yield from lint(source, schema, load_roster(project).annotators, root=project.root)


def _edits(project: Project, task: str, commit: str | None) -> tuple[Finding, ...]:
    """What is wrong with the versions of an edit; nothing where the front matter cannot be read, which is said already."""
    try:
        return version_findings(project, task, commit)
    except ConfigError:
        return ()
