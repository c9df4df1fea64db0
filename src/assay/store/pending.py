"""The plan of a write of many files: what each of them was and will be, and how far it has come."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

PLAN = "plan.json"
ABSENT = ""
"""The digest of a file that is not there."""
UNKNOWN = "?"
"""The digest of what cannot be a file of the write: a folder or a link is in its place, or it is over the limit."""


class Step(msgspec.Struct, frozen=True):
    """One file: the digests of what it replaces and of what it becomes, and the staged file that takes its place."""

    old: str
    new: str
    staged: str = ""


class Plan(msgspec.Struct, frozen=True):
    """The files of a write by path. `folder` is the inode of the folder that holds the staged ones."""

    folder: int
    steps: dict[str, Step]


class State(StrEnum):
    """How far one file of an interrupted write has come."""

    WRITTEN = "written"
    WAITING = "not written yet"
    CHANGED = "changed since by somebody else"
    DAMAGED = "not written, and what was to be written is damaged"


def states(plan: Plan, here: Mapping[str, str], staged: Mapping[str, str]) -> dict[str, State]:
    """How far each file has come, by the digests of the files that are here and of those that are staged."""
    return {name: _state(step, here[name], staged.get(step.staged, ABSENT)) for name, step in plan.steps.items()}


def _state(step: Step, here: str, staged: str) -> State:
    if here == step.new:
        return State.WRITTEN
    if here != step.old:
        return State.CHANGED
    return State.WAITING if staged == step.new else State.DAMAGED


def named(names: Iterable[str], most: int = 5) -> str:
    """The first names, and how many more there are."""
    there = list(names)
    return ", ".join(there[:most]) + (f" and {len(there) - most:,} more" if len(there) > most else "")
