"""The history of an item's labels, and of the records of a file."""

from collections.abc import Iterator

from assay.changes import ChangeKind, RecordChange
from assay.changes.diff import answers_of, claims_of, turns_of
from assay.model.json import JsonObject
from assay.report.plain import visible

_TOLD = ("guideline", "reason", "why", "note")


def change_lines(change: RecordChange, who: str) -> Iterator[str]:
    """One change in words: whose answer, what it was and is, under which guideline, and why."""
    record = change.after or change.before
    if record is None:
        return
    whose = who if len(change.key) == 1 else f"{who}/{change.key[1]}"
    yield visible(f"{whose} {change.kind}: {answer_text(change)}")
    told = [f"{name}: {record.value[name]}" for name in _TOLD if name in record.value]
    if told:
        yield visible(f"  {'; '.join(told)}")


def return_lines(change: RecordChange, who: str) -> Iterator[str]:
    """That an answer was sent back, to whom and why, or that this was taken back."""
    record = change.after or change.before
    if record is not None:
        verb = "sends the answer back to" if change.after else "takes back what was sent to"
        yield visible(f"{who} {verb} {record.value.get('annotator', '')}")
        yield visible(f"  why: {record.value.get('why', '')}")


def answer_text(change: RecordChange) -> str:
    """What the answers were and are."""
    if change.kind is not ChangeKind.CHANGED:
        said = answers_of(change.after or change.before)
        return ", ".join(f"{field}: {value}" for field, value in said.items()) or "no answer"
    turns = [f"{one.field}: {one.before or 'nothing'} → {one.after or 'nothing'}" for one in turns_of(change)]
    others = [one.field for one in claims_of(change)]
    return "; ".join([*turns, *([f"also {', '.join(others)}"] if others else [])])


def change_json(change: RecordChange) -> JsonObject:
    """One change as a record."""
    before, after = change.before, change.after
    return {
        "kind": change.kind,
        "key": list(change.key),
        "before": before.value if before else None,
        "after": after.value if after else None,
    }
