"""Which branch is checked out, read from git's own file: cheap enough to ask at every save."""

from pathlib import Path

from assay.store.files import read_bytes

_BRANCH = "ref: refs/heads/"
_SMALL = 4096


def checked_out(root: Path) -> str:
    """The branch of the work tree around `root`, `detached at …` where there is none, empty outside a repository."""
    folder = next((above / ".git" for above in (root, *root.parents) if (above / ".git").exists()), None)
    head = None if folder is None else _text(_git_folder(folder) / "HEAD")
    if head is None:
        return ""
    return head.removeprefix(_BRANCH) if head.startswith(_BRANCH) else f"detached at {head[:12]}"


def _git_folder(place: Path) -> Path:
    """The folder itself, or the one that the file of a linked work tree names."""
    named = _text(place) if place.is_file() else None
    return place.parent / named.removeprefix("gitdir: ") if named else place


def _text(path: Path) -> str | None:
    try:
        return read_bytes(path, limit=_SMALL).decode(errors="replace").strip()
    except OSError:
        return None
