"""The pull request of a branch: opened with the forge's own tool where there is one, else its address."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from assay.actions.day.forge import Address, Forge, Proposal, address_of, forge_of, page_to_open
from assay.errors import GitError, UsageError
from assay.model.sent import PullRequest, RequestState
from assay.store.git import remote_url
from assay.store.git_state import GitState
from assay.store.process import Ended, installed, run, without_credentials

Say = Callable[[str], None]
_SECONDS = 60.0
_ADDRESS = re.compile(r"https?://[^\s\"'<>]+")
_KEY = "assay.forge"


class _Seen(Struct, frozen=True):
    """What a tool says of a pull request."""

    state: str = ""
    url: str = ""
    web_url: str = ""


def proposal_of(state: GitState, remote: str, branch: str, title: str, body: str) -> Proposal | None:
    """What to propose to whom; None where the remote is on no forge that assay knows."""
    shared = state.default
    stated = state.setting(_KEY)
    head = _hosted(state, remote, stated)
    forge = forge_of(head, stated) if head else None
    if head is None or forge is None:
        return None
    base = head if shared.remote == remote else _hosted(state, shared.remote, stated)
    return Proposal(
        forge=forge,
        head=head,
        branch=branch,
        base=base if base is not None and base.host == head.host else head,
        into=shared.name,
        title=title,
        body=body,
    )


def reach(remote: str, branch: str, step: Callable[[], bool | None], *, kept: str, again: str, say: Say) -> bool | None:
    """Takes a step that reaches a remote; where it fails or is interrupted, `kept` says what stays here, `again` what goes on.

    Raises:
        UsageError: the remote cannot be reached, or refuses.
    """
    try:
        return step()
    except GitError as error:
        raise UsageError(
            f"{remote} did not take branch {branch}: {error.message}",
            hint=f"{kept}; {again} {error.when or 'once that is settled'}",
        ) from error
    except KeyboardInterrupt:
        say(f"{kept}; whether {remote} has it is not certain: {again}")
        raise


def propose(state: GitState, remote: str, branch: str, title: str, body: str, say: Say) -> PullRequest:
    """Opens the pull request of a branch unless it is open, where its remote is on a forge that assay knows."""
    proposal = proposal_of(state, remote, branch, title, body)
    if proposal is None:
        return PullRequest(state=RequestState.NONE, why=f"{remote} is on no forge that assay knows")
    say("looking for the pull request")
    return open_request(state.root, proposal)


def open_request(root: Path, proposal: Proposal) -> PullRequest:
    """Opens the pull request unless it is open; where the tool is missing or fails, the address to open by hand."""
    tool = _TOOLS.get(proposal.forge)
    by_hand = page_to_open(proposal)
    if tool is None:
        return PullRequest(state=RequestState.TO_OPEN, url=by_hand)
    program, view, create = tool
    if not installed(program):
        return PullRequest(state=RequestState.TO_OPEN, url=by_hand, why=f"{program} is not installed")
    if there := _open_one(_asked(root, [program, *view(proposal)])):
        return PullRequest(state=RequestState.OPEN, url=there)
    made = _asked(root, [program, *create(proposal)])
    if made is None or made.code != 0:
        return PullRequest(state=RequestState.TO_OPEN, url=by_hand, why=_complaint(program, made))
    said = _ADDRESS.findall(f"{made.stdout.decode(errors='replace')}\n{made.stderr.decode(errors='replace')}")
    return PullRequest(state=RequestState.OPENED, url=said[-1] if said else "")


def _hosted(state: GitState, remote: str, stated: str) -> Address | None:
    """The repository of a remote, by its address as it is written, else as git's own rewriting makes it."""
    written = state.setting(f"remote.{remote}.pushurl") or state.setting(f"remote.{remote}.url")
    found = address_of(written)
    if found is None or not forge_of(found, stated):
        found = address_of(remote_url(state.root, remote))
    return found if found is not None and forge_of(found, stated) else None


def _asked(root: Path, command: Sequence[str]) -> Ended | None:
    try:
        return run(command, cwd=root, seconds=_SECONDS)
    except OSError:
        return None


def _open_one(ended: Ended | None) -> str:
    """The address of the pull request that a tool saw, if it is open."""
    if ended is None or ended.code != 0:
        return ""
    try:
        seen = msgspec.json.decode(ended.stdout, type=_Seen)
    except msgspec.MsgspecError:
        return ""
    is_open = seen.state.upper() in {"OPEN", "OPENED"}
    return (seen.url or seen.web_url) if is_open else ""


def _complaint(program: str, ended: Ended | None) -> str:
    if ended is None:
        return f"{program} could not be started"
    if ended.code is None:
        return f"{program} did not answer within {_SECONDS:.0f} seconds"
    said = (ended.stderr or ended.stdout).decode(errors="replace").strip().splitlines()
    return without_credentials(f"{program}: {said[0][:200]}" if said else f"{program} failed")


def _gh_view(proposal: Proposal) -> list[str]:
    return ["pr", "view", proposal.head_name, "--repo", _repository(proposal), "--json", "url,state"]


def _gh_create(proposal: Proposal) -> list[str]:
    where = ["--repo", _repository(proposal), "--base", proposal.into, "--head", proposal.head_name]
    return ["pr", "create", *where, "--title", proposal.title, "--body", proposal.body]


def _glab_view(proposal: Proposal) -> list[str]:
    return ["mr", "view", proposal.branch, "--repo", proposal.base.web, "--output", "json"]


def _glab_create(proposal: Proposal) -> list[str]:
    where = ["--repo", proposal.base.web, "--target-branch", proposal.into, "--source-branch", proposal.branch]
    fork = ["--head", proposal.head.path] if proposal.from_fork else []
    return ["mr", "create", *where, *fork, "--title", proposal.title, "--description", proposal.body, "--yes"]


def _repository(proposal: Proposal) -> str:
    return f"{proposal.base.host}/{proposal.base.path}"


_Arguments = Callable[[Proposal], list[str]]
_TOOLS: Mapping[Forge, tuple[str, _Arguments, _Arguments]] = {
    Forge.GITHUB: ("gh", _gh_view, _gh_create),
    Forge.GITLAB: ("glab", _glab_view, _glab_create),
}
