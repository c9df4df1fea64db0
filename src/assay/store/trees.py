"""What is asked of git's trees: which files two commits hold, by mode and object, without a work tree."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assay.store.process import git

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file, link or submodule of a tree: its path from the repository's top, its mode and its object."""

    path: str
    mode: str
    object: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeChange:
    """One path that differs between two trees; None on the side that does not have it."""

    path: str
    before: Entry | None
    after: Entry | None


def tree_at(root: Path, commit: str) -> tuple[Entry, ...]:
    """Everything a commit holds, in git's order, folders left out."""
    listing = git(root, "ls-tree", "-r", "-z", "--full-tree", commit)
    return tuple(entries_of(listing))


def tree_changes(root: Path, base: str | None, head: str) -> tuple[TreeChange, ...]:
    """What differs between two commits, a rename as a removal and an addition; None as base holds nothing."""
    listing = git(
        root, "diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-ext-diff", "--full-index",
        "--ignore-submodules=none", base or EMPTY_TREE, head,
    )  # fmt: skip
    parts = listing.split(b"\0")
    return tuple(_change(told, path) for told, path in zip(parts[::2], parts[1::2], strict=False))


def sizes(root: Path, objects: Iterable[str]) -> Mapping[str, int]:
    """How many bytes each blob holds; an object that is not here is left out."""
    asked = sorted(set(objects))
    answers = git(root, "cat-file", "--batch-check=%(objectname) %(objectsize)", given=_lines(asked)).splitlines()
    told = (answer.split() for answer in answers)
    return {name.decode(): int(size) for name, size in told if size.isdigit()}


def blobs(root: Path, objects: Iterable[str]) -> Mapping[str, bytes]:
    """The bytes of each blob; an object that is not here, or is no blob, is left out."""
    asked = sorted(set(objects))
    if not asked:
        return {}
    answer = git(root, "cat-file", "--batch", given=_lines(asked))
    found: dict[str, bytes] = {}
    place = 0
    for name in asked:
        end = answer.index(b"\n", place)
        head, place = answer[place:end].split(), end + 1
        if len(head) == 3 and head[2].isdigit():
            if head[1] == b"blob":
                found[name] = answer[place : place + int(head[2])]
            place += int(head[2]) + 1
    return found


def _lines(names: list[str]) -> bytes:
    return "".join(f"{name}\n" for name in names).encode()


def entries_of(listing: bytes) -> Iterator[Entry]:
    """The entries of what `git ls-tree -r -z` lists."""
    for entry in listing.split(b"\0"):
        told, _, path = entry.partition(b"\t")
        if path:
            mode, _, name = told.split()
            yield Entry(path=os.fsdecode(path), mode=mode.decode(), object=name.decode())


def _change(told: bytes, path: bytes) -> TreeChange:
    old_mode, new_mode, old, new, _ = told.removeprefix(b":").decode().split()
    name = os.fsdecode(path)
    return TreeChange(path=name, before=_entry(name, old_mode, old), after=_entry(name, new_mode, new))


def _entry(path: str, mode: str, name: str) -> Entry | None:
    return Entry(path=path, mode=mode, object=name) if set(mode) != {"0"} else None
