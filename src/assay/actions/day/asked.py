"""What a commit asks of somebody: batches and plans read from git, not from the work tree."""

from collections.abc import Sequence
from pathlib import Path

from assay.actions.day.mine import Part
from assay.errors import UsageError
from assay.labels.batches import parse_batch
from assay.labels.layout import LabelFile, Role
from assay.labels.plan import parse_plan, plan_path
from assay.model.names import is_batch_name, is_task_name
from assay.model.project import Batch
from assay.project.roster import Roster
from assay.store.git import file_at, names_at

_SEE = "`assay todo` shows what is yours"


def part_to_start(root: Path, revision: str, part: Part) -> Part:
    """The part to begin as a commit has it: the named batch, else the only open one of the task.

    Raises:
        ConfigError: the plan of a batch cannot be read.
        UsageError: there is no such task or batch, it is closed, nothing in it is asked of them, or several are open.
    """
    if part.batch:
        _hold(root, revision, part)
        return part
    open_parts = [one for one in _parts(root, revision, part) if _is_open(root, revision, one)]
    mine = [one for one in open_parts if is_asked(root, revision, one)]
    if len(mine) == 1:
        return mine[0]
    if not mine:
        raise UsageError(f"no open batch of {part.task} asks anything of {part.who}", hint=_SEE)
    raise UsageError(
        f"several batches of {part.task} are open for {part.who}: {', '.join(one.batch for one in mine)}",
        hint=f"say which: assay start {part.task} {mine[0].batch}",
    )


def batch_at(root: Path, revision: str, part: Part) -> Batch | None:
    """The batch as a commit has it; None where there is none that can be used."""
    file = LabelFile(
        path=f"labels/{part.task}/{part.batch}/batch.yaml", role=Role.BATCH, task=part.task, batch=part.batch
    )
    data = file_at(root, revision, file.path)
    nobody = Roster(annotators={}, broken=frozenset(), findings=())
    return None if data is None else parse_batch(data, file, frozenset(), nobody)[0]


def asked_at(root: Path, revision: str, part: Part) -> frozenset[str] | None:
    """The items that a commit's plan asks of them; None where the batch has no plan.

    Raises:
        ConfigError: the plan cannot be read.
    """
    path = plan_path(part.task, part.batch)
    data = file_at(root, revision, path)
    if data is None:
        return None
    return frozenset(item for item, asked in parse_plan(data, path).items() if part.who in asked)


def is_asked(root: Path, revision: str, part: Part) -> bool:
    """Whether a commit asks anything of them; without a plan whoever the batch names is asked, or everybody."""
    items = asked_at(root, revision, part)
    if items is not None:
        return bool(items)
    batch = batch_at(root, revision, part)
    return batch is not None and part.who in (batch.annotators or (part.who,))


def _hold(root: Path, revision: str, part: Part) -> None:
    there = _parts(root, revision, part)
    batch = batch_at(root, revision, part) if part in there else None
    if batch is None:
        raise UsageError(f"there is no batch {part.name}", hint=_there(there))
    if batch.closed:
        raise UsageError(f"{part.name} is closed", hint=f"nothing more is labelled there; {_SEE}")
    if not is_asked(root, revision, part):
        raise UsageError(
            f"nothing in {part.name} is asked of {part.who}", hint=f"{_SEE}; a lead hands out work with `assay batch`"
        )


def _parts(root: Path, revision: str, part: Part) -> tuple[Part, ...]:
    names = names_at(root, revision, f"labels/{part.task}") if is_task_name(part.task) else ()
    if not names:
        tasks = [name for name in names_at(root, revision, "labels") if is_task_name(name)]
        there = ", ".join(tasks) or "none yet"
        raise UsageError(f"there is no task {part.task!r} with batches", hint=f"tasks with labels: {there}")
    return tuple(Part(task=part.task, batch=name, who=part.who) for name in sorted(names) if is_batch_name(name))


def _is_open(root: Path, revision: str, part: Part) -> bool:
    batch = batch_at(root, revision, part)
    return batch is not None and not batch.closed


def _there(parts: Sequence[Part]) -> str:
    names = ", ".join(part.batch for part in parts)
    return f"batches of the task: {names}" if names else "a lead makes one: assay batch create"
