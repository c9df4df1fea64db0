"""What `start`, `submit` and `guideline propose` did, for somebody who knows little git."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from assay.core import Finding
from assay.render import count, findings_text, visible


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


_ARRIVED: Mapping[Arrival, str] = {
    Arrival.NEW: "new branch {branch}, from {base}",
    Arrival.RESUMED: "back on branch {branch}: it has answers of yours that are not merged yet",
    Arrival.UNUSED: "back on branch {branch}: it was made for this batch, and has no answers yet",
    Arrival.FETCHED: "branch {branch} fetched: it has answers of yours that are not merged yet",
    Arrival.ALREADY: "already on branch {branch}",
}
_REQUESTS: Mapping[RequestState, str] = {
    RequestState.OPENED: "pull request opened: {url}",
    RequestState.OPEN: "the pull request is open and has this now: {url}",
    RequestState.TO_OPEN: "open the pull request here: {url}",
}

_LISTED = 5


def started_text(started: Started) -> str:
    """Where the annotator is now, and what to type next."""
    lines = [
        f"{started.task}/{started.batch}: {_ARRIVED[started.arrival].format(branch=started.branch, base=started.base)}"
    ]
    lines += started.notes
    if started.unsent:
        lines.append("some answers of yours are not handed in yet: `assay submit`")
    if started.blind:
        lines.append("blind: the votes of others, gold and decisions are kept out of these folders")
    return _visible_lines([*lines, f"next: assay annotate {started.task} {started.batch}"])


def submitted_text(submitted: Submitted) -> str:
    """What was handed in and where it is now; or what has to be mended first."""
    if submitted.refused:
        return "\n".join(_refused(submitted))
    if submitted.declined:
        return f"{submitted.who}: nothing was handed in."
    if not (submitted.commit or submitted.remote):
        return f"{submitted.who}: nothing new to hand in."
    return _visible_lines(_handed_in(submitted))


def sent_text(sent: Submitted, then: str) -> str:
    """Where what a command wrote is now, and what comes next; or what has to be mended first."""
    if sent.refused:
        return "nothing was committed or sent, and the files stay as they are: mend this, then type the same again"
    if not sent.branch:
        return "nothing new to send"
    if not sent.remote:
        where = f"kept on branch {sent.branch} here; there is no remote to send it to (git remote add origin ADDRESS)"
        return _visible_lines([where, f"next: merge {sent.branch}{f'; {then}' if then else ''}"])
    came = ["what others brought to the branch came in"] if sent.merged else []
    asked = f"next: a second person approves the pull request{f'; once it is merged, {then}' if then else ''}"
    return _visible_lines([*came, _whereabouts(sent), *_request(sent.request, sent.branch), asked])


def _visible_lines(lines: Iterable[str]) -> str:
    return "\n".join(map(visible, lines))


def _refused(submitted: Submitted) -> Iterator[str]:
    yield findings_text(submitted.findings)
    stands = "nothing was sent" if submitted.commit or submitted.merged else "nothing was committed or sent"
    yield f"{stands}: mend this, then `assay submit` again"


def _handed_in(submitted: Submitted) -> Iterator[str]:
    yield from map(_batch, submitted.batches)
    if submitted.merged:
        yield "answers of yours from another place came in, and are kept together with these"
    yield _whereabouts(submitted)
    yield from _request(submitted.request, submitted.branch)


def _batch(one: Handed) -> str:
    gone = f", {one.removed:,} taken back" if one.removed else ""
    progress = f"; {one.done:,} of {one.asked:,} answered, {one.asked - one.done:,} left" if one.asked else ""
    return f"{one.name}: {one.added:,} new, {one.changed:,} changed{gone}{progress}"


def _whereabouts(submitted: Submitted) -> str:
    if submitted.pushed:
        return f"sent to {submitted.remote}, branch {submitted.branch}"
    if submitted.remote:
        return f"{submitted.remote} has everything on branch {submitted.branch} already"
    return f"kept on branch {submitted.branch} here; not sent"


def _request(request: PullRequest, branch: str) -> Iterator[str]:
    if request.state is not RequestState.NONE:
        yield _REQUESTS[request.state].format(url=request.url or "(its address was not said)")
    elif request.why:
        yield f"ask for a review of branch {branch}"
    if request.why:
        yield f"  ({request.why})"


def others_text(others: tuple[str, ...]) -> str:
    """The changed files that were not handed in; empty where there are none."""
    if not others:
        return ""
    listed = ", ".join(others[:_LISTED]) + (", …" if len(others) > _LISTED else "")
    return visible(f"not handed in, {count(len(others), 'other changed file')}: {listed}")


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


def proposed_text(proposed: Proposed) -> str:
    """Where the proposal is and what to type next; or what has to be mended first."""
    return "\n".join(_refused_proposed(proposed) if proposed.refused else map(visible, _lines(proposed)))


def _refused_proposed(proposed: Proposed) -> Iterator[str]:
    yield findings_text(proposed.findings)
    yield f"nothing was committed; the text is kept in {proposed.draft}"
    yield visible(f"mend it, then: {proposed.again}")


def _lines(proposed: Proposed) -> Iterator[str]:
    affects = ", ".join(proposed.affects)
    yield f"{proposed.task} {proposed.base_version} to {proposed.version}: {proposed.summary}"
    yield f"affects {affects} (policy: {proposed.policy})" if affects else "affects no label"
    if proposed.why:
        yield f"the version rests on this: {proposed.why}"
    yield from (f"with the batch {folder}" for folder in proposed.batches)
    yield f"kept on branch {proposed.branch or '(none)'} in commit {proposed.commit[:10]}"
    if proposed.remote:
        yield f"sent to {proposed.remote}"
        yield from _request_proposed(proposed)
    else:
        yield f"next: assay guideline propose {proposed.task} --push    pushes it and opens the pull request"
    for remote, branch in proposed.left_behind:
        yield f"{branch} on {remote}, an earlier proposal of yours, cannot be merged any more: its version was overtaken"
        yield f"  if {proposed.version} says the same, close its pull request: git push {remote} --delete {branch}"
        yield f"  if not, propose it anew: git switch {branch} && assay guideline propose {proposed.task} --push"


def _request_proposed(proposed: Proposed) -> Iterator[str]:
    request = proposed.request
    words = {
        RequestState.OPENED: f"pull request opened: {request.url or '(its address was not said)'}",
        RequestState.OPEN: f"the pull request is open and has it now: {request.url}",
        RequestState.TO_OPEN: f"open the pull request here: {request.url}",
        RequestState.NONE: f"ask for a review of branch {proposed.branch}",
    }
    yield words[request.state]
    if request.why:
        yield f"  ({request.why})"
