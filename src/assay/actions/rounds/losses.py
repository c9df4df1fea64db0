"""What the closing of a batch takes from items: votes that were current, whose annotators have said nothing newer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from assay.actions.aged import batch_versions, carried_labels, waiting_rows
from assay.actions.rounds.again import lost_by
from assay.guidelines import load_guideline
from assay.labels import load_corpus
from assay.labels.current import with_current
from assay.labels.plan import Plan
from assay.project import Project
from assay.quality.blast import people_by_item
from assay.quality.outdated import either
from assay.schemas import load_schema
from assay.table import Corpus
from assay.table.columns import Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """The items that lose a vote, each with whose it is.

    `silent`: it was asked again in the batch and is not answered. `outdated`: it was not asked again, nor anybody new instead.
    `waiting`: nor was this one, and it has no value since a migration; nothing asks for it any more once the batch is closed.
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
    after = with_current(replace(before, batches=closing), guideline)
    place = next((code for code, batch in enumerate(closing) if batch.name == name), -1)
    rows = after.annotations
    lost = before.annotations.current & rows.counts & (rows.taken == place) & (place >= 0)
    asked_here = _asked(after, place)
    carried = carried_labels(project, schema, batch_versions(before))
    was, still = (
        either(waiting_rows(one, carried, schema.migrations).values(), rows.current) for one in (before, after)
    )
    outdated = _named(after, lost & ~asked_here)
    waiting = _named(after, rows.current & rows.counts & was & ~still)
    answered = people_by_item(before, before.annotations.current & rows.counts)
    outgrown = {item: frozenset((*outdated.get(item, ()), *waiting.get(item, ()))) for item in {*outdated, *waiting}}
    losing = lost_by(_plan_of(after, place), {item: tuple(people) for item, people in answered.items()}, outgrown)
    return Losses(
        silent=_named(after, lost & asked_here),
        outdated=_among(outdated, losing),
        waiting=_among(waiting, losing),
    )


def _plan_of(corpus: Corpus, batch: int) -> Plan:
    """Who is asked each item in a batch."""
    plan = corpus.assignments
    asked: dict[str, tuple[str, ...]] = {}
    for row in np.flatnonzero(plan.batch == batch).tolist():
        item = corpus.items.ids[plan.item[row]]
        asked[item] = (*asked.get(item, ()), plan.annotator.values[plan.annotator.codes[row]])
    return asked


def _among(
    people: Mapping[str, tuple[str, ...]], losing: Mapping[str, tuple[str, ...]]
) -> Mapping[str, tuple[str, ...]]:
    """Those of the people of each item that lose their vote there; not whom somebody new answers instead of."""
    left = {item: tuple(who for who in named if who in losing.get(item, ())) for item, named in people.items()}
    return {item: named for item, named in left.items() if named}


def _asked(corpus: Corpus, batch: int) -> Mask:
    """The annotations, of whatever batch, of an item by somebody who is asked that item in one batch."""
    rows, plan = corpus.annotations, corpus.assignments
    here = np.flatnonzero(plan.batch == batch).tolist()
    asked = {(int(plan.item[one]), plan.annotator.values[plan.annotator.codes[one]]) for one in here}
    named = map(rows.annotator.values.__getitem__, rows.annotator.codes.tolist())
    return np.array([pair in asked for pair in zip(rows.item.tolist(), named, strict=True)], dtype=np.bool_)


def _named(corpus: Corpus, rows: Mask) -> Mapping[str, tuple[str, ...]]:
    return {item: tuple(sorted(people)) for item, people in people_by_item(corpus, rows).items()}
