"""Where a clone keeps git's own files, found without git: also where git no longer takes the folder for a repository."""

from dataclasses import dataclass
from pathlib import Path

from assay.store.one_file import read_bytes

_SMALL = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class GitPlaces:
    """The top of the work tree, git's folder of this work tree, and the one that all work trees of the clone share."""

    top: Path
    own: Path
    common: Path


def git_places(root: Path) -> GitPlaces | None:
    """The places of the clone around a folder; None where no folder above has a `.git` that git made."""
    top = next((above for above in (root, *root.parents) if _is_gits(above / ".git")), None)
    if top is None:
        return None
    own = top / ".git"
    if named := small_text(own) if own.is_file() else None:
        own = (top / named.removeprefix("gitdir:").strip()).resolve()
    shared = small_text(own / "commondir")
    return GitPlaces(top=top, own=own, common=(own / shared).resolve() if shared else own)


def _is_gits(place: Path) -> bool:
    """Whether it is git's folder, be it a damaged one, or the file that names it."""
    return place.is_file() or any((place / name).exists() for name in ("HEAD", "objects", "refs", "config"))


def small_text(path: Path) -> str | None:
    """What a small file of git's says; None where it is not there or cannot be read."""
    try:
        return read_bytes(path, limit=_SMALL).decode(errors="replace").strip()
    except OSError:
        return None
