"""The work that a commit assigns to an annotator, and keeping other annotators' answers out of the work tree."""

from collections.abc import Mapping
from pathlib import Path

from assay import git
from assay.annotator.own_files import Part
from assay.core import Batch, Purpose, is_batch_name, is_task_name
from assay.errors import UsageError
from assay.labels import FileRole, LabelFile, items_by_annotator, read_batch, read_plan, reopening
from assay.project import Roster

_SEE = "`assay todo` shows what is yours"


class NothingOpenError(UsageError):
    """The batch is closed, or no open batch has anything assigned."""


def open_part(snapshot: git.Snapshot, part: Part) -> Part:
    """The part to start, as a commit has it: the named batch, else the only open one of the task.

    Raises:
        ConfigError: the plan of a batch cannot be read.
        NothingOpenError: the batch is closed, or no open one of the task has anything assigned to the annotator.
        UsageError: there is no such task or batch, nothing in it is assigned to the annotator, or several are open.
    """
    if part.batch:
        require_open(snapshot, part)
        return part
    batches = ((one, stated_batch(snapshot, one)) for one in _parts(snapshot, part))
    mine = [one for one, batch in batches if batch and not batch.closed and asked_items(snapshot, one)]
    if len(mine) == 1:
        return mine[0]
    if not mine:
        raise NothingOpenError(f"no open batch of {part.task} has anything assigned to {part.who}", fix=_SEE)
    raise UsageError(
        f"several batches of {part.task} are open for {part.who}: {', '.join(one.batch for one in mine)}",
        fix=f"name one: assay start {part.task} {mine[0].batch}",
    )


def stated_batch(snapshot: git.Snapshot, part: Part) -> Batch | None:
    """The batch as a snapshot has it; None where there is none that can be used."""
    path = f"labels/{part.task}/{part.batch}/batch.yaml"
    file = LabelFile(path=path, role=FileRole.BATCH, task=part.task, batch=part.batch)
    nobody = Roster(annotators={}, broken=frozenset(), findings=())
    return read_batch(snapshot, file, frozenset(), nobody)[0]


def asked_items(snapshot: git.Snapshot, part: Part) -> frozenset[str] | None:
    """The items that a snapshot's plan assigns to the annotator; None where the batch has no plan.

    Raises:
        ConfigError: the plan cannot be read.
    """
    plan = read_plan(snapshot, part.task, part.batch)
    return None if plan is None else items_by_annotator(plan).get(part.who, frozenset())


def require_open(snapshot: git.Snapshot, part: Part) -> None:
    """Requires an open batch with items assigned to the annotator; one without a plan assigns none.

    Raises:
        ConfigError: the plan cannot be read.
        UsageError: there is no such task or batch, it is closed, or nothing in it is assigned to them.
    """
    there = _parts(snapshot, part)
    batch = stated_batch(snapshot, part) if part in there else None
    if batch is None:
        names = ", ".join(one.batch for one in there)
        fix = f"batches of the task: {names}" if names else "a lead makes one: assay batch create"
        raise UsageError(f"there is no batch {part.name}", fix=fix)
    if batch.closed:
        raise NothingOpenError(f"{part.name} is closed", fix=f"{_SEE}; {reopening(part.task, part.batch)}")
    if not asked_items(snapshot, part):
        raise UsageError(
            f"nothing in {part.name} is assigned to {part.who}", fix=f"{_SEE}; a lead assigns work with `assay batch`"
        )


def _parts(snapshot: git.Snapshot, part: Part) -> tuple[Part, ...]:
    names = snapshot.names(f"labels/{part.task}") if is_task_name(part.task) else ()
    if not names:
        tasks = [name for name in snapshot.names("labels") if is_task_name(name)]
        there = ", ".join(tasks) or "none yet"
        raise UsageError(f"there is no task {part.task!r} with batches", fix=f"tasks with labels: {there}")
    return tuple(Part(task=part.task, batch=name, who=part.who) for name in sorted(names) if is_batch_name(name))


_KEY = "assay.blind"


def is_blind(root: Path) -> bool:
    """Whether this clone keeps peers' votes out of its work tree."""
    return git.is_sparse(root) and bool(_blinded(root))


def hide_peers(root: Path, part: Part) -> None:
    """Removes peers' votes, gold and decisions of the task from the work tree, besides those of earlier tasks.

    Raises:
        UsageError: this clone has another sparse checkout, or a file to be removed was changed.
    """
    blinded = _blinded(root)
    if git.is_sparse(root) and not blinded:
        raise UsageError(
            "this clone already has a sparse checkout of its own",
            fix="use --blind in another clone, or turn the sparse checkout off: git sparse-checkout disable",
        )
    wanted = {**blinded, part.task: part.batch}
    if git.is_sparse(root) and wanted == blinded:
        return
    if changed := sorted(git.work_tree(root).changed - {part.path}):
        raise UsageError(
            f"{changed[0]} is changed and not committed, so it cannot be hidden",
            fix="`assay submit` hands in what is yours; undo the other changes first",
        )
    below, patterns = f"/{git.prefix(root)}labels", ["/*"]
    for task, name in sorted(wanted.items()):
        kept = ("assignments", "*.returned", part.who, f"{part.who}.adjudicated")
        patterns += [f"!{below}/{task}/*/*.jsonl", *(f"{below}/{task}/*/{own}.jsonl" for own in kept)]
        batch = stated_batch(git.snapshot_named(root, "HEAD"), Part(task=task, batch=name, who=part.who))
        qualifies = batch is not None and batch.purpose is Purpose.QUALIFY
        patterns.append(f"{'' if qualifies else '!'}{below}/{task}/gold/*.jsonl")
        if batch is not None and batch.prelabels:
            patterns.append(f"{below}/{task}/{name}/{batch.prelabels}.jsonl")
    git.show_only(root, patterns)
    git.set_setting(root, _KEY, " ".join(f"{task}/{batch}" for task, batch in sorted(wanted.items())))


def show_peers(root: Path) -> None:
    """Restores what `hide_peers` removed."""
    if is_blind(root):
        git.show_everything(root)
        git.set_setting(root, _KEY, "")


def _blinded(root: Path) -> Mapping[str, str]:
    named = (entry.partition("/") for entry in git.setting(root, _KEY).split())
    return {task: batch for task, _, batch in named if is_task_name(task) and is_batch_name(batch)}
