"""Batches that are closed: answers that change in them, and batches that a change closes or opens again."""

from collections.abc import Iterable, Iterator, Sequence

from assay.errors import LimitError, UsageError
from assay.git.snapshot import TreeSnapshot
from assay.git.tree import TreeChange
from assay.labels.batches import read_batch
from assay.labels.paths import LabelFile, Role, label_file
from assay.model.catalogue import finding
from assay.model.finding import Finding, Location
from assay.model.names import legible
from assay.model.rounds import Turned
from assay.project.find import Project
from assay.project.roster import Roster, load_roster
from assay.review.base import rules_of
from assay.review.kinds import place_of
from assay.review.rounds import load_rounds, stated_batches
from assay.table import counting_in

_ANSWERS = frozenset({Role.ANNOTATIONS, Role.RETURNED})


def closed_findings(before: Project, paths: Iterable[str]) -> Iterator[Finding]:
    """The changed answers of people that lie in a closed batch of the base; decisions on a closed batch are made later."""
    known = (file for path in sorted(paths) if (file := label_file(path)) is not None)
    files = [file for file in known if file.role in _ANSWERS and not file.sourced]
    closed = frozenset(_closed(before, {(file.task, file.batch) for file in files}))
    for file in files:
        if (file.task, file.batch) in closed:
            message = f"the batch {file.batch} of {file.task} is closed in the base, and its answers change"
            yield finding("batch/closed", Location(path=legible(file.path)), message, where=file.where)


def _closed(before: Project, batches: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    roster = load_roster(before)
    for task, name in batches:
        path = f"labels/{task}/{name}/batch.yaml"
        if task in before.tasks and before.snapshot.has(path):
            file = LabelFile(path=path, role=Role.BATCH, task=task, batch=name)
            try:
                batch, _ = read_batch(before.snapshot, file, frozenset(), roster)
            except (LimitError, UsageError):
                continue
            if batch is not None and batch.closed:
                yield task, name


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
                closed = load_rounds(after if new[name].closed else before, rules, [name], gold=False)
                counting = counting_in(closed.corpus, name)
                yield Turned(task=task, batch=name, closed=new[name].closed, votes=counting.votes, items=counting.items)
