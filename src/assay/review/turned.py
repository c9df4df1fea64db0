"""Batches that a change closes or opens again, and the votes that count from then on, or no longer."""

from collections.abc import Iterator, Sequence

from assay.git.snapshot import TreeSnapshot
from assay.git.tree import TreeChange
from assay.model.project import Batch
from assay.model.rounds import Turned
from assay.project.find import Project
from assay.project.roster import Roster
from assay.review.base import Rules, rules_of
from assay.review.kinds import place_of
from assay.review.rounds import load_rounds, stated_batches
from assay.table import counting_in


def turned_batches(
    base: Project, before: TreeSnapshot, after: TreeSnapshot, changes: Sequence[TreeChange], roster: Roster
) -> Iterator[Turned]:
    """By task and name; read by the rules of the base, as the labels are. A batch on one side alone is not turned."""
    places = (place_of(one.path) for one in changes if one.path.endswith("/batch.yaml"))
    touched = {(place.task, place.batch) for place in places if place.kind.name == "round"}
    for task in sorted({task for task, _ in touched} & base.tasks.keys()):
        rules = rules_of(base, task, roster)
        old, new = (stated_batches(side, rules) for side in (before, after))
        for name in sorted(name for of, name in touched if of == task):
            if name in old and name in new and old[name].closed != new[name].closed:
                yield _turned(rules, after if new[name].closed else before, new[name])


def _turned(rules: Rules, closed: TreeSnapshot, batch: Batch) -> Turned:
    counting = counting_in(load_rounds(closed, rules, [batch.name], gold=False).corpus, batch.name)
    return Turned(task=rules.task, batch=batch.name, closed=batch.closed, votes=counting.votes, items=counting.items)
