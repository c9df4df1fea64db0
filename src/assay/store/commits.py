"""Commits as they are stored, byte for byte, and which commits reach which: a signature covers exactly these bytes."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from assay.store.history import stored
from assay.store.process import git


def commit_objects(root: Path, names: Iterable[str]) -> Mapping[str, bytes]:
    """The bytes of each commit, by full id, read by one process; what is not here, or is no commit, is left out."""
    asked = sorted(set(names))
    found = zip(asked, stored(root, asked), strict=True)
    return {name: one[1] for name, one in found if one is not None and one[0] == b"commit"}


def reached(root: Path, until: str, without: Iterable[str]) -> frozenset[str]:
    """The commits that `until` reaches, itself among them, and none of `without` does; all by full id."""
    return frozenset(git(root, "rev-list", until, *(f"^{one}" for one in without), "--").decode().split())
