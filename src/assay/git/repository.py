"""What this clone's git is told beside the repository: its own settings, attributes and hooks."""

import os
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from assay.errors import GitError, NoGitError
from assay.files import inside, write_bytes
from assay.git.commands import base_remote, commit_of, current_branch, is_ancestor, setting
from assay.git.failures import HOOK
from assay.git.process import git, git_beside, git_online, git_with_hooks
from assay.git.work_state import conflicts, settle_commit, staged_since


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


Settle = Callable[[str], bytes | None]
_HOOK_HELD = "a hook of yours refused the commit"
_HOOK_REFUSED = "your pre-push hook refused it, and nothing was sent"
"""What a push says that never came to the remote."""
_NAMED = ("--pathspec-from-file=-", "--pathspec-file-nul")
_NO = frozenset({"", "false", "no", "off", "0"})


def fetch(root: Path, remote: str) -> None:
    """Fetches the branches of a remote; learns which of the base remote's branches is the default one.

    Raises:
        GitError: the remote cannot be reached.
    """
    git_online(root, "fetch", "--quiet", "--end-of-options", remote)
    if commit_of(root, f"refs/remotes/{remote}/HEAD") is None and remote == base_remote(root):
        with suppress(GitError):
            git_online(root, "remote", "set-head", remote, "--auto")


def fetch_branch(root: Path, remote: str, branch: str) -> bool:
    """Fetches one branch of a remote; says whether the remote has it.

    Raises:
        GitError: the remote cannot be reached.
    """
    name = f"refs/heads/{branch}"
    if not git_online(root, "ls-remote", "--heads", "--end-of-options", remote, name).strip():
        return False
    git_online(root, "fetch", "--quiet", "--end-of-options", remote, f"+{name}:refs/remotes/{remote}/{branch}")
    return True


def fetch_commit(root: Path, remote: str, commit: str) -> None:
    """Fetches a commit by its full id, also one that no branch of the remote holds any more, as after a squash.

    Raises:
        GitError: the remote cannot be reached, or does not give it.
    """
    git_online(root, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--end-of-options", remote, commit)


def make_branch(root: Path, branch: str, start: str) -> None:
    """Makes a branch at a commit and checks it out; it follows no other branch.

    Changes that are not committed come along where they fit.

    Raises:
        GitError: the branch exists, or a file in the way would be overwritten.
    """
    git_online(root, "switch", "--quiet", "--no-track", "--create", branch, start)


def follow_branch(root: Path, branch: str, reference: str) -> None:
    """Makes a local branch of one that a remote has, and checks it out.

    Raises:
        GitError: the local branch exists, or a file in the way would be overwritten.
    """
    git_online(root, "switch", "--quiet", "--track=direct", "--create", branch, reference.removeprefix("refs/remotes/"))


def switch(root: Path, branch: str) -> None:
    """Checks a local branch out.

    Raises:
        GitError: it does not exist, or a file in the way would be overwritten.
    """
    if current_branch(root) != branch:
        git_online(root, "switch", "--quiet", "--no-guess", branch)


def forward(root: Path, revision: str) -> bool:
    """Moves the branch that is checked out forward to a commit that holds everything it has; says whether it moved.

    Raises:
        GitError: a changed file is in the way.
    """
    if is_ancestor(root, revision, "HEAD") or not is_ancestor(root, "HEAD", revision):
        return False
    git_online(root, "merge", "--quiet", "--ff-only", revision)
    return True


def merge(root: Path, revision: str, *, settle: Settle | None = None) -> bool:
    """Merges a commit into the branch that is checked out; where the two clash, nothing changes.

    `settle` is asked for the bytes of each file in which both sides changed the same lines; None where it cannot say.

    Raises:
        GitError: something else than a clash is in the way, a changed file for instance, and nothing changes either.
    """
    try:
        git_online(root, "merge", "--quiet", "--ff", "--no-edit", "--no-squash", "--commit", revision)
    except GitError:
        if not conflicts(root):
            raise
        return settle is not None and _conclude(root, settle)
    finally:
        if commit_of(root, "MERGE_HEAD"):
            git_online(root, "merge", "--abort")
    return True


def drop_branch(root: Path, branch: str, commit: str) -> None:
    """Takes away the name of a branch that stands at a commit which another branch holds; at any other it stays.

    Raises:
        GitError: it stands at another commit by now.
    """
    git(root, "update-ref", "-d", f"refs/heads/{branch}", commit)


def merges_cleanly(root: Path, revision: str, base: str) -> bool:
    """Whether a forge, which settles nothing item by item, could merge a commit into another."""
    try:
        git(root, "merge-tree", "--write-tree", "--no-messages", base, revision)
    except NoGitError:
        raise
    except GitError:
        return False
    return True


def adds_nothing(root: Path, revision: str, base: str) -> bool:
    """Whether a merge of a commit into another would change nothing there; one that conflicts would."""
    try:
        merged = git(root, "merge-tree", "--write-tree", "--no-messages", base, revision).decode().strip()
    except NoGitError:
        raise
    except GitError:
        return False
    return merged == git(root, "rev-parse", f"{base}^{{tree}}").decode().strip()


def _conclude(root: Path, settle: Settle) -> bool:
    settled = {path: settle(path) for path in conflicts(root)}
    if None in settled.values():
        return False
    for path, data in settled.items():
        write_bytes(inside(root, path), data or b"")
        git_online(root, "add", "--", f":(literal){path}")
    git_online(root, "commit", "--quiet", "--no-edit")
    return True


def commit_files(root: Path, paths: Sequence[str], message: str) -> None:
    """Commits the given files, new, changed, removed or ignored, and nothing else, whatever else is staged.

    The hooks of whoever typed the command run: what they add of these files is committed, and the clone agrees with that;
    what they add of others is not. Where HEAD has the files as they stand there is no commit.

    Raises:
        GitError: git knows no identity, cannot sign, a hook refuses, or something unfinished is in the way; the files
            stay as they are.
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
                f"{error.message}\n{_HOOK_HELD}",
                fix="settle what it says above, or look at your hooks: `git rev-parse --git-path hooks` says where they are; "
                "then run this again",
                kind=HOOK,
            ) from error
        if setting(root, "commit.gpgsign").lower() in _NO or "failed to write commit object" not in error.message:
            raise
        raise GitError(
            f"{error.message}\ngit is told to sign every commit (commit.gpgsign), and could not",
            fix="mend the signing (git config --show-origin --get-regexp '^(user.signingkey|gpg.*)$' says how it is done), "
            "or do without it in this clone: git config commit.gpgsign false; then run this again",
        ) from error
    if before:
        settle_commit(root, paths, before, staged)


def tree_with(root: Path, paths: Sequence[str]) -> str:
    """The tree that a commit of just the given files would have; nothing is staged or committed.

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
    """Makes a file what HEAD has, in the index and the work tree; whoever asks keeps what it was.

    Raises:
        GitError: HEAD has no such file.
    """
    git_online(root, "restore", "--quiet", "--source=HEAD", "--staged", "--worktree", "--", f":(literal){path}")


def push(root: Path, remote: str, branch: str) -> None:
    """Pushes a branch under its own name, never by force, and remembers where it went; a pre-push hook runs.

    Raises:
        GitError: the remote cannot be reached, or refuses; or a hook does.
    """
    name = f"refs/heads/{branch}"
    stated = ("--quiet", "--no-follow-tags", "--set-upstream", "--end-of-options", remote, f"{name}:{name}")
    try:
        git_with_hooks(root, "push", *stated)
    except GitError as error:
        if error.kind != HOOK:
            raise
        raise GitError(
            f"{error.message}\n{_HOOK_REFUSED}",
            fix="mend what the hook names, or ask whoever wrote it; then run this again",
            kind=HOOK,
            when="once your pre-push hook lets them through",
        ) from error


def is_sparse(root: Path) -> bool:
    """Whether part of the files is kept out of the work tree."""
    return setting(root, "core.sparseCheckout") == "true"


def show_only(root: Path, patterns: Sequence[str]) -> None:
    """Keeps in the work tree only what the patterns (as in `.gitignore`, the last match decides) select.

    Patterns are anchored at the top of the repository.

    Raises:
        GitError: git refuses.
    """
    git_online(_top(root), "sparse-checkout", "set", "--no-cone", *patterns)


def show_everything(root: Path) -> None:
    """Brings every file back into the work tree."""
    git_online(_top(root), "sparse-checkout", "disable")


def _top(root: Path) -> Path:
    return Path(git(root, "rev-parse", "--show-toplevel").decode().removesuffix("\n"))
