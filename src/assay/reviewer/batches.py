"""What a change does to whole batches: those that it closes or reopens, and the votes that a roster change moves."""

from collections.abc import Iterator, Mapping, Sequence

from assay.core import VotesTaken, counting_votes
from assay.errors import ConfigError
from assay.git import TreeChange, TreeSnapshot
from assay.labels import batch_names, load_batch_labels, rules_of, stated_batches
from assay.lead import Turned
from assay.project import Project, Roster
from assay.quality import votes_taken
from assay.reviewer.kinds import classify_path


def turned_batches(
    base: Project, before: TreeSnapshot, after: TreeSnapshot, changes: Sequence[TreeChange], roster: Roster
) -> Iterator[Turned]:
    """Batches that the change closes or reopens, by task and name, read by the rules of the base.

    A batch that only one side has is not among them.
    """
    places = (classify_path(one.path) for one in changes if one.path.endswith("/batch.yaml"))
    touched = {(place.task, place.batch) for place in places if place.kind.name == "batch"}
    for task in sorted({task for task, _ in touched} & base.tasks.keys()):
        rules = rules_of(base, task, roster)
        old, new = (stated_batches(side, rules) for side in (before, after))
        for name in sorted(name for of, name in touched if of == task):
            if name in old and name in new and old[name].closed != new[name].closed:
                closed = load_batch_labels(after if new[name].closed else before, rules, [name], gold=False)
                counting = counting_votes(closed.corpus, name)
                yield Turned(task=task, batch=name, closed=new[name].closed, votes=counting.votes, items=counting.items)


def roster_effects(before: Project, roster: Roster, merged: TreeSnapshot, after: Roster) -> Iterator[VotesTaken]:
    """By task and annotator: how the merged roster changes the votes that count, compared with the roster of the base.

    Reads nothing where the same people's votes count until the same days, under the same names. Skips a task that
    cannot be read: that is a finding elsewhere. A name that now belongs to a person counts as that person does.
    """
    if (_counted(roster), roster.same) == (_counted(after), after.same):
        return
    people = {**after.annotators, **{name: after.annotators[who] for name, who in after.same.items()}}
    for task in before.tasks:
        try:
            rules = rules_of(before, task, roster)
        except ConfigError:
            continue
        loaded = load_batch_labels(merged, rules, batch_names(merged, task), gold=False)
        yield from votes_taken(loaded.corpus, people, rules.guideline, rules.schema.migrations)


def _counted(roster: Roster) -> Mapping[str, str]:
    return {who: one.until for who, one in roster.annotators.items() if one.counts}
