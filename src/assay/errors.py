"""What stops a run, and how a run ends.

    AssayError                 anything that stops a run; has a fix
    ├── NoProjectError         there is no assay project here
    ├── ConfigError            a project file (schema, checks, roster, …) is broken
    │   └── NewerError         a file was made by a newer assay
    ├── UsageError             the request cannot be served as asked
    ├── LimitError             a file is over a limit
    ├── MissingExtraError      an optional library is not installed
    ├── ChecksError            the project's own checks could not be run to their end
    ├── GitError               git refused
    │   └── NoGitError         git is not installed, or too old
    ├── SignatureError         ssh-keygen refused or is absent
    └── RefusedError           the verdict does not allow it (exit 1, not 2)

Faults in *labels* are never raised: they are `assay.core.findings.Finding` values.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ends; CI tells bad labels (1) from a bad request (2) from our own bug (3)."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    BUG = 3
    INTERRUPTED = 130


class AssayError(Exception):
    """Stops the run with a message and the fix."""

    exit_code = ExitCode.USAGE

    def __init__(self, message: str, *, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


class NoProjectError(AssayError):
    """There is no `checks/project.yaml` here or above."""


class ConfigError(AssayError):
    """A file of the project (not a label) cannot be used; `message` starts with `path:line`."""


class NewerError(ConfigError):
    """A file has a format number that this assay does not know yet."""


class UsageError(AssayError):
    """The request cannot be served as asked."""


class LimitError(AssayError):
    """A file is larger than assay reads."""


class MissingExtraError(AssayError):
    """A library of an optional extra is not installed."""


class ChecksError(AssayError):
    """The project's own checks could not be run to their end here: what they would say is not known."""


class GitError(AssayError):
    """Git is absent, or refused what was asked of it.

    `kind` says what it met, `when` from when on it is worth while to try again; each is empty where nobody knows.
    """

    def __init__(self, message: str, *, fix: str, kind: str = "", when: str = "") -> None:
        super().__init__(message, fix=fix)
        self.kind = kind
        self.when = when


class NoGitError(GitError):
    """Git is not installed, or too old for what was asked of it: whatever was asked, there is no answer."""


class SignatureError(AssayError):
    """OpenSSH's ssh-keygen is absent, or made no key or signature."""


class RefusedError(AssayError):
    """Served as asked, the request would break a promise: the verdict does not pass."""

    exit_code = ExitCode.FINDINGS
