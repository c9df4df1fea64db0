"""The guideline of a task with its selectors in the names of today: what a change speaks of may be called otherwise since.

Labels are compared as they read today, carried through the task's migrations; so the fields and values that an entry of
`changes` names are carried through those that came with it or after it. Where values were merged, the selector names what they
became, and so labels too that had been another of them: more is labelled again rather than less.
"""

from collections.abc import Sequence
from dataclasses import replace

from assay.guidelines.front_matter import Change, Guideline, guideline_in, read_guideline
from assay.guidelines.selectors import Selector, selector_of
from assay.model.migration import Migration, Op, Step, order_of
from assay.project.find import Project
from assay.schemas.migrations import load_migrations


def load_guideline(project: Project, task: str) -> Guideline:
    """The guideline of a task.

    Raises:
        ConfigError: the file is absent, has no front matter, or it is not complete; or a migration cannot be used.
    """
    return in_todays_names(guideline_in(read_guideline(project, task)), load_migrations(project, task))


def in_todays_names(guideline: Guideline, migrations: Sequence[Migration]) -> Guideline:
    """The guideline with `today` of its changes stated."""
    if not migrations:
        return guideline
    return replace(guideline, changes=tuple(_renamed(change, migrations) for change in guideline.changes))


def _renamed(change: Change, migrations: Sequence[Migration]) -> Change:
    made = order_of(change.version)
    steps = [
        (step, migration.order == made)
        for migration in migrations
        if migration.order >= made
        for step in migration.steps
    ]
    named: list[str] = []
    for text in change.affects:
        selector = selector_of(text)
        for step, own in steps:
            selector = _after(selector, step, own=own)
        named.append(str(selector))
    return replace(change, today=tuple(named))


def _after(selector: Selector, step: Step, *, own: bool) -> Selector:
    """What a selector names once a step is done; of a step that came with the change it may name either side."""
    if selector.field != step.field:
        return selector
    if step.op is Op.RENAME_FIELD:
        return replace(selector, field=step.to)
    if selector.value is None or (own and selector.value in step.renamed.values()):
        return selector
    return replace(selector, value=step.renamed.get(selector.value, selector.value))
