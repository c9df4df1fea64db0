"""What the closing of a batch takes from items: votes that were current, whose annotators have said nothing newer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from assay.guidelines import load_guideline
from assay.labels import load_corpus
from assay.labels.current import with_current
from assay.project import Project
from assay.quality.impact import people_by_item
from assay.quality.lost import lost_votes
from assay.schemas import load_schema
from assay.table import Corpus
from assay.table.columns import Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """The items that lose a vote, each with whose it is.

    `silent`: it was asked again in the batch and is not answered. `outdated`: it was not asked again, and nobody new
    answered instead. `waiting`: nor was this one, which has no value in a field since a migration; nothing asks for one any more
    once the batch is closed.
    """

    silent: Mapping[str, tuple[str, ...]]
    outdated: Mapping[str, tuple[str, ...]]
    waiting: Mapping[str, tuple[str, ...]]

    @property
    def items(self) -> tuple[str, ...]:
        """All of them, each once, in canonical order."""
        return tuple(sorted({*self.silent, *self.outdated, *self.waiting}))


def losses_at_close(project: Project, task: str, name: str) -> Losses:
    """What is lost when an open counting batch of a task is closed as it stands; a skip is no vote.

    Raises:
        UsageError: there is no such task, or a file may not be read.
        ConfigError: schema, guideline or a migration cannot be used.
    """
    schema, guideline = load_schema(project, project.task(task).name), load_guideline(project, task)
    before = load_corpus(project, schema, guideline).corpus
    closing = tuple(replace(one, closed=True) if one.name == name else one for one in before.batches)
    after = with_current(replace(before, batches=closing), guideline, schema.migrations)
    was, now = lost_votes(before), lost_votes(after)
    return Losses(
        silent=_named(after, now.silent & ~was.silent),
        outdated=_named(after, now.outdated & ~was.outdated),
        waiting=_named(after, now.waiting & ~was.waiting),
    )


def _named(corpus: Corpus, rows: Mask) -> Mapping[str, tuple[str, ...]]:
    return {item: tuple(sorted(people)) for item, people in people_by_item(corpus, rows).items()}
