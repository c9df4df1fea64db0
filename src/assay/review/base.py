"""Policy from one state of a project, and what another state changes: the base, and the merge of base and head."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from assay.git.snapshot import TreeSnapshot
from assay.git.tree import TreeChange
from assay.guidelines.revisions import Revision, load_revision
from assay.labels.batches import read_batch
from assay.labels.paths import LabelFile, Role
from assay.model.project import Annotator, Batch
from assay.project.find import Project
from assay.project.roster import Roster
from assay.review.kinds import place_of
from assay.review.policy import BasePolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What labels are read by: schema, guideline and roster of one state of the project, and the pool of the task."""

    task: str
    pool: str
    revision: Revision
    roster: Roster


def rules_of(project: Project, task: str, roster: Roster) -> Rules:
    """The rules of a task.

    Raises:
        ConfigError: guideline or schema cannot be used.
    """
    return Rules(task=task, pool=project.tasks[task].pool, revision=load_revision(project, task), roster=roster)


def changes_between(before: TreeSnapshot, after: TreeSnapshot) -> tuple[TreeChange, ...]:
    """What differs between two trees, a rename as a removal and an addition, by path."""
    paths = before.entries.keys() | after.entries.keys()
    sides = ((path, before.entries.get(path), after.entries.get(path)) for path in sorted(paths))
    return tuple(TreeChange(path=path, before=old, after=new) for path, old, new in sides if old != new)


def policy_of(project: Project, roster: Roster, changes: Iterable[TreeChange], today: str) -> BasePolicy:
    """What a change is judged by on a day (empty: no clock); of the batches those are read that the change touches."""
    return BasePolicy(
        people=people_in(roster),
        tasks=frozenset(project.tasks),
        batches=dict(_batches(project, roster, changes)),
        limits=project.review,
        code=project.code,
        today=today,
    )


def people_in(roster: Roster) -> Mapping[str, Annotator]:
    """The entries of people and models that are files of their own."""
    return {who: one for who, one in roster.annotators.items() if not who.startswith("@")}


def _batches(
    project: Project, roster: Roster, changes: Iterable[TreeChange]
) -> Iterator[tuple[tuple[str, str], Batch]]:
    places = (place_of(change.path, project.code) for change in changes)
    for task, name in sorted({(place.task, place.batch) for place in places if place.batch}):
        path = f"labels/{task}/{name}/batch.yaml"
        if project.snapshot.has(path):
            file = LabelFile(path=path, role=Role.BATCH, task=task, batch=name)
            batch, _ = read_batch(project.snapshot, file, frozenset(), roster)
            if batch is not None:
                yield (task, name), batch
