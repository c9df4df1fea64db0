"""What stands in the work tree and is not committed, and what git has not finished."""

from dataclasses import dataclass
from pathlib import Path

from assay.store.git import ignored_sources, prefix
from assay.store.process import git, listed

_UNFINISHED = {
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
    "rebase-apply/applying": "am",
    "rebase-apply": "rebase",
    "sequencer": "cherry-pick",
    "BISECT_START": "bisect",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTree:
    """What the work tree holds that HEAD does not, by path below the project: tracked files changed, and new files.

    `half` are those that are staged in one state and stand here in another.
    """

    changed: frozenset[str]
    untracked: frozenset[str]
    half: frozenset[str] = frozenset()


def work_tree(root: Path) -> WorkTree:
    """What is not committed; a file outside the project stands with its path from the repository's top, after `:/`.

    A file of the project that git is told to ignore is a new file like any other.
    """
    own = prefix(root)
    listing = git(root, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", ":/")
    entries = [(entry[:2], _below(entry[3:], own)) for entry in listed(listing)]
    return WorkTree(
        changed=frozenset(path for state, path in entries if state != "??"),
        untracked=ignored_sources(root).union(path for state, path in entries if state == "??"),
        half=frozenset(path for state, path in entries if state[0] not in " ?U" and state[1] not in " ?U"),
    )


def unfinished(root: Path) -> str:
    """What git was doing and has not finished (`merge`, `rebase`, …); empty where nothing is."""
    folder = Path(git(root, "rev-parse", "--absolute-git-dir").decode().strip())
    return next((what for mark, what in _UNFINISHED.items() if (folder / mark).exists()), "")


def conflicts(root: Path) -> tuple[str, ...]:
    """The files that an unfinished merge could not bring together; one outside the project stands after `:/`."""
    own = prefix(root)
    listing = git(root, "diff", "--name-only", "--diff-filter=U", "--no-relative", "-z")
    return tuple(sorted({_below(path, own) for path in listed(listing)}))


def _below(path: str, own: str) -> str:
    return path.removeprefix(own) if path.startswith(own) else f":/{path}"
