"""The three-way merge of one record: for git's merge driver, for `submit`, and for answers on other branches."""

from collections.abc import Callable
from enum import StrEnum
from operator import eq

import orjson

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
