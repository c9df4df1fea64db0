"""Three-way merge of records and label files: first decided, then applied.

The rules:

- One record is one cell. Who changed a record, changed all of it; nothing is mixed from two records of one key.
- A record that only one side changed, added or removed is as that side has it.
- The same change on both sides is no conflict, however the two lines are written.
- A line that one side merely wrote in another way does not stand against a change of the other side.
- Two different records of one key are a conflict, and so is a change against a removal. Both are kept, between
  markers, for a person to choose; neither is preferred.
- A file in which a line is no record, or that has a duplicate key, is not merged here at all.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import eq, lt
from typing import cast

import msgspec
import orjson

from assay.labels.diff import unmatched
from assay.labels.reader import Key, UnreadableLineError, read_records, records_by_key, split
from assay.labels.records import AnyKind
from assay.labels.times import microseconds


class Side(StrEnum):
    """Which side a record is taken from; `BOTH` is a conflict."""

    OURS = "ours"
    THEIRS = "theirs"
    BOTH = "both"


def later(ours: bytes, theirs: bytes) -> Side:
    """Prefers the record that was made later; neither where one has no time, or both have the same."""
    first, second = (microseconds(str(orjson.loads(line).get("at", ""))) for line in (ours, theirs))
    if first is None or second is None or first == second:
        return Side.BOTH
    return Side.OURS if first > second else Side.THEIRS


def merge_record(
    base: bytes | None,
    ours: bytes | None,
    theirs: bytes | None,
    *,
    same: Callable[[bytes, bytes], bool] = eq,
    choose: Callable[[bytes, bytes], Side] | None = None,
) -> Side:
    """The side that a record is taken from, by its line in each state; None where a state does not have it.

    `same` compares two lines as records: a side that only wrote a record in another way does not count as changed. Of two
    different changes `choose` may take one.
    """
    if ours == base:
        return Side.THEIRS
    if theirs in (base, ours) or (ours and theirs and same(ours, theirs)):
        return Side.OURS
    if base and ours and same(ours, base):
        return Side.THEIRS
    if base and theirs and same(theirs, base):
        return Side.OURS
    return choose(ours, theirs) if choose and ours and theirs else Side.BOTH


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDecision:
    """The outcome for one record that a side changed; None where a state does not have it."""

    key: Key
    take: Side
    base: bytes | None
    ours: bytes | None
    theirs: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """How conflicts are written: the names of the two sides, and the length of the markers."""

    ours: str = "ours"
    theirs: str = "theirs"
    marker: int = 7


def decide_merge(kind: AnyKind, base: bytes, ours: bytes, theirs: bytes) -> tuple[RecordDecision, ...]:
    """A decision for each record that a side changed, by key.

    Raises:
        UnreadableLineError: a line that a side changed is not a record, or has a duplicate key.
    """
    lines = [split(data) for data in (base, ours, theirs)]
    (our_base, _), (our, _), (their_base, _), (their, _) = sides = [
        records_by_key(kind, some) for side in lines[1:] for some in unmatched(lines[0], side)
    ]
    for _, faults in sides:
        if faults:
            raise faults[0]
    old = {**our_base, **their_base}
    ours_now = {**{key: record for key, record in old.items() if key not in our_base}, **our}
    theirs_now = {**{key: record for key, record in old.items() if key not in their_base}, **their}
    by_line = {record.line: record for state in (old, ours_now, theirs_now) for record in state.values()}
    decisions: list[RecordDecision] = []
    for key in sorted(old.keys() | our.keys() | their.keys()):
        records = [state.get(key) for state in (old, ours_now, theirs_now)]
        states = [record.line if record else None for record in records]
        take = merge_record(*states, same=lambda first, other: by_line[first].text == by_line[other].text)
        decisions.append(RecordDecision(key=key, take=take, base=states[0], ours=states[1], theirs=states[2]))
    return tuple(decisions)


def apply_merge(kind: AnyKind, ours: bytes, decisions: Sequence[RecordDecision], clash: Clash | None = None) -> bytes:
    """Our state of the file with the decisions applied: records in the order of their keys.

    Raises:
        UnreadableLineError: a line is not a record, or has a duplicate key.
    """
    lines = split(ours)
    keys = _keys(kind, lines)
    if not all(map(lt, keys, keys[1:])):
        order = sorted(range(len(keys)), key=keys.__getitem__)
        lines, keys = [lines[place] for place in order], [keys[place] for place in order]
        if len(set(keys)) < len(keys):
            raise UnreadableLineError(0, "duplicate key")
    clash = clash or Clash()
    merged: list[bytes] = []
    done = 0
    for decision in decisions:
        place = bisect_left(keys, decision.key, lo=done)
        there = place < len(keys) and keys[place] == decision.key
        if there != (decision.ours is not None):
            raise UnreadableLineError(place + 1, f"{' '.join(decision.key)} is duplicated in one of the versions")
        merged += lines[done:place]
        done = place + there
        found = [decision.theirs] if decision.take is Side.THEIRS else [decision.ours]
        if decision.take is Side.BOTH:
            start, end = (mark * clash.marker for mark in (b"<", b">"))
            middle = b"=" * clash.marker
            found = [b"%s %s" % (start, clash.ours.encode()), decision.ours, middle]
            found += [decision.theirs, b"%s %s" % (end, clash.theirs.encode())]
        merged += filter(None, found)
    merged += lines[done:]
    return b"\n".join([*merged, b""]) if merged else b""


def _keys(kind: AnyKind, lines: Sequence[bytes]) -> list[Key]:
    """The key of each line, read without the rest of it."""
    try:
        found = kind.key_decoder.decode_lines(b"\n".join(lines))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        found = []
    if len(found) == len(lines):
        return cast("list[Key]", [msgspec.structs.astuple(record) for record in found])
    every: list[Key] = []
    for record in read_records(kind, enumerate(lines, start=1)):
        if isinstance(record, UnreadableLineError):
            raise record
        every.append(record.key)
    return every
