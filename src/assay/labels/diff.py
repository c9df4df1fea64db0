"""What changed between two states of label files, record by record and counted."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assay.core import Json, JsonObject, canonical_text, normalize_numbers
from assay.labels.paths import LabelFile, record_kind
from assay.labels.reader import Key, Numbered, Record, UnreadableLineError, records_by_key, split

_STRIDE = 512
_WINDOW = 24


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
    unreadable_before: tuple[UnreadableLineError, ...]
    unreadable_after: tuple[UnreadableLineError, ...]
    formatting: bool

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed at all."""
        return not (self.records or self.formatting or self.unreadable_before or self.unreadable_after)

    def of(self, kind: ChangeKind) -> tuple[RecordChange, ...]:
        """The changes of one kind."""
        return tuple(change for change in self.records if change.kind is kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelsDiff:
    """The label files that differ between two states of a project, and other files of `labels/` that do.

    `texts` is what an annotator sees of an item, by pool and id, shortened.
    """

    since: str
    until: str
    files: tuple[FileChange, ...]
    others: tuple[str, ...]
    texts: Mapping[tuple[str, str], str]
    pools: Mapping[str, str]

    def text(self, file: LabelFile, item: str) -> str:
        """The text of an item of a task's file; empty where it is not known."""
        return self.texts.get((self.pools.get(file.task, ""), item), "")


def diff_file(file: LabelFile, before: bytes, after: bytes) -> FileChange:
    """The changes from one state of a file to another; empty bytes are a file that is not there.

    A line that is in both states is the same record, and is not parsed.
    """
    old_lines, new_lines = unmatched(split(before), split(after))
    old, old_faults = records_by_key(record_kind(file), old_lines)
    new, new_faults = records_by_key(record_kind(file), new_lines)
    records = tuple(
        RecordChange(key=key, before=before, after=after)
        for key in sorted(old.keys() | new.keys())
        for before, after in ((old.get(key), new.get(key)),)
        if before is None or after is None or before.text != after.text
    )
    return FileChange(
        file=file,
        records=records,
        unreadable_before=tuple(old_faults),
        unreadable_after=tuple(new_faults),
        formatting=before != after and not records and not new_faults and not old_faults,
    )


def changed_lines(before: bytes, after: bytes) -> int:
    """How many lines changed, on the side where more did; nothing is parsed."""
    if not (before and after):
        return len(split(before or after))
    return max(map(len, unmatched(split(before), split(after))))


def unmatched(old: Sequence[bytes], new: Sequence[bytes]) -> tuple[list[Numbered], list[Numbered]]:
    """The numbered lines of each state that have no equal in the other, where both are walked side by side.

    Equal runs are skipped as a whole. A line that moved may be in both results; comparing records
    by key finds it unchanged.
    """
    left: list[Numbered] = []
    right: list[Numbered] = []
    here = there = 0
    while here < len(old) and there < len(new):
        same = _equal_run(old, here, new, there)
        here, there = here + same, there + same
        skip_old, skip_new = _apart(old, here, new, there)
        left += enumerate(old[here : here + skip_old], start=here + 1)
        right += enumerate(new[there : there + skip_new], start=there + 1)
        here, there = here + skip_old, there + skip_new
    left += enumerate(old[here:], start=here + 1)
    right += enumerate(new[there:], start=there + 1)
    return left, right


def _equal_run(old: Sequence[bytes], here: int, new: Sequence[bytes], there: int) -> int:
    run, step = 0, _STRIDE
    while step:
        ahead = old[here + run : here + run + step]
        if len(ahead) == step and ahead == new[there + run : there + run + step]:
            run += step
        else:
            step //= 2
    return run


def _apart(old: Sequence[bytes], here: int, new: Sequence[bytes], there: int) -> tuple[int, int]:
    """How many lines to pass on each side until both go on the same; a window of both where that is not near."""
    for distance in range(1, _WINDOW):
        for passed in range(distance + 1):
            mine, other = here + passed, there + distance - passed
            if mine < len(old) and other < len(new) and old[mine] == new[other]:
                return passed, distance - passed
    return _WINDOW, _WINDOW


STAMPED = frozenset({"guideline", "at", "seconds"})
"""Metadata of every answer: shown where it changed, not for a new answer."""

_NO_CLAIMS = frozenset({"label", "skip", "id", "item", "annotator"})


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """One field's answer before and after, as text; empty where there is none."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How often each change of an answer occurs, and each answer that was added or removed."""

    turns: tuple[tuple[Turn, int], ...]
    added: tuple[tuple[Turn, int], ...]
    removed: tuple[tuple[Turn, int], ...]


def summary_of(changes: Iterable[RecordChange]) -> Summary:
    """The changes of one or more files, the most frequent first."""
    counted: dict[ChangeKind, Counter[Turn]] = {kind: Counter() for kind in ChangeKind}
    for change in changes:
        counted[change.kind].update(turns_of(change))
    ranked = {kind: tuple(Counter(dict(sorted(found.items()))).most_common()) for kind, found in counted.items()}
    return Summary(turns=ranked[ChangeKind.CHANGED], added=ranked[ChangeKind.ADDED], removed=ranked[ChangeKind.REMOVED])


def turns_of(change: RecordChange) -> Iterator[Turn]:
    """The changes of each field of the label, and of the skip; unchanged fields are left out."""
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
    """The changes of everything else in a record: time, guideline version, first label, suggestion, note."""
    before, after = (
        {name: _text(normalize_numbers(value)) for name, value in record.value.items() if name not in _NO_CLAIMS}
        if record
        else {}
        for record in (change.before, change.after)
    )
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name):
            yield Turn(name, before.get(name, ""), after.get(name, ""))


def _text(value: Json) -> str:
    return value if isinstance(value, str) else canonical_text(value)
