"""The entries of a tree, and what differs between two."""

import os
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file, link or submodule: its path, its mode and its object (empty in the work tree)."""

    path: str
    mode: str
    object: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeChange:
    """One path that differs between two trees; None on the side that does not have it."""

    path: str
    before: Entry | None
    after: Entry | None


def entries_of(listing: bytes) -> Iterator[Entry]:
    """The entries of what `git ls-tree -r -z` lists."""
    for entry in listing.split(b"\0"):
        told, _, path = entry.partition(b"\t")
        if path:
            mode, _, name = told.split()
            yield Entry(path=os.fsdecode(path), mode=mode.decode(), object=name.decode())
