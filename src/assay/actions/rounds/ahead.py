"""A migration that comes with a guideline version that is not there yet: a batch drafted now would follow the wrong one."""

from dataclasses import dataclass

from assay.errors import UsageError
from assay.guidelines import load_guideline
from assay.guidelines.versions import Level, version_of
from assay.model.migration import order_of
from assay.project import Project
from assay.schemas.migrations import load_migrations


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """The last migration of a task comes with `version`, and its guideline is at `now`."""

    task: str
    path: str
    version: str
    now: str

    @property
    def said(self) -> str:
        """What is missing."""
        return f"{self.path} comes with guideline {self.version}, and guidelines/{self.task}.md is at {self.now}"

    @property
    def remedy(self) -> str:
        """What raises the guideline to just that version."""
        command = f"assay guideline propose {self.task}"
        for level in Level:
            if str(version_of(self.now).next(level)) == self.version:
                return f"raise the guideline first: `{command} --bump {level.name.lower()}`"
        return f"raise the guideline first: `{command}`, with version {self.version} and its entry of `changes` in the text"


def migration_ahead(project: Project, task: str) -> Ahead | None:
    """The migration of a task that is furthest ahead of its guideline; None where none is.

    Raises:
        ConfigError: the guideline or a migration cannot be used.
    """
    now = load_guideline(project, task).version
    last = max(load_migrations(project, task), key=lambda one: one.order, default=None)
    if last is None or last.order <= order_of(now):
        return None
    return Ahead(task=task, path=last.path, version=last.guideline, now=now)


def refuse_ahead(project: Project, task: str) -> None:
    """Refuses a batch in which people would label again under a guideline that is older than a migration.

    Raises:
        UsageError: a migration comes with a version that the guideline does not have yet.
        ConfigError: the guideline or a migration cannot be used.
    """
    if ahead := migration_ahead(project, task):
        raise UsageError(ahead.said, hint=f"{ahead.remedy}; then draft the batch, which follows it")
