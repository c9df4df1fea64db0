"""Programs started by assay."""

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
from assay.git.failures import HOOK, LOCK, Kind, failure_of, is_own_hook
from assay.git.git_folder import clear_left, lock_named

_KEPT = frozenset(
    {
        "GIT_ASKPASS",
        "GIT_AUTHOR_DATE",
        "GIT_AUTHOR_EMAIL",
        "GIT_AUTHOR_NAME",
        "GIT_COMMITTER_DATE",
        "GIT_COMMITTER_EMAIL",
        "GIT_COMMITTER_NAME",
        "GIT_CONFIG_COUNT",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_SYSTEM",
        "GIT_EXEC_PATH",
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "GIT_SSH_VARIANT",
        "GIT_SSL_CAINFO",
        "GIT_TERMINAL_PROMPT",
    }
)
_SETTING = re.compile(r"GIT_CONFIG_(?:KEY|VALUE)_[0-9]+")
_AS_COMMITTED = {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": os.devnull}
_WITHOUT_ADVICE = {"GIT_ADVICE": "0"}
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
_NO_HOOKS = ("-c", "core.hooksPath=/dev/null")
_GIT_SAFE = tuple(
    word
    for setting in (
        "advice.graftFileDeprecated=false",
        "core.fsmonitor=false",
        "diff.orderFile=/dev/null",
        "diff.relative=false",
        "i18n.commitEncoding=UTF-8",
        "log.follow=false",
        "log.showRoot=true",
        "protocol.ext.allow=never",
        "rerere.enabled=false",
    )
    for word in ("-c", setting)
)
"""What counts whatever somebody set: no program of the repository's runs, and git answers, merges and commits one way."""
_OLDEST_GIT = (2, 39)
_INSTALL = "install git 2.39 or newer"
_MISUSED = 129
_UNWRITTEN = re.compile(
    r"due to empty commit message|(?:couldn't|could not|cannot|unable to|failed to) (?:write|create)"
)
"""What git says where a file was not written, without the reason; a hook may have emptied the message of a commit, too."""
_LITTLE = 65536
"""Bytes; with fewer left a disk is full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a program ended: its exit code (negative: killed by that signal; None: ran out of time) and what it said."""

    code: int | None
    stdout: bytes
    stderr: bytes


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
    seconds: float | None = None,
    given: bytes = b"",
) -> Ended:
    """Runs a program to its end, without a shell and with nothing but `given` on standard input.

    Raises:
        NoGitError: it is git, and git is not installed, or so old that it does not know what was asked.
    """
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=None if environment is None else dict(environment),
            input=given,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
        raise_without_git(command, cwd, error)
        raise
    except subprocess.TimeoutExpired as error:
        return Ended(code=None, stdout=error.stdout or b"", stderr=error.stderr or b"")
    if done.returncode == _MISUSED and command[0] == "git" and not git_is_recent():
        raise NoGitError(f"git {'.'.join(map(str, git_version()))} is too old", fix=_INSTALL)
    return Ended(code=done.returncode, stdout=done.stdout, stderr=done.stderr)


def raise_without_git(command: Sequence[str], cwd: Path, error: OSError) -> None:
    """Says that git is not installed, where that is why a command did not start.

    Raises:
        NoGitError: it is.
    """
    if command[0] == "git" and cwd.is_dir() and not installed("git"):
        raise NoGitError("git is not installed", fix=_INSTALL) from error


def git_version() -> tuple[int, ...]:
    """The version of git.

    Raises:
        NoGitError: there is none.
    """
    words = run(["git", "version"], cwd=Path("/")).stdout.decode(errors="replace").split()
    return tuple(int(part) for part in "".join(words[2:3]).split(".") if part.isdigit())


def git_is_recent() -> bool:
    """Whether git is as new as assay needs it."""
    return git_version() >= _OLDEST_GIT


def installed(program: str) -> bool:
    """Whether a program is on the path."""
    return shutil.which(program) is not None


def git(root: Path, *arguments: str, given: bytes = b"") -> bytes:
    """What git answers to `given` on standard input, with the repository's hooks and helpers switched off, from here alone.

    Of git's own variables those are kept that say who somebody is, which settings are theirs and how to reach a server;
    none that names another repository than the one at `root`. What is switched off is so whatever those settings say. The history is the one that was committed: replacements and grafts do not count.
    An object that a partial clone lacks is not fetched.

    Raises:
        NoGitError: git is not installed, or too old.
        GitError: it refused.
    """
    return _answer(root, arguments, given, {**git_environment(), "GIT_ALLOW_PROTOCOL": "none"})


def git_online(root: Path, *arguments: str, given: bytes = b"") -> bytes:
    """The same for what may reach a server: fetch, push, and what brings files into the work tree.

    Raises:
        NoGitError: git is not installed, or too old.
        GitError: it refused.
    """
    return _answer(root, arguments, given, git_environment())


def git_beside(root: Path, index: Path, *arguments: str, given: bytes = b"") -> bytes:
    """The same as `git` with an index of its own, so that what is staged in the clone stays as it is.

    Raises:
        NoGitError: git is not installed, or too old.
        GitError: it refused.
    """
    return _answer(root, arguments, given, {**git_environment(), "GIT_INDEX_FILE": str(index)})


def git_with_hooks(root: Path, *arguments: str, given: bytes = b"") -> bytes:
    """The same with the hooks of whoever typed the command, wherever git is told they are: for their commit and push alone.

    The hooks find `ASSAY_COMMITS` set: what assay itself commits it has checked.

    Raises:
        NoGitError: git is not installed, or too old.
        GitError: it refused, or a hook did; what the hook said stands in the message.
    """
    return _answer(root, arguments, given, {**git_environment(), "ASSAY_COMMITS": "1"}, hooks=True)


def _answer(
    root: Path, arguments: Sequence[str], given: bytes, environment: Mapping[str, str], *, hooks: bool = False
) -> bytes:
    command = ["git", *_GIT_SAFE, *arguments] if hooks else git_command(*arguments)
    begun = time.time()
    ended = run(command, cwd=root, environment=environment, given=given)
    if ended.code:
        if ended.code < 0:
            clear_left(root, begun)
        if ended.code < 0 and not ended.stderr:
            ended = replace(ended, stderr=f"stopped by signal {-ended.code}: {signal.strsignal(-ended.code)}".encode())
        said = ended.stdout + ended.stderr if hooks else ended.stderr  # a pre-push hook may say it there
        complaint = without_credentials(said.decode(errors="replace").strip())
        if _UNWRITTEN.search(complaint) and shutil.disk_usage(root).free < _LITTLE:
            complaint = f"{complaint}\nfatal: No space left on device"
        if hooks and not complaint:
            complaint = "it was refused without a word, as a hook of yours may do"
        asked = next((one for one in arguments if not one.startswith("-") and "=" not in one), "")
        if lock := lock_named(root, complaint):
            raise GitError(f"git {asked}: {lock.said}", fix=f"{lock.fix}, then run this again", kind=LOCK)
        failure = failure_of(complaint)
        if hooks and is_own_hook(asked, complaint):
            raise GitError(f"git {asked}: {failure.said}", fix=failure.fix, kind=HOOK)
        fix = failure.fix if failure.kind is Kind.OTHER else f"{failure.fix}; then run this again"
        raise GitError(f"git {asked}: {failure.said}", fix=fix, kind=failure.kind, when=failure.when)
    return ended.stdout


def git_command(*arguments: str) -> list[str]:
    """The command line of git, with the repository's hooks and helpers switched off."""
    return ["git", *_NO_HOOKS, *_GIT_SAFE, *arguments]


def git_environment() -> dict[str, str]:
    """The environment git is given: it names no other repository, and the history is the one that was committed."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name in _KEPT or _SETTING.fullmatch(name)
    }
    return {**clean, **_AS_COMMITTED, **_WITHOUT_ADVICE, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}


def without_credentials(text: str) -> str:
    """The text with user names and passwords taken out of every address in it."""
    return _CREDENTIALS.sub("", text)


def listed(listing: bytes) -> list[str]:
    """The entries of a listing that git ends with zero bytes."""
    return [path.decode(errors="backslashreplace") for path in listing.split(b"\0") if path]
