"""Two changes of a record, or of a label file, come together: decided first, then applied.

The rules:

- One record is one cell. Who changed a record, changed all of it; nothing is mixed from two records of one key.
- A record that only one side changed, added or removed is as that side has it.
- The same change on both sides is no conflict, however the two lines are written.
- A line that one side merely wrote in another way does not stand against a change of the other side.
- Two different records of one key are a conflict, and so is a change against a removal. Both are kept, between
  markers, for a person to choose; neither is preferred.
- A file in which a line is no record, or a key stands twice, is not merged here at all.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from operator import eq, lt
from typing import cast

import msgspec
import orjson

from assay.labels.diff import unmatched
from assay.labels.reader import Key, Numbered, Record, UnreadableError, read_records, split
from assay.labels.records import AnyKind
from assay.labels.times import microseconds


class Side(StrEnum):
    """Which side a record is taken from; `BOTH` is a conflict."""

    OURS = "ours"
    THEIRS = "theirs"
    BOTH = "both"


def conflict(ours: bytes, theirs: bytes) -> Side:  # noqa: ARG001 - prefers neither, whatever they say
    """Prefers neither of two different records."""
    return Side.BOTH


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
    choose: Callable[[bytes, bytes], Side] = conflict,
) -> Side:
    """The side that a record is taken from, by its line in each state; None where a state does not have it.

    What one side alone changed, added or removed is as that side has it. The same change on both sides is no conflict.
    `same` says of two lines whether they are one record: a side that only wrote it in another way does not stand against
    a change. A change against a removal is a conflict; of two different changes `choose` may prefer one.
    """
    if ours == base:
        return Side.THEIRS
    if theirs in (base, ours) or (ours and theirs and same(ours, theirs)):
        return Side.OURS
    if base and ours and same(ours, base):
        return Side.THEIRS
    if base and theirs and same(theirs, base):
        return Side.OURS
    return choose(ours, theirs) if ours and theirs else Side.BOTH


_MARKER = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of one record that a side changed; None where a state does not have it."""

    key: Key
    take: Side
    base: bytes | None
    ours: bytes | None
    theirs: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """How conflicts are written: the names of the two sides, and the length of the marks."""

    ours: str = "ours"
    theirs: str = "theirs"
    marker: int = _MARKER


def decide(kind: AnyKind, base: bytes, ours: bytes, theirs: bytes) -> tuple[Decision, ...]:
    """A decision for each record that a side changed, by key.

    Raises:
        UnreadableError: a line that a side changed is no record, or its key stands twice.
    """
    lines = [split(data) for data in (base, ours, theirs)]
    our_base, our = (_keyed(kind, one) for one in unmatched(lines[0], lines[1]))
    their_base, their = (_keyed(kind, one) for one in unmatched(lines[0], lines[2]))
    old = {**our_base, **their_base}
    ours_now = {**{key: one for key, one in old.items() if key not in our_base}, **our}
    theirs_now = {**{key: one for key, one in old.items() if key not in their_base}, **their}
    keys = sorted(old.keys() | our.keys() | their.keys())
    return tuple(_decision(key, old.get(key), ours_now.get(key), theirs_now.get(key)) for key in keys)


def apply(kind: AnyKind, ours: bytes, decisions: Sequence[Decision], clash: Clash | None = None) -> bytes:
    """Our state of the file with the decisions carried out: records in the order of their keys.

    Raises:
        UnreadableError: a line is no record, or a key stands twice.
    """
    lines = split(ours)
    keys = _keys(kind, lines)
    if not all(map(lt, keys, keys[1:])):
        order = sorted(range(len(keys)), key=keys.__getitem__)
        lines, keys = [lines[place] for place in order], [keys[place] for place in order]
        if len(set(keys)) < len(keys):
            raise UnreadableError(0, "a key stands twice")
    merged: list[bytes] = []
    done = 0
    for one in decisions:
        place = bisect_left(keys, one.key, lo=done)
        there = place < len(keys) and keys[place] == one.key
        if there != (one.ours is not None):
            raise UnreadableError(place + 1, f"{' '.join(one.key)} stands twice in one of the states")
        merged += lines[done:place]
        done = place + there
        merged += _outcome(one, clash or Clash())
    merged += lines[done:]
    return b"\n".join([*merged, b""]) if merged else b""


def _keyed(kind: AnyKind, lines: Sequence[Numbered]) -> Mapping[Key, Record]:
    found: dict[Key, Record] = {}
    for one in read_records(kind, lines):
        if isinstance(one, UnreadableError):
            raise one
        if one.key in found:
            raise UnreadableError(one.number, f"{' '.join(one.key)} stands twice")
        found[one.key] = one
    return found


def _decision(key: Key, base: Record | None, ours: Record | None, theirs: Record | None) -> Decision:
    records = {one.line: one for one in (base, ours, theirs) if one}
    lines = [one.line if one else None for one in (base, ours, theirs)]
    take = merge_record(*lines, same=lambda one, other: records[one].text == records[other].text)
    return Decision(key=key, take=take, base=lines[0], ours=lines[1], theirs=lines[2])


def _outcome(one: Decision, clash: Clash) -> Iterator[bytes]:
    if one.take is Side.BOTH:
        yield b"%s %s" % (b"<" * clash.marker, clash.ours.encode())
        yield from _present(one.ours)
        yield b"=" * clash.marker
        yield from _present(one.theirs)
        yield b"%s %s" % (b">" * clash.marker, clash.theirs.encode())
    else:
        yield from _present(one.ours if one.take is Side.OURS else one.theirs)


def _present(line: bytes | None) -> Iterator[bytes]:
    if line is not None:
        yield line


def _keys(kind: AnyKind, lines: Sequence[bytes]) -> list[Key]:
    """The key of each line, read without the rest of it."""
    try:
        found = _key_decoder(kind).decode_lines(b"\n".join(lines))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        found = []
    if len(found) == len(lines):
        return cast("list[Key]", [msgspec.structs.astuple(one) for one in found])
    every: list[Key] = []
    for one in read_records(kind, enumerate(lines, start=1)):
        if isinstance(one, UnreadableError):
            raise one
        every.append(one.key)
    return every


@cache
def _key_decoder(kind: AnyKind) -> "msgspec.json.Decoder[msgspec.Struct]":
    shape = msgspec.defstruct("Keyed", [(name, str) for name in kind.identity], frozen=True, gc=False)
    return msgspec.json.Decoder(shape)
