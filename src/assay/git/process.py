"""Runs programs, above all git, and turns its failures into errors."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assay.errors import GitError, NoGitError
from assay.git.failures import HOOK, LOCK, FailureKind, failure_of, is_own_hook
from assay.git.git_folder import clear_left, lock_named

_KEPT = frozenset({
    "GIT_ASKPASS", "GIT_AUTHOR_DATE", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_NAME", "GIT_COMMITTER_DATE",
    "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_NAME", "GIT_CONFIG_COUNT", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM", "GIT_EXEC_PATH", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT",
    "GIT_SSL_CAINFO", "GIT_TERMINAL_PROMPT",
})  # fmt: skip
_SETTING = re.compile(r"GIT_CONFIG_(?:KEY|VALUE)_[0-9]+")
_AS_COMMITTED = {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": os.devnull}
_WITHOUT_ADVICE = {"GIT_ADVICE": "0"}
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
_NO_HOOKS = ("-c", "core.hooksPath=/dev/null")
_GIT_SAFE = tuple(
    word
    for setting in (
        "advice.graftFileDeprecated=false", "core.fsmonitor=false", "diff.orderFile=/dev/null", "diff.relative=false",
        "i18n.commitEncoding=UTF-8", "log.follow=false", "log.showRoot=true", "protocol.ext.allow=never",
        "rerere.enabled=false",
    )
    for word in ("-c", setting)
)  # fmt: skip
"""Override any configuration: no program of the repository runs, and git lists, merges and commits in one way."""
_OLDEST_GIT = (2, 39)
_INSTALL = "install git 2.39 or newer"
_MISUSED = 129
_UNWRITTEN = re.compile(
    r"due to empty commit message|(?:couldn't|could not|cannot|unable to|failed to) (?:write|create)"
)
"""Messages of git about an unwritten file, without the reason; a hook may also have emptied a commit message."""
_LITTLE = 65536
"""Bytes: a disk with less free space counts as full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The result of a program: exit code (negative: killed by that signal; None: timeout) and output."""

    code: int | None
    stdout: bytes
    stderr: bytes


def run_program(
    command: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
    seconds: float | None = None,
    given: bytes = b"",
) -> Ended:
    """Runs a program to its end, without a shell, with `given` on standard input.

    Raises:
        NoGitError: it is git, and git is not installed or too old for the command.
    """
    try:
        done = subprocess.run(
            command, cwd=cwd, env=None if environment is None else dict(environment), input=given,
            capture_output=True, timeout=seconds, check=False,
        )  # fmt: skip
    except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
        raise_without_git(command, cwd, error)
        raise
    except subprocess.TimeoutExpired as error:
        return Ended(code=None, stdout=error.stdout or b"", stderr=error.stderr or b"")
    if done.returncode == _MISUSED and command[0] == "git" and not git_is_recent():
        raise NoGitError(f"git {'.'.join(map(str, git_version()))} is too old", fix=_INSTALL)
    return Ended(code=done.returncode, stdout=done.stdout, stderr=done.stderr)


def raise_without_git(command: Sequence[str], cwd: Path, error: OSError) -> None:
    """Raises if a command did not start because git is not installed.

    Raises:
        NoGitError: git is not installed.
    """
    if command[0] == "git" and cwd.is_dir() and not installed("git"):
        raise NoGitError("git is not installed", fix=_INSTALL) from error


def git_version() -> tuple[int, ...]:
    """The version of git.

    Raises:
        NoGitError: git is not installed.
    """
    words = run_program(["git", "version"], cwd=Path("/")).stdout.decode(errors="replace").split()
    return tuple(int(part) for part in "".join(words[2:3]).split(".") if part.isdigit())


def git_is_recent() -> bool:
    """Whether git is new enough for assay."""
    return git_version() >= _OLDEST_GIT


def installed(program: str) -> bool:
    """Whether a program is on the PATH."""
    return shutil.which(program) is not None


def git(root: Path, *arguments: str, given: bytes = b"") -> bytes:
    """The output of git with `given` on standard input, without hooks and helpers of the repository, and offline.

    Git's environment variables for identity, configuration and server access are kept, none that names another repository
    than the one at `root`. No configuration can switch hooks and helpers on. Replacements and grafts are ignored. Missing
    objects of a partial clone are not fetched.

    Raises:
        NoGitError: git is not installed, or too old.
        GitError: it failed.
    """
    return _answer(root, arguments, given, {**git_environment(), "GIT_ALLOW_PROTOCOL": "none"})


def git_online(root: Path, *arguments: str, given: bytes = b"") -> bytes:
    """As `git`, for commands that may contact a server: fetch, push, and those that write the work tree.

    Raises:
        NoGitError: git is not installed, or too old.
        GitError: it failed.
    """
    return _answer(root, arguments, given, git_environment())


def git_beside(root: Path, index: Path, *arguments: str, given: bytes = b"") -> bytes:
    """As `git`, with a separate index, so that the staged changes of the clone stay.

    Raises:
        NoGitError: git is not installed, or too old.
        GitError: it failed.
    """
    return _answer(root, arguments, given, {**git_environment(), "GIT_INDEX_FILE": str(index)})


def git_with_hooks(root: Path, *arguments: str, given: bytes = b"") -> bytes:
    """As `git_online`, with the user's hooks, wherever configured: only for commits and pushes of the user.

    The hooks see `ASSAY_COMMITS`: assay has already checked what it commits.

    Raises:
        NoGitError: git is not installed, or too old.
        GitError: it failed, or a hook did; the message contains the output of the hook.
    """
    return _answer(root, arguments, given, {**git_environment(), "ASSAY_COMMITS": "1"}, hooks=True)


def _answer(
    root: Path, arguments: Sequence[str], given: bytes, environment: Mapping[str, str], *, hooks: bool = False
) -> bytes:
    command = ["git", *_GIT_SAFE, *arguments] if hooks else git_command(*arguments)
    begun = time.time()
    ended = run_program(command, cwd=root, environment=environment, given=given)
    if ended.code:
        if ended.code < 0:
            clear_left(root, begun)
        if ended.code < 0 and not ended.stderr:
            ended = replace(ended, stderr=f"stopped by signal {-ended.code}: {signal.strsignal(-ended.code)}".encode())
        output = ended.stdout + ended.stderr if hooks else ended.stderr  # a pre-push hook may write to either
        complaint = without_credentials(output.decode(errors="replace").strip())
        if _UNWRITTEN.search(complaint) and shutil.disk_usage(root).free < _LITTLE:
            complaint = f"{complaint}\nfatal: No space left on device"
        if hooks and not complaint:
            complaint = "it failed without a message, perhaps because of a hook of yours"
        asked = next((word for word in arguments if not word.startswith("-") and "=" not in word), "")
        if lock := lock_named(root, complaint):
            raise GitError(f"git {asked}: {lock.message}", fix=f"{lock.fix}, then run this again", kind=LOCK)
        failure = failure_of(complaint)
        if hooks and is_own_hook(asked, complaint):
            raise GitError(f"git {asked}: {failure.message}", fix=failure.fix, kind=HOOK)
        fix = failure.fix if failure.kind is FailureKind.OTHER else f"{failure.fix}; then run this again"
        raise GitError(f"git {asked}: {failure.message}", fix=fix, kind=failure.kind, when=failure.when)
    return ended.stdout


def git_command(*arguments: str) -> list[str]:
    """The command line of git, without hooks and helpers of the repository."""
    return ["git", *_NO_HOOKS, *_GIT_SAFE, *arguments]


def git_environment() -> dict[str, str]:
    """The environment of git: names no other repository, and ignores replacements and grafts."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name in _KEPT or _SETTING.fullmatch(name)
    }
    return {**clean, **_AS_COMMITTED, **_WITHOUT_ADVICE, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}


def without_credentials(text: str) -> str:
    """The text without user names and passwords in URLs."""
    return _CREDENTIALS.sub("", text)


def split_nul(listing: bytes) -> list[str]:
    """The entries of NUL-separated output of git."""
    return [path.decode(errors="backslashreplace") for path in listing.split(b"\0") if path]
