"""The same changes, counted: which answer became which, and how often."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from assay.changes.diff import ChangeKind, RecordChange
from assay.changes.records import Record, whole_numbers
from assay.model.json import Json, JsonObject
from assay.model.values import canonical_text

STAMPED = frozenset({"guideline", "at", "seconds"})
"""What the page states of every answer: told where it changed, not of an answer that is new."""

_NO_CLAIMS = frozenset({"label", "skip", "id", "item", "annotator"})


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """One field's answer before and after, as text; empty where there is none."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How often each turn was taken by changed records, and each answer given by added and taken back by removed ones."""

    turns: tuple[tuple[Turn, int], ...]
    added: tuple[tuple[Turn, int], ...]
    removed: tuple[tuple[Turn, int], ...]


def summary_of(changes: Iterable[RecordChange]) -> Summary:
    """The changes of one or more files, the most frequent first."""
    counted: dict[ChangeKind, Counter[Turn]] = {kind: Counter() for kind in ChangeKind}
    for change in changes:
        counted[change.kind].update(turns_of(change))
    ranked = {kind: tuple(sorted(found.items(), key=lambda one: (-one[1], one[0]))) for kind, found in counted.items()}
    return Summary(turns=ranked[ChangeKind.CHANGED], added=ranked[ChangeKind.ADDED], removed=ranked[ChangeKind.REMOVED])


def turns_of(change: RecordChange) -> Iterator[Turn]:
    """What one change does to each field of the label, and whether the item is skipped; fields that stay are left out."""
    before, after = answers_of(change.before), answers_of(change.after)
    for field in sorted(before.keys() | after.keys()):
        if before.get(field) != after.get(field):
            yield Turn(field, before.get(field, ""), after.get(field, ""))


def answers_of(record: Record | None) -> dict[str, str]:
    """The answers of a record by field, as text; that an item is skipped is the answer `skip`."""
    if record is None:
        return {}
    label = record.value.get("label")
    answers: JsonObject = dict(label) if isinstance(label, dict) else {}
    if "skip" in record.value:
        answers["skip"] = record.value["skip"]
    return {field: _text(value) for field, value in answers.items()}


def claims_of(change: RecordChange) -> Iterator[Turn]:
    """What one change does to all else that a record says: when, under which version, what was first or shown, why."""
    before, after = (_claims(record) for record in (change.before, change.after))
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name):
            yield Turn(name, before.get(name, ""), after.get(name, ""))


def _claims(record: Record | None) -> dict[str, str]:
    said = record.value if record else {}
    return {name: _text(whole_numbers(value)) for name, value in said.items() if name not in _NO_CLAIMS}


def _text(value: Json) -> str:
    return value if isinstance(value, str) else canonical_text(value)
