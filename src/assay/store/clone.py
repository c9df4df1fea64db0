"""What this clone's git is told beside the repository: its own settings, attributes and hooks."""

import stat
from datetime import UTC, datetime
from pathlib import Path

from assay.errors import GitError, NoGitError
from assay.store.process import git


def folder_of_git(root: Path) -> Path:
    """Git's own folder, the one that all work trees of the clone share.

    Raises:
        GitError: there is no repository.
    """
    return (root / git(root, "rev-parse", "--git-common-dir").decode().removesuffix("\n")).resolve()


def info_attributes(root: Path) -> Path:
    """The file of attributes that hold in this clone alone."""
    return folder_of_git(root) / "info" / "attributes"


def attribute(root: Path, name: str, path: str) -> str:
    """The value of an attribute of a path below `root`; `unspecified` where none is stated."""
    answer = git(root, "check-attr", "-z", name, "--", path).decode(errors="replace")
    return answer.split("\0")[2]


def hooks_elsewhere(root: Path) -> str:
    """The folder that git is told, here or for the whole machine, to look for hooks in; empty where it is the usual one."""
    told = git(root, "config", "-z", "--type=path", "--get-all", "core.hooksPath")
    # The last one is what assay itself says, so that no hook runs.
    places = told.decode(errors="surrogateescape").split("\0")[:-2]
    top = Path(git(root, "rev-parse", "--show-toplevel").decode(errors="surrogateescape").removesuffix("\n"))
    usual = not places or (top / places[-1]).resolve() == folder_of_git(root) / "hooks"
    return "" if usual else places[-1]


def last_fetched(root: Path) -> str:
    """When this clone last fetched (RFC 3339, UTC, to the second); empty where it never did, or the last try failed.

    Git keeps that for each work tree, and empties the file as a fetch begins: when the one before was, nobody knows then.
    """
    place = Path(root, git(root, "rev-parse", "--git-path", "FETCH_HEAD").decode().removesuffix("\n"))
    try:
        status = place.stat()
    except FileNotFoundError:
        return ""
    if not (stat.S_ISREG(status.st_mode) and status.st_size):
        return ""
    return datetime.fromtimestamp(status.st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def unset_section(root: Path, section: str) -> bool:
    """Removes a section of this clone's settings; says whether there was one."""
    try:
        git(root, "config", "--local", "--remove-section", section)
    except NoGitError:
        raise
    except GitError:
        return False
    return True
