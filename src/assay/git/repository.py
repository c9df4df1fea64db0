"""Changes to a clone: settings, fetch, branches, merges, commits, pushes and sparse checkouts."""

import os
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from assay.errors import GitError, NoGitError
from assay.files import inside, write_bytes
from assay.git.commands import base_remote, commit_of, current_branch, is_ancestor, setting, succeeds
from assay.git.failures import HOOK
from assay.git.process import git, git_beside, git_online, git_with_hooks
from assay.git.work_state import conflicts, settle_commit, staged_since

Settle = Callable[[str], bytes | None]
_NAMED = ("--pathspec-from-file=-", "--pathspec-file-nul")
_NO = frozenset({"", "false", "no", "off", "0"})


def folder_of_git(root: Path) -> Path:
    """The git folder that all work trees of the clone share.

    Raises:
        GitError: there is no repository.
    """
    return (root / git(root, "rev-parse", "--git-common-dir").decode().removesuffix("\n")).resolve()


def info_attributes(root: Path) -> Path:
    """The attributes file of this clone alone."""
    return folder_of_git(root) / "info" / "attributes"


def attribute(root: Path, name: str, path: str) -> str:
    """The value of an attribute of a path below `root`, or `unspecified`."""
    return git(root, "check-attr", "-z", name, "--", path).decode(errors="replace").split("\0")[2]


def hooks_elsewhere(root: Path) -> str:
    """The configured folder of hooks, local or global; empty if it is the default one."""
    values = git(root, "config", "-z", "--type=path", "--get-all", "core.hooksPath")
    # The last one is set by assay itself, so that no hook runs.
    places = values.decode(errors="surrogateescape").split("\0")[:-2]
    top = Path(git(root, "rev-parse", "--show-toplevel").decode(errors="surrogateescape").removesuffix("\n"))
    return "" if not places or (top / places[-1]).resolve() == folder_of_git(root) / "hooks" else places[-1]


def last_fetched(root: Path) -> str:
    """The time of the last fetch of this work tree (RFC 3339, UTC, to the second); empty without one, or if it failed.

    Git empties the file when a fetch begins, so the time of an earlier one is lost.
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
    """Removes a section of this clone's settings; returns whether there was one."""
    return succeeds(root, "config", "--local", "--remove-section", section)


def fetch(root: Path, remote: str) -> None:
    """Fetches the branches of a remote, and the default branch of the base remote.

    Raises:
        GitError: the remote cannot be reached.
    """
    git_online(root, "fetch", "--quiet", "--end-of-options", remote)
    if commit_of(root, f"refs/remotes/{remote}/HEAD") is None and remote == base_remote(root):
        with suppress(GitError):
            git_online(root, "remote", "set-head", remote, "--auto")


def fetch_branch(root: Path, remote: str, branch: str) -> bool:
    """Fetches one branch of a remote; returns whether the remote has it.

    Raises:
        GitError: the remote cannot be reached.
    """
    name = f"refs/heads/{branch}"
    if not git_online(root, "ls-remote", "--heads", "--end-of-options", remote, name).strip():
        return False
    git_online(root, "fetch", "--quiet", "--end-of-options", remote, f"+{name}:refs/remotes/{remote}/{branch}")
    return True


def fetch_commit(root: Path, remote: str, commit: str) -> None:
    """Fetches a commit by its full id, even if no branch of the remote contains it any more, as after a squash.

    Raises:
        GitError: the remote cannot be reached, or refuses.
    """
    git_online(root, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--end-of-options", remote, commit)


def make_branch(root: Path, branch: str, start: str) -> None:
    """Creates a branch at a commit, without an upstream, and switches to it, keeping uncommitted changes.

    Raises:
        GitError: the branch exists, or a changed file would be overwritten.
    """
    git_online(root, "switch", "--quiet", "--no-track", "--create", branch, start)


def follow_branch(root: Path, branch: str, reference: str) -> None:
    """Creates a local branch that tracks a remote one, and switches to it.

    Raises:
        GitError: the local branch exists, or a changed file would be overwritten.
    """
    git_online(root, "switch", "--quiet", "--track=direct", "--create", branch, reference.removeprefix("refs/remotes/"))


def switch(root: Path, branch: str) -> None:
    """Switches to a local branch.

    Raises:
        GitError: it does not exist, or a changed file would be overwritten.
    """
    if current_branch(root) != branch:
        git_online(root, "switch", "--quiet", "--no-guess", branch)


def forward(root: Path, revision: str) -> bool:
    """Fast-forwards the current branch to a commit, if it is a descendant; returns whether it moved.

    Raises:
        GitError: a changed file would be overwritten.
    """
    if is_ancestor(root, revision, "HEAD") or not is_ancestor(root, "HEAD", revision):
        return False
    git_online(root, "merge", "--quiet", "--ff-only", revision)
    return True


def merge_revision(root: Path, revision: str, *, settle: Settle | None = None) -> bool:
    """Merges a commit into the current branch; on a conflict nothing changes, and it returns False.

    `settle` gives the merged bytes of a file in conflict, or None if it cannot.

    Raises:
        GitError: the merge fails for another reason, such as a changed file; nothing changes.
    """
    try:
        git_online(root, "merge", "--quiet", "--ff", "--no-edit", "--no-squash", "--commit", revision)
    except GitError:
        if not conflicts(root):
            raise
        settled = {path: settle(path) if settle else None for path in conflicts(root)}
        if None in settled.values():
            return False
        for path, data in settled.items():
            write_bytes(inside(root, path), data or b"")
            git_online(root, "add", "--", f":(literal){path}")
        git_online(root, "commit", "--quiet", "--no-edit")
    finally:
        if commit_of(root, "MERGE_HEAD"):
            git_online(root, "merge", "--abort")
    return True


def drop_branch(root: Path, branch: str, commit: str) -> None:
    """Deletes a branch that is at the given commit, which another branch contains.

    Raises:
        GitError: it is at another commit.
    """
    git(root, "update-ref", "-d", f"refs/heads/{branch}", commit)


def merges_cleanly(root: Path, revision: str, base: str) -> bool:
    """Whether a forge, without a merge by records, could merge a commit into another."""
    return succeeds(root, "merge-tree", "--write-tree", "--no-messages", base, revision)


def adds_nothing(root: Path, revision: str, base: str) -> bool:
    """Whether merging a commit into another would change nothing there; a conflict would."""
    try:
        merged = git(root, "merge-tree", "--write-tree", "--no-messages", base, revision).decode().strip()
    except NoGitError:
        raise
    except GitError:
        return False
    return merged == git(root, "rev-parse", f"{base}^{{tree}}").decode().strip()


def commit_files(root: Path, paths: Sequence[str], message: str) -> None:
    """Commits the given files, new, changed, removed or ignored, and no other staged changes.

    The user's hooks run: their changes to these files are committed, those to other files are not. Without a difference to
    HEAD there is no commit.

    Raises:
        GitError: git has no identity, cannot sign, a hook refuses, or an unfinished merge or rebase prevents it; the files
            stay unchanged.
    """
    literal = _literal(paths)
    git_online(root, "add", "--all", "--force", *_NAMED, given=literal)
    before = commit_of(root, "HEAD")
    staged = staged_since(root, paths, before) if before else {}
    if before and not staged:
        return
    stated = ("--quiet", "--only", "--cleanup=whitespace", "-m", message)
    try:
        git_with_hooks(root, "commit", *stated, *_NAMED, given=literal)
    except GitError as error:
        if error.kind == HOOK:
            raise GitError(
                f"{error.message}\na hook of yours refused the commit",
                fix="fix the problem above, or check your hooks: `git rev-parse --git-path hooks` prints their folder; "
                "then run this again",
                kind=HOOK,
            ) from error
        if setting(root, "commit.gpgsign").lower() in _NO or "failed to write commit object" not in error.message:
            raise
        raise GitError(
            f"{error.message}\ngit is configured to sign every commit (commit.gpgsign), and could not",
            fix="fix the signing (git config --show-origin --get-regexp '^(user.signingkey|gpg.*)$' prints its settings), "
            "or switch it off in this clone: git config commit.gpgsign false; then run this again",
        ) from error
    if before:
        settle_commit(root, paths, before, staged)


def tree_with(root: Path, paths: Sequence[str]) -> str:
    """The tree of a commit of only the given files; nothing is staged or committed.

    Raises:
        GitError: there is no commit yet, or a file cannot be read.
    """
    with TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        git_beside(root, index, "read-tree", "HEAD")
        git_beside(root, index, "add", "--all", "--force", *_NAMED, given=_literal(paths))
        return git_beside(root, index, "write-tree").decode().strip()


def _literal(paths: Sequence[str]) -> bytes:
    return b"".join(os.fsencode(f":(literal){path}") + b"\0" for path in paths)


def put_back(root: Path, path: str) -> None:
    """Restores a file from HEAD in the index and the work tree, discarding its changes.

    Raises:
        GitError: HEAD has no such file.
    """
    git_online(root, "restore", "--quiet", "--source=HEAD", "--staged", "--worktree", "--", f":(literal){path}")


def push(root: Path, remote: str, branch: str) -> None:
    """Pushes a branch under its own name, never by force, and sets its upstream; a pre-push hook runs.

    Raises:
        GitError: the remote cannot be reached or refuses, or a hook does.
    """
    name = f"refs/heads/{branch}"
    stated = ("--quiet", "--no-follow-tags", "--set-upstream", "--end-of-options", remote, f"{name}:{name}")
    try:
        git_with_hooks(root, "push", *stated)
    except GitError as error:
        if error.kind != HOOK:
            raise
        raise GitError(
            f"{error.message}\nyour pre-push hook refused it; nothing was pushed",
            fix="fix what the hook reports, or ask its author; then run this again",
            kind=HOOK,
            when="once your pre-push hook passes",
        ) from error


def is_sparse(root: Path) -> bool:
    """Whether the work tree is a sparse checkout."""
    return setting(root, "core.sparseCheckout") == "true"


def show_only(root: Path, patterns: Sequence[str]) -> None:
    """Checks out only the files that the patterns select (as in `.gitignore`, the last match decides).

    Patterns are relative to the top of the repository.

    Raises:
        GitError: git refuses.
    """
    git_online(_top(root), "sparse-checkout", "set", "--no-cone", *patterns)


def show_everything(root: Path) -> None:
    """Ends a sparse checkout."""
    git_online(_top(root), "sparse-checkout", "disable")


def _top(root: Path) -> Path:
    return Path(git(root, "rev-parse", "--show-toplevel").decode().removesuffix("\n"))
