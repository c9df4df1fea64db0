"""Commits as they are stored, byte for byte, and which commits reach which: a signature covers exactly these bytes."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from assay.store.process import git


def commit_objects(root: Path, names: Iterable[str]) -> Mapping[str, bytes]:
    """The bytes of each commit, by full id, read by one process; what is not here, or is no commit, is left out."""
    asked = sorted(set(names))
    if not asked:
        return {}
    answer = git(root, "cat-file", "--batch", given="".join(f"{name}\n" for name in asked).encode())
    found: dict[str, bytes] = {}
    place = 0
    for name in asked:
        end = answer.index(b"\n", place)
        head, place = answer[place:end].split(), end + 1
        if len(head) == 3 and head[2].isdigit():
            size = int(head[2])
            if head[1] == b"commit":
                found[name] = answer[place : place + size]
            place += size + 1
    return found


def reached(root: Path, until: str, without: Iterable[str]) -> frozenset[str]:
    """The commits that `until` reaches, itself among them, and none of `without` does; all by full id."""
    return frozenset(git(root, "rev-list", until, *(f"^{one}" for one in without), "--").decode().split())
