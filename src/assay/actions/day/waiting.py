"""What migrations left to people and no batch asks yet, for whoever can hand it out."""

from collections.abc import Iterator

from assay.actions.impact import standing_waiting
from assay.guidelines import load_guideline
from assay.labels.layout import lay_out
from assay.labels.plan import read_plan
from assay.labels.seat import load_batches
from assay.model.project import Purpose, Role
from assay.model.todo import Waiting
from assay.project import Project
from assay.project.roster import Roster
from assay.schemas.migrations import load_migrations


def waiting_work(project: Project, who: str, roster: Roster) -> Iterator[Waiting]:
    """For a lead all tasks, for an owner of a guideline its task: what waits in current answers and is asked of nobody.

    The labels of a task are read only where it has migrations.

    Raises:
        ConfigError: guideline, schema, a migration or the plan of an open batch cannot be used.
        UsageError: a file may not be read.
    """
    entry = roster.annotators.get(who)
    for task in project.tasks:
        mine = entry is not None and (entry.role is Role.LEAD or who in load_guideline(project, task).owners)
        if mine and load_migrations(project, task):
            reach, whole = standing_waiting(project, task, besides=_asked(project, task, roster))
            if reach.redo.items:
                yield Waiting(
                    task=task,
                    votes=reach.annotations.annotations,
                    items=whole.redo.items,
                    answers=whole.redo.annotations,
                    hours=whole.redo.hours,
                    command=f"assay migrate round {task} {_free_name(project, task)}",
                )


def _asked(project: Project, task: str, roster: Roster) -> frozenset[str]:
    """The items that open batches which relabel ask for."""
    batches = load_batches(project, task, load_guideline(project, task).versions, roster)
    again = (one for one in batches if one.purpose is Purpose.RELABEL and not one.closed)
    return frozenset(item for one in again for item in read_plan(project.snapshot, task, one.name) or {})


def _free_name(project: Project, task: str) -> str:
    """A name that no batch has: the version that is followed from now on, which says what the batch is for."""
    name = f"relabel-{load_guideline(project, task).version.replace('.', '-')}"
    taken = lay_out(project.snapshot, task, project.task(task).pool).batches
    number = 1
    while (free := name if number == 1 else f"{name}-{number}") in taken:
        number += 1
    return free
