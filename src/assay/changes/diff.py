"""What changed between two states of one label file: record by record, whatever happened to its lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assay.changes.records import Key, Numbered, Record, UnreadableError, read_records, split, unmatched
from assay.labels.layout import LabelFile
from assay.labels.place import record_kind


class ChangeKind(StrEnum):
    """What happened to a record."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChange:
    """One record before and after; None where it is not there."""

    key: Key
    before: Record | None
    after: Record | None

    @property
    def kind(self) -> ChangeKind:
        """What happened to it."""
        if self.before is None:
            return ChangeKind.ADDED
        return ChangeKind.REMOVED if self.after is None else ChangeKind.CHANGED


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """The changes of one file, by key; lines that are no records, on either side; None of a side that has no file.

    `formatting` says that the bytes differ and not one record does.
    """

    file: LabelFile
    records: tuple[RecordChange, ...]
    unreadable_before: tuple[UnreadableError, ...]
    unreadable_after: tuple[UnreadableError, ...]
    formatting: bool

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed at all."""
        return not (self.records or self.formatting or self.unreadable_before or self.unreadable_after)

    def of(self, kind: ChangeKind) -> tuple[RecordChange, ...]:
        """The changes of one kind."""
        return tuple(change for change in self.records if change.kind is kind)


def diff_file(file: LabelFile, before: bytes, after: bytes) -> FileChange:
    """The changes from one state of a file to another; empty bytes are a file that is not there.

    A line that stands in both states is the same record, and is not parsed.
    """
    old_lines, new_lines = unmatched(split(before), split(after))
    old, old_faults = _keyed(file, old_lines)
    new, new_faults = _keyed(file, new_lines)
    records = tuple(
        RecordChange(key=key, before=old.get(key), after=new.get(key))
        for key in sorted(old.keys() | new.keys())
        if _differs(old.get(key), new.get(key))
    )
    return FileChange(
        file=file,
        records=records,
        unreadable_before=tuple(old_faults),
        unreadable_after=tuple(new_faults),
        formatting=before != after and not records and not new_faults and not old_faults,
    )


def changed_lines(before: bytes, after: bytes) -> int:
    """How many records can have changed at most, counted by lines alone; nothing is parsed."""
    if not (before and after):
        return (before or after).count(b"\n") + 1
    return max(map(len, unmatched(split(before), split(after))))


def _keyed(file: LabelFile, lines: Sequence[Numbered]) -> tuple[Mapping[Key, Record], Sequence[UnreadableError]]:
    found: dict[Key, Record] = {}
    faults: list[UnreadableError] = []
    for one in read_records(record_kind(file), lines):
        if isinstance(one, UnreadableError):
            faults.append(one)
        elif one.key in found:
            faults.append(
                UnreadableError(one.number, f"{' '.join(one.key)} stands already on line {found[one.key].number}")
            )
        else:
            found[one.key] = one
    return found, faults


def _differs(before: Record | None, after: Record | None) -> bool:
    return before is None or after is None or before.text != after.text
