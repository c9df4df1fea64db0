"""Keep what others answered out of the work tree, so that nobody labels with a look at it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from assay.actions.day.asked import stated_batch
from assay.actions.day.mine import Part
from assay.errors import UsageError
from assay.git.base import snapshot_named
from assay.model.names import is_batch_name, is_task_name
from assay.model.project import Purpose
from assay.store.git import prefix, set_setting, setting
from assay.store.repository import is_sparse, show_everything, show_only
from assay.store.work_tree import work_tree

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
            hint="work in another clone for --blind, or end that choice: git sparse-checkout disable",
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
            hint="`assay submit` hands in what is yours; put the other changes back first",
        )


def _blinded(root: Path) -> Mapping[str, str]:
    named = (entry.partition("/") for entry in setting(root, _KEY).split())
    return {task: batch for task, _, batch in named if is_task_name(task) and is_batch_name(batch)}
