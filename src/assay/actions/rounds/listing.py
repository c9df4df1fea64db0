"""`assay batch list`: the rounds of a project and how far they are."""

from collections.abc import Iterator

from assay.actions.rounds.state import Rounds, load_rounds
from assay.model.project import Batch
from assay.model.rounds import BatchLine
from assay.project import Project


def list_rounds(project: Project, task: str | None = None) -> tuple[BatchLine, ...]:
    """The batches of a task, or of all tasks; a batch whose `batch.yaml` is broken is listed as such.

    Raises:
        UsageError: there is no such task.
        ConfigError: a schema, a guideline or a plan is broken.
    """
    names = tuple(project.tasks) if task is None else (project.task(task).name,)
    return tuple(line for name in names for line in _lines(load_rounds(project, name)))


def _lines(rounds: Rounds) -> Iterator[BatchLine]:
    for name in rounds.layout.batches:
        done, slots = _progress(rounds, name)
        batch = rounds.batches.get(name)
        if batch is None:
            yield BatchLine(
                task=rounds.task,
                name=name,
                purpose="",
                status="broken",
                created="",
                guideline="",
                done=done,
                slots=slots,
            )
        else:
            yield _line(rounds.task, batch, done, slots)


def _line(task: str, batch: Batch, done: int | None, slots: int | None) -> BatchLine:
    return BatchLine(
        task=task,
        name=batch.name,
        purpose=batch.purpose.value,
        status="closed" if batch.closed else "open",
        created=batch.created,
        guideline=batch.guideline,
        done=done,
        slots=slots,
    )


def _progress(rounds: Rounds, name: str) -> tuple[int | None, int | None]:
    asked = rounds.asked.get(name)
    if asked is None:
        return None, None
    slots = sum(map(len, asked.values()))
    return slots - sum(map(len, rounds.open_slots(name).values())), slots
