"""What migrations left to people, or a later version made outdated, and no batch asks yet, for whoever can hand it out."""

from collections.abc import Iterator

from assay.actions.impact import standing
from assay.actions.rounds.again import asked_already, left_to_ask
from assay.actions.rounds.ahead import migration_ahead
from assay.guidelines import load_guideline
from assay.guidelines.versions import ordered_changes
from assay.labels.paths import lay_out
from assay.model.project import Role
from assay.model.todo import Waiting
from assay.project import Project
from assay.project.roster import Roster
from assay.quality.impact import people_by_item
from assay.schemas.migrations import load_migrations


def waiting_work(project: Project, who: str, roster: Roster) -> Iterator[Waiting]:
    """For a lead all tasks, for an owner of a guideline its task: what `unasked_in` finds there.

    Raises:
        ConfigError, UsageError: as `unasked_in`.
    """
    entry = roster.annotators.get(who)
    for task in project.tasks:
        mine = entry is not None and (entry.role is Role.LEAD or who in load_guideline(project, task).owners)
        if mine and (found := unasked_in(project, task, roster)):
            yield found


def unasked_in(project: Project, task: str, roster: Roster) -> Waiting | None:
    """What waits in current answers of a task, or is outdated there, and is asked of nobody; None where nothing is.

    The labels are read only where the task has migrations, or a version that may make labels outdated.

    Raises:
        ConfigError: guideline, schema, a migration or the plan of an open batch cannot be used.
        UsageError: a file may not be read.
    """
    later = ordered_changes(load_guideline(project, task))[1:]
    replacing = any(change.affects and change.policy != "grandfather" for change in later)
    if not (replacing or load_migrations(project, task)):
        return None
    whole = standing(project, task)
    left = left_to_ask(roster, task, whole.plan, asked_already(project, task, whole.needed))
    waiting, outdated = (people_by_item(whole.corpus, rows) for rows in (whole.waits, whole.outdated & ~whole.waits))
    votes, old = (sum(len(people) for item, people in some.items() if item in left) for some in (waiting, outdated))
    if not votes + old:
        return None
    redo, ahead = whole.redo_of(left), migration_ahead(project, task)
    return Waiting(
        task=task,
        votes=votes,
        outdated=old,
        items=redo.items,
        answers=redo.annotations,
        hours=redo.hours,
        command=f"assay migrate round {task} {_free_name(project, task, ahead.version if ahead else '')}",
        first=f"{ahead.said}; {ahead.remedy}" if ahead else "",
    )


def _free_name(project: Project, task: str, version: str) -> str:
    """A name that no batch has: the version that is followed from now on, which says what the batch is for."""
    name = f"relabel-{(version or load_guideline(project, task).version).replace('.', '-')}"
    taken = lay_out(project.snapshot, task, project.task(task).pool).batches
    number = 1
    while (free := name if number == 1 else f"{name}-{number}") in taken:
        number += 1
    return free
