"""`assay log`: the history of an item, and who last changed each record of a file."""

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import orjson

from assay import labels
from assay.annotator.log_story import ANSWERS, ItemEvent, LogEntry, Story, current_entries, return_outcomes
from assay.core import JsonObject
from assay.errors import UsageError
from assay.files import inside, read_bytes
from assay.git import Touch, file_at, require_history, states_at, touching_commits
from assay.project import Project
from assay.render import visible

_SPECIAL = re.compile(r"([\\.^$*+?()[\]{}|])")
_PEOPLES = {*ANSWERS, labels.FileRole.RETURNED}
_ABOUT = {*_PEOPLES, labels.FileRole.ASSIGNMENTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class BlameLine:
    """A record of a file and the commit that last changed it; None where it is not committed."""

    record: labels.Record
    touch: Touch | None


def item_log(project: Project, item: str, tasks: Sequence[str]) -> tuple[LogEntry | ItemEvent, ...]:
    """The story of an item, newest first; of some tasks, or of all.

    It has every change to its answers, batches closed or opened again, migrations that change how an answer reads, and
    the releases with it. Reformatted lines are no change, nor is a merge that took a record as one side had it.

    Raises:
        GitError: the clone is shallow: part of the history is not here.
        UsageError: no commit yet, no such task, or no commit has the item.
    """
    root = project.root
    require_history(root)
    wanted = frozenset(project.task(name).name for name in tasks)
    spelled = dict.fromkeys((orjson.dumps(item).decode(), json.dumps(item)))
    ways = "|".join(_SPECIAL.sub(r"\\\1", one) for one in spelled)
    # The list of a release has the item alone on its line; a batch's `status` and a migration's `reason` name none.
    saying = f'"item"[[:space:]]*:[[:space:]]*({ways})|^[[:space:]]*({ways}),?$|^(status|reason):'
    found = touching_commits(root, under="labels", also=("schemas/migrations", "releases"), saying=saying)
    changed = [(touch, [*_entries(root, touch, item, wanted)]) for touch in found]
    entries = [entry for _, several in changed for entry in several if entry.file.role in _PEOPLES]
    if not entries:
        raise UsageError(f"no commit has an item {item!r}", fix="write the item id as in labels/items/")
    story, became, stands = Story(project, item), return_outcomes(entries), current_entries(entries)
    whole = {
        place: replace(entry, became=became.get(place, ""), today=story.today(entry) if place in stands else "")
        for place, entry in enumerate(entries)
    }
    batches = frozenset((one.file.task, one.file.batch) for _, several in changed for one in several)
    held = [entries[place] for place in stands]
    log: list[LogEntry | ItemEvent] = []
    for touch, _ in changed:
        log += [happening for path in touch.paths for happening in story.of(touch, path, batches, held)]
        log += [entry for entry in whole.values() if entry.touch.commit == touch.commit]
    return tuple(one for one in log if isinstance(one, LogEntry) or not wanted or one.task in wanted)


def file_log(project: Project, path: Path) -> tuple[BlameLine, ...]:
    """Each record of a label file, in its order, with the commit that last changed its content.

    Raises:
        GitError: the clone is shallow.
        UsageError: no commit yet, or no label file at that path.
        LimitError: the file is larger than assay reads.
    """
    root = project.root
    require_history(root)
    place = Path(os.path.normpath(path.absolute()))
    file = labels.label_file(place.relative_to(root).as_posix()) if place.is_relative_to(root) else None
    if file is None or not place.is_file():
        raise UsageError(f"{path} is not a label file", fix="name one: labels/<task>/<batch>/<annotator>.jsonl")
    data = read_bytes(inside(root, file.path))
    lines = labels.read_records(labels.record_kind(file), enumerate(labels.split(data), start=1))
    records = [one for one in lines if not isinstance(one, labels.UnreadableLineError)]
    committed = file_at(root, "HEAD", file.path) or b""
    fresh = {change.key for change in labels.diff_file(file, committed, data).records}
    left = {record.key: record.text for record in records if record.key not in fresh}
    blamed: dict[tuple[str, ...], Touch] = {}
    for touch in touching_commits(root, under=file.path):
        if not left:
            break
        for change in _changes(root, touch, file):
            if change.after is not None and left.get(change.key) == change.after.text:
                blamed[change.key] = touch
                del left[change.key]
    return tuple(BlameLine(record=record, touch=blamed.get(record.key)) for record in records)


def _entries(root: Path, touch: Touch, item: str, tasks: frozenset[str]) -> Iterator[LogEntry]:
    for path in touch.paths:
        file = labels.label_file(path)
        if file is None or file.role not in _ABOUT or (tasks and file.task not in tasks):
            continue
        for change in _changes(root, touch, file):
            if change.key[0] == item:
                yield LogEntry(touch=touch, file=file, change=change)


def _changes(root: Path, touch: Touch, file: labels.LabelFile) -> Sequence[labels.RecordChange]:
    """What a commit changed in a file; of a merge, what no parent has."""
    ((_, found),) = states_at(root, touch, [file.path])
    sides = [
        labels.diff_file(file, found.get(parent, b""), found[touch.commit]).records for parent in touch.parents or ("",)
    ]
    everywhere = set.intersection(*({change.key for change in side} for side in sides))
    return [change for change in sides[0] if change.key in everywhere]


_TOLD = ("guideline", "reason", "why", "note")


def change_lines(change: labels.RecordChange, who: str) -> Iterator[str]:
    """One change in words: the annotator, the answer before and after, the guideline, and why."""
    record = change.after or change.before
    if record is None:
        return
    whose = who if len(change.key) == 1 else f"{who}/{change.key[1]}"
    yield visible(f"{whose} {change.kind}: {answer_text(change)}")
    details = [f"{name}: {record.value[name]}" for name in _TOLD if name in record.value]
    if details:
        yield visible(f"  {'; '.join(details)}")


def return_lines(change: labels.RecordChange, who: str) -> Iterator[str]:
    """That an answer was sent back, to whom and why, or that this was withdrawn."""
    record = change.after or change.before
    if record is not None:
        verb = "sends the answer back to" if change.after else "withdraws what was sent back to"
        yield visible(f"{who} {verb} {record.value.get('annotator', '')}")
        yield visible(f"  why: {record.value.get('why', '')}")


def answer_text(change: labels.RecordChange) -> str:
    """The answers before and after."""
    if change.kind is not labels.ChangeKind.CHANGED:
        said = labels.answers_of(change.after or change.before)
        return ", ".join(f"{field}: {value}" for field, value in said.items()) or "no answer"
    turns = [f"{one.field}: {one.before or 'nothing'} → {one.after or 'nothing'}" for one in labels.turns_of(change)]
    others = [one.field for one in labels.claims_of(change)]
    return "; ".join([*turns, *([f"also {', '.join(others)}"] if others else [])])


def change_json(change: labels.RecordChange) -> JsonObject:
    """One change as a record."""
    before, after = change.before, change.after
    return {
        "kind": change.kind,
        "key": list(change.key),
        "before": before.value if before else None,
        "after": after.value if after else None,
    }
