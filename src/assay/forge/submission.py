"""What `start`, `submit` and `guideline propose` did, for users who know little git."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from assay.core import Finding
from assay.render import count, findings_text, visible

_LISTED = 5


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
class BatchSubmission:
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

    @property
    def progress(self) -> str:
        """What changed and how much is left, in a line."""
        removed = f", {self.removed:,} removed" if self.removed else ""
        left = self.asked - self.done
        done = f"; {self.done:,} of {self.asked:,} answered, {left:,} left" if self.asked else ""
        return f"{self.name}: {self.added:,} new, {self.changed:,} changed{removed}{done}"


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
    says that answers from another clone were merged, `declined` that the user said no, `others` are changed files that are not the user's to submit.
    """

    who: str
    branch: str = ""
    commit: str = ""
    remote: str = ""
    pushed: bool = False
    merged: bool = False
    refused: bool = False
    declined: bool = False
    batches: tuple[BatchSubmission, ...] = ()
    others: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    request: PullRequest = field(default_factory=lambda: PullRequest(state=RequestState.NONE))


_ARRIVED: Mapping[Arrival, str] = {
    Arrival.NEW: "new branch {branch}, from {base}",
    Arrival.RESUMED: "back on branch {branch}: it has answers of yours that are not merged yet",
    Arrival.UNUSED: "back on branch {branch}: it was made for this batch, and has no answers yet",
    Arrival.FETCHED: "branch {branch} fetched: it has answers of yours that are not merged yet",
    Arrival.ALREADY: "already on branch {branch}",
}
_REQUESTS: Mapping[RequestState, str] = {
    RequestState.OPENED: "pull request opened: {url}",
    RequestState.OPEN: "the pull request is open and updated: {url}",
    RequestState.TO_OPEN: "open the pull request here: {url}",
}


def started_text(started: Started) -> str:
    """Where the annotator is now, and what to type next."""
    lines = [
        f"{started.task}/{started.batch}: {_ARRIVED[started.arrival].format(branch=started.branch, base=started.base)}"
    ]
    lines += started.notes
    if started.unsent:
        lines.append("some of your answers are not submitted yet: `assay submit`")
    if started.blind:
        lines.append("blind: the votes of others, gold and decisions are kept out of these folders")
    return _visible_lines([*lines, f"next: assay annotate {started.task} {started.batch}"])


def submitted_text(submitted: Submitted) -> str:
    """What was submitted and where it is now; or what to fix first."""
    if submitted.refused:
        nothing = "nothing was sent" if submitted.commit or submitted.merged else "nothing was committed or sent"
        return f"{findings_text(submitted.findings)}\n{nothing}: fix this, then `assay submit` again"
    if submitted.declined:
        return f"{submitted.who}: nothing was submitted."
    if not (submitted.commit or submitted.remote):
        return f"{submitted.who}: nothing new to submit."
    merged = "your answers from another clone were merged"
    return _visible_lines(
        [
            *(batch.progress for batch in submitted.batches),
            *([merged] if submitted.merged else []),
            _whereabouts(submitted),
            *_request(submitted.request, submitted.branch),
        ]
    )


def sent_text(sent: Submitted, then: str) -> str:
    """Where the result of a command is now, and what comes next; or what to fix first."""
    if sent.refused:
        return "nothing was committed or sent, and the files are unchanged: fix this, then run the same command again"
    if not sent.branch:
        return "nothing new to send"
    if not sent.remote:
        where = f"kept on branch {sent.branch} here; there is no remote (git remote add origin ADDRESS)"
        return _visible_lines([where, f"next: merge {sent.branch}{f'; {then}' if then else ''}"])
    came = ["the changes of others on the branch were merged"] if sent.merged else []
    asked = f"next: a second person approves the pull request{f'; once it is merged, {then}' if then else ''}"
    return _visible_lines([*came, _whereabouts(sent), *_request(sent.request, sent.branch), asked])


def _visible_lines(lines: Iterable[str]) -> str:
    return "\n".join(map(visible, lines))


def _whereabouts(submitted: Submitted) -> str:
    if submitted.pushed:
        return f"sent to {submitted.remote}, branch {submitted.branch}"
    if submitted.remote:
        return f"{submitted.remote} has everything on branch {submitted.branch} already"
    return f"kept on branch {submitted.branch} here; not sent"


def _request(request: PullRequest, branch: str) -> Iterator[str]:
    if request.state is not RequestState.NONE:
        yield _REQUESTS[request.state].format(url=request.url or "(unknown address)")
    elif request.why:
        yield f"ask for a review of branch {branch}"
    if request.why:
        yield f"  ({request.why})"


def others_text(others: tuple[str, ...]) -> str:
    """The changed files that were not submitted; empty where there are none."""
    if not others:
        return ""
    listed = ", ".join(others[:_LISTED]) + (", …" if len(others) > _LISTED else "")
    return visible(f"not submitted, {count(len(others), 'other changed file')}: {listed}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedVersion:
    """A proposed version of a task's guideline: what it says of itself, and where it is.

    With errors among `findings` (`refused`) nothing was committed, and `draft` names the file that keeps the text, and
    `again` is the command that proposes it once it is fixed.
    `why` says what the version's level rests on; it is empty where the text stated its version itself. `remote` is
    empty where nothing was sent. `batches` are the folders of batches that were committed with it now, `left_behind` earlier
    proposals of the same person on a remote (the remote, and the branch) that cannot be merged.
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


def proposed_text(proposed: ProposedVersion) -> str:
    """Where the proposal is and what to run next; or what to fix first."""
    if proposed.refused:
        kept = f"nothing was committed; the text is kept in {proposed.draft}"
        return "\n".join([findings_text(proposed.findings), kept, visible(f"fix it, then: {proposed.again}")])
    return _visible_lines(_proposed_lines(proposed))


def _proposed_lines(proposed: ProposedVersion) -> Iterator[str]:
    affects = ", ".join(proposed.affects)
    yield f"{proposed.task} {proposed.base_version} to {proposed.version}: {proposed.summary}"
    yield f"affects {affects} (policy: {proposed.policy})" if affects else "affects no label"
    if proposed.why:
        yield f"reason for the version: {proposed.why}"
    yield from (f"with the batch {folder}" for folder in proposed.batches)
    yield f"kept on branch {proposed.branch or '(none)'} in commit {proposed.commit[:10]}"
    if proposed.remote:
        yield f"sent to {proposed.remote}"
        request = proposed.request
        words = {
            RequestState.OPENED: f"pull request opened: {request.url or '(unknown address)'}",
            RequestState.OPEN: f"the pull request is open and updated: {request.url}",
            RequestState.TO_OPEN: f"open the pull request here: {request.url}",
            RequestState.NONE: f"ask for a review of branch {proposed.branch}",
        }
        yield words[request.state]
        if request.why:
            yield f"  ({request.why})"
    else:
        yield f"next: assay guideline propose {proposed.task} --push    pushes it and opens the pull request"
    for remote, branch in proposed.left_behind:
        yield f"{branch} on {remote}, your earlier proposal, cannot be merged: its version is taken"
        yield f"  if {proposed.version} says the same, close its pull request: git push {remote} --delete {branch}"
        yield f"  if not, propose it again: git switch {branch} && assay guideline propose {proposed.task} --push"
