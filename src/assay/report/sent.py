"""What `start` and `submit` did, for somebody who knows little git."""

from collections.abc import Iterable, Iterator, Mapping

from assay.model.sent import Arrival, Handed, PullRequest, RequestState, Started, Submitted
from assay.report.findings import findings_text
from assay.report.plain import count, visible

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
