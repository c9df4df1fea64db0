"""What a change of the roster does to the votes that are there."""

from collections.abc import Iterator, Mapping

from assay.errors import ConfigError
from assay.git.snapshot import TreeSnapshot
from assay.model.roster import VotesTaken
from assay.project.find import Project
from assay.project.roster import Roster
from assay.quality.lost import votes_taken
from assay.review.base import rules_of
from assay.review.rounds import load_rounds, round_names


def roster_effects(before: Project, roster: Roster, merged: TreeSnapshot, after: Roster) -> Iterator[VotesTaken]:
    """By task and annotator: the votes of the merge result by the roster of the base, held against its own.

    Nothing is read where the same people's votes count until the same days, under the same names. A task that cannot be
    read is told elsewhere, and nothing here. A name that becomes a person's counts as that person does.
    """
    if (_counted(roster), roster.same) == (_counted(after), after.same):
        return
    people = {**after.annotators, **{name: after.annotators[who] for name, who in after.same.items()}}
    for task in before.tasks:
        try:
            rules = rules_of(before, task, roster)
        except ConfigError:
            continue
        loaded = load_rounds(merged, rules, round_names(merged, task), gold=False)
        revision = rules.revision
        yield from votes_taken(loaded.corpus, people, revision.guideline, revision.schema.migrations)


def _counted(roster: Roster) -> Mapping[str, str]:
    return {who: one.until for who, one in roster.annotators.items() if one.counts}
