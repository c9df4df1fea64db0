"""What beginning and handing in a batch came to: the answers of `assay start` and `assay submit`."""

from dataclasses import dataclass, field
from enum import StrEnum

from assay.model.finding import Finding


class Arrival(StrEnum):
    """How a branch was come by."""

    NEW = "new"
    RESUMED = "resumed"
    UNUSED = "unused"
    FETCHED = "fetched"
    ALREADY = "already"


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The branch that is checked out now and how it was come by.

    `base` names the default branch it was measured against, `unreached` the remotes that did not answer. `unsent` says
    whether answers in the work tree are in no commit yet, `blind` whether peers' votes are kept out of the work tree.
    `notes` say what came into the file from other branches, and what is the matter with it.
    """

    who: str
    task: str
    batch: str
    branch: str
    arrival: Arrival
    base: str
    unreached: tuple[str, ...]
    unsent: bool
    blind: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """One batch of a submission: what changed since the last commit, and how far the whole part is.

    `skips`, `flags` and `guidelines` count the answers by reason, flag and version.
    """

    task: str
    batch: str
    added: int
    changed: int
    removed: int
    asked: int
    done: int
    skips: dict[str, int]
    flags: dict[str, int]
    guidelines: dict[str, int]

    @property
    def name(self) -> str:
        """`task/batch`."""
        return f"{self.task}/{self.batch}"


class RequestState(StrEnum):
    """What became of the pull request."""

    OPENED = "opened"
    OPEN = "open"
    TO_OPEN = "to-open"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """The pull request of a branch: where it is, or the address that opens one; `why` it was not opened by itself."""

    state: RequestState
    url: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What a submission did. With errors among `findings` it did nothing.

    `commit` is empty where nothing was new; `remote` where the project has none or nothing was to be pushed; `merged`
    says that answers from elsewhere came in, `declined` that whoever was asked said no, `others` are changed files that are not mine to hand in.
    """

    who: str
    branch: str = ""
    commit: str = ""
    remote: str = ""
    pushed: bool = False
    merged: bool = False
    refused: bool = False
    declined: bool = False
    batches: tuple[Handed, ...] = ()
    others: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    request: PullRequest = field(default_factory=lambda: PullRequest(state=RequestState.NONE))
