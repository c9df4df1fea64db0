"""Whether git's own files say what they said: a power cut leaves a branch or the index empty, and git may not notice."""

import hashlib
from pathlib import Path

from assay.errors import UsageError
from assay.store.git_places import GitPlaces, git_places, small_text
from assay.store.one_file import read_bytes

_BRANCH = "ref: refs/heads/"
_UNSUMMED = (b"\0" * 20, b"\0" * 32)
_INDEX_LIMIT = 1 << 32


def branch_of_head(places: GitPlaces) -> str:
    """The full name of the branch that HEAD names; empty where it names none."""
    text = small_text(places.own / "HEAD") or ""
    return text.removeprefix("ref: ") if text.startswith(_BRANCH) else ""


def is_lost(places: GitPlaces, name: str) -> bool:
    """Whether a branch had a commit, and its file is empty or gone now: that is not the same as none yet."""
    file = places.common / name
    if file.is_file():
        return not (small_text(file) or "").strip("\0")
    packed = (small_text(places.common / "packed-refs") or "").splitlines()
    logged = places.common / "logs" / name
    return logged.is_file() and logged.stat().st_size > 0 and not any(line.endswith(f" {name}") for line in packed)


def index_is_sound(index: Path) -> bool:
    """Whether the checksum at the end of the index is right, or git was told to write none."""
    data = read_bytes(index, limit=_INDEX_LIMIT)
    sums = ((hashlib.sha1, 20), (hashlib.sha256, 32))
    return data.startswith(b"DIRC") and any(
        len(data) > size and (data[-size:] in _UNSUMMED or make(data[:-size]).digest() == data[-size:])
        for make, size in sums
    )


def hold_readable(root: Path) -> None:
    """Makes sure that the branch checked out has not lost its commit, and that the index is whole.

    Raises:
        UsageError: one of these is not so; where git itself goes on, it would take everything for new.
    """
    places = git_places(root)
    if places is None:
        return
    name = branch_of_head(places)
    said = ""
    if name and is_lost(places, name):
        said = f"the branch checked out, {name.removeprefix('refs/heads/')}, names no commit any more, as a power cut leaves it"
    elif (places.own / "index").is_file() and not index_is_sound(places.own / "index"):
        said = f"{places.own / 'index'} is damaged, as a power cut leaves it"
    if said:
        raise UsageError(said, hint="`assay doctor --mend` puts it right, and no answer is lost; then run this again")
