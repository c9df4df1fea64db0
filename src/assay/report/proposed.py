"""What became of a proposal to change a guideline, for somebody who knows little git."""

from collections.abc import Iterator

from assay.model.proposed import Proposed
from assay.model.sent import RequestState
from assay.report.findings import findings_text
from assay.report.plain import visible


def proposed_text(proposed: Proposed) -> str:
    """Where the proposal is and what to type next; or what has to be mended first."""
    return "\n".join(_refused(proposed) if proposed.refused else map(visible, _lines(proposed)))


def _refused(proposed: Proposed) -> Iterator[str]:
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
        yield from _request(proposed)
    else:
        yield f"next: assay guideline propose {proposed.task} --push    pushes it and opens the pull request"
    for remote, branch in proposed.left_behind:
        yield f"{branch} on {remote}, an earlier proposal of yours, cannot be merged any more: its version was overtaken"
        yield f"  if {proposed.version} says the same, close its pull request: git push {remote} --delete {branch}"
        yield f"  if not, propose it anew: git switch {branch} && assay guideline propose {proposed.task} --push"


def _request(proposed: Proposed) -> Iterator[str]:
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
