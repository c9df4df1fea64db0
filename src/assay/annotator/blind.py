"""What a commit asks of somebody, and keeping other annotators' answers out of the work tree."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from assay.annotator.own_files import Part
from assay.core import Batch, Purpose, is_batch_name, is_task_name
from assay.errors import UsageError
from assay.git import (
    Snapshot,
    is_sparse,
    prefix,
    set_setting,
    setting,
    show_everything,
    show_only,
    snapshot_named,
    work_tree,
)
from assay.labels import FileRole, LabelFile, items_by_annotator, read_batch, read_plan, reopening
from assay.project import Roster

_SEE = "`assay todo` shows what is yours"


class NothingOpenError(UsageError):
    """There is nothing to begin, for the batch is closed or no open one asks anything."""


def part_to_start(snapshot: Snapshot, part: Part) -> Part:
    """The part to begin as a commit has it: the named batch, else the only open one of the task.

    Raises:
        ConfigError: the plan of a batch cannot be read.
        NothingOpenError: the batch is closed, or no open one of the task asks them anything.
        UsageError: there is no such task or batch, nothing in it is asked of them, or several are open.
    """
    if part.batch:
        _hold(snapshot, part)
        return part
    open_parts = [one for one in _parts(snapshot, part) if _is_open(snapshot, one)]
    mine = [one for one in open_parts if is_asked(snapshot, one)]
    if len(mine) == 1:
        return mine[0]
    if not mine:
        raise NothingOpenError(f"no open batch of {part.task} asks anything of {part.who}", fix=_SEE)
    raise UsageError(
        f"several batches of {part.task} are open for {part.who}: {', '.join(one.batch for one in mine)}",
        fix=f"say which: assay start {part.task} {mine[0].batch}",
    )


def stated_batch(snapshot: Snapshot, part: Part) -> Batch | None:
    """The batch as a snapshot has it; None where there is none that can be used."""
    path = f"labels/{part.task}/{part.batch}/batch.yaml"
    file = LabelFile(path=path, role=FileRole.BATCH, task=part.task, batch=part.batch)
    nobody = Roster(annotators={}, broken=frozenset(), findings=())
    return read_batch(snapshot, file, frozenset(), nobody)[0]


def asked_items(snapshot: Snapshot, part: Part) -> frozenset[str] | None:
    """The items that a snapshot's plan asks of them; None where the batch has no plan.

    Raises:
        ConfigError: the plan cannot be read.
    """
    plan = read_plan(snapshot, part.task, part.batch)
    return None if plan is None else items_by_annotator(plan).get(part.who, frozenset())


def is_asked(snapshot: Snapshot, part: Part) -> bool:
    """Whether a snapshot asks anything of them; a batch without a plan asks nobody anything."""
    return bool(asked_items(snapshot, part))


def _hold(snapshot: Snapshot, part: Part) -> None:
    there = _parts(snapshot, part)
    batch = stated_batch(snapshot, part) if part in there else None
    if batch is None:
        raise UsageError(f"there is no batch {part.name}", fix=_there(there))
    if batch.closed:
        raise NothingOpenError(f"{part.name} is closed", fix=f"{_SEE}; {reopening(part.task, part.batch)}")
    if not is_asked(snapshot, part):
        raise UsageError(
            f"nothing in {part.name} is asked of {part.who}", fix=f"{_SEE}; a lead hands out work with `assay batch`"
        )


def _parts(snapshot: Snapshot, part: Part) -> tuple[Part, ...]:
    names = snapshot.names(f"labels/{part.task}") if is_task_name(part.task) else ()
    if not names:
        tasks = [name for name in snapshot.names("labels") if is_task_name(name)]
        there = ", ".join(tasks) or "none yet"
        raise UsageError(f"there is no task {part.task!r} with batches", fix=f"tasks with labels: {there}")
    return tuple(Part(task=part.task, batch=name, who=part.who) for name in sorted(names) if is_batch_name(name))


def _is_open(snapshot: Snapshot, part: Part) -> bool:
    batch = stated_batch(snapshot, part)
    return batch is not None and not batch.closed


def _there(parts: Sequence[Part]) -> str:
    names = ", ".join(part.batch for part in parts)
    return f"batches of the task: {names}" if names else "a lead makes one: assay batch create"


_KEY = "assay.blind"


def is_blind(root: Path) -> bool:
    """Whether this clone keeps peers' votes out of its work tree."""
    return is_sparse(root) and bool(_blinded(root))


def blindfold(root: Path, part: Part) -> None:
    """Takes peers' votes, gold and decisions of the task out of the work tree, besides those of tasks before.

    Raises:
        UsageError: this clone leaves out files for another reason already, or a file that has to go was changed.
    """
    blinded = _blinded(root)
    if is_sparse(root) and not blinded:
        raise UsageError(
            "this clone leaves files out of its work tree already, by a choice of its own",
            fix="work in another clone for --blind, or end that choice: git sparse-checkout disable",
        )
    wanted = {**blinded, part.task: part.batch}
    if is_sparse(root) and wanted == blinded:
        return
    _hold_unchanged(root, part)
    show_only(root, ["/*", *_patterns(root, wanted, part.who)])
    set_setting(root, _KEY, " ".join(f"{task}/{batch}" for task, batch in sorted(wanted.items())))


def unblindfold(root: Path) -> None:
    """Brings everything back, where `blindfold` took it away."""
    if is_blind(root):
        show_everything(root)
        set_setting(root, _KEY, "")


def _patterns(root: Path, blinded: Mapping[str, str], who: str) -> Iterator[str]:
    below = f"/{prefix(root)}labels"
    for task, name in sorted(blinded.items()):
        yield f"!{below}/{task}/*/*.jsonl"
        for kept in ("assignments", "*.returned", who, f"{who}.adjudicated"):
            yield f"{below}/{task}/*/{kept}.jsonl"
        batch = stated_batch(snapshot_named(root, "HEAD"), Part(task=task, batch=name, who=who))
        qualifies = batch is not None and batch.purpose is Purpose.QUALIFY
        yield f"{'' if qualifies else '!'}{below}/{task}/gold/*.jsonl"
        if batch is not None and batch.prelabels:
            yield f"{below}/{task}/{name}/{batch.prelabels}.jsonl"


def _hold_unchanged(root: Path, part: Part) -> None:
    changed = [path for path in sorted(work_tree(root).changed) if path != part.path]
    if changed:
        raise UsageError(
            f"{changed[0]} is changed and not committed, so it cannot be taken out of sight",
            fix="`assay submit` hands in what is yours; put the other changes back first",
        )


def _blinded(root: Path) -> Mapping[str, str]:
    named = (entry.partition("/") for entry in setting(root, _KEY).split())
    return {task: batch for task, _, batch in named if is_task_name(task) and is_batch_name(batch)}
