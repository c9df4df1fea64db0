"""Edits in batches that are closed where the change began."""

from collections.abc import Iterable, Iterator

from assay.errors import LimitError, UsageError
from assay.labels.batches import read_batch
from assay.labels.layout import LabelFile, Role
from assay.labels.place import label_file
from assay.model.catalogue import finding
from assay.model.finding import Finding, Location
from assay.model.names import legible
from assay.project import Project
from assay.project.roster import load_roster

_ANSWERS = frozenset({Role.ANNOTATIONS, Role.RETURNED})


def closed_findings(before: Project, paths: Iterable[str]) -> Iterator[Finding]:
    """The changed answers of people that lie in a closed batch of the base; decisions on a closed batch are made later."""
    files = [file for path in sorted(paths) if (file := label_file(path)) is not None and _is_answers(file)]
    closed = frozenset(_closed(before, {(file.task, file.batch) for file in files}))
    for file in files:
        if (file.task, file.batch) in closed:
            message = f"the batch {file.batch} of {file.task} is closed in the base, and its answers change"
            yield finding("batch/closed", Location(path=legible(file.path)), message, where=file.where)


def _is_answers(file: LabelFile) -> bool:
    return file.role in _ANSWERS and not file.sourced


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
