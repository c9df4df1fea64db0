"""Which branch is checked out, read from git's own file: cheap enough to ask at every save."""

from pathlib import Path

from assay.store.git_places import git_places, small_text

_BRANCH = "ref: refs/heads/"


def checked_out(root: Path) -> str:
    """The branch of the work tree around `root`, `detached at …` where there is none, empty outside a repository."""
    places = git_places(root)
    head = None if places is None else small_text(places.own / "HEAD")
    if head is None:
        return ""
    return head.removeprefix(_BRANCH) if head.startswith(_BRANCH) else f"detached at {head[:12]}"
