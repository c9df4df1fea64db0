"""What a proposal to change a guideline came to: the answer of `assay guideline propose`."""

from dataclasses import dataclass, field

from assay.model.finding import Finding
from assay.model.sent import PullRequest, RequestState


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A proposed version of a task's guideline: what it says of itself, and where it is.

    With errors among `findings` (`refused`) nothing was committed, and `draft` names the file that keeps the text, and
    `again` is the command that proposes it once it is mended.
    `why` says what the version's level rests on; it is empty where the text stated its version itself. `remote` is
    empty where nothing was sent. `batches` are the folders of batches that were committed with it now, `left_behind` earlier
    proposals of the same person on a remote (which, and the branch) that nobody can merge any more.
    """

    task: str
    version: str
    base_version: str
    summary: str
    affects: tuple[str, ...]
    policy: str
    why: str = ""
    branch: str = ""
    commit: str = ""
    remote: str = ""
    refused: bool = False
    draft: str = ""
    again: str = ""
    findings: tuple[Finding, ...] = ()
    batches: tuple[str, ...] = ()
    left_behind: tuple[tuple[str, str], ...] = ()
    request: PullRequest = field(default_factory=lambda: PullRequest(state=RequestState.NONE))

    @property
    def title(self) -> str:
        """One line on it, for a commit and a pull request."""
        return f"Guideline {self.task} {self.version}: {' '.join(self.summary.split())}"

    @property
    def body(self) -> str:
        """What labels it affects."""
        if not self.affects:
            return f"{self.base_version} to {self.version}. Affects no label."
        return f"{self.base_version} to {self.version}. Affects {', '.join(self.affects)} (policy: {self.policy})."
