"""The pull request of a branch: opened with the forge's own tool, or its address."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from msgspec import Struct

from assay import git
from assay.errors import GitError, UsageError
from assay.forge.submission import PullRequest, RequestState

_SCP = re.compile(r"(?:[^@/:\\]+@)?(?P<host>\[[^\]]+\]|[^/:\\]{2,}):(?P<path>[^\\].*)")
_SSH_HOSTS = {
    "ssh.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
    "altssh.bitbucket.org": "bitbucket.org",
}
Say = Callable[[str], None]
_SECONDS = 60.0
_ADDRESS = re.compile(r"https?://[^\s\"'<>]+")
_KEY = "assay.forge"


class ForgeKind(StrEnum):
    """The kinds of forge that assay knows addresses of."""

    GITHUB = "github"
    GITLAB = "gitlab"
    GITEA = "gitea"
    BITBUCKET = "bitbucket"


_HOSTS: Mapping[str, ForgeKind] = {
    "github.com": ForgeKind.GITHUB,
    "ssh.github.com": ForgeKind.GITHUB,
    "gitlab.com": ForgeKind.GITLAB,
    "altssh.gitlab.com": ForgeKind.GITLAB,
    "codeberg.org": ForgeKind.GITEA,
    "gitea.com": ForgeKind.GITEA,
    "bitbucket.org": ForgeKind.BITBUCKET,
    "altssh.bitbucket.org": ForgeKind.BITBUCKET,
}
_FIRST_PARTS: Mapping[str, ForgeKind] = {
    "github": ForgeKind.GITHUB,
    "gitlab": ForgeKind.GITLAB,
    "gitea": ForgeKind.GITEA,
    "forgejo": ForgeKind.GITEA,
    "bitbucket": ForgeKind.BITBUCKET,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A repository on a host: `path` is `owner/name` (groups before it on some forges). No user, no password."""

    host: str
    path: str
    scheme: str = "https"

    @property
    def owner(self) -> str:
        """Whose repository it is."""
        return self.path.rpartition("/")[0]

    @property
    def web(self) -> str:
        """Its page."""
        return f"{self.scheme}://{self.host}/{quote(self.path, safe='/~')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDraft:
    """A branch, where it was pushed to, and the branch of which repository it is proposed for."""

    forge: ForgeKind
    head: Address
    branch: str
    base: Address
    into: str
    title: str
    body: str

    @property
    def from_fork(self) -> bool:
        """Whether the branch is in another repository than the one it is proposed for."""
        return self.head != self.base

    @property
    def head_name(self) -> str:
        """The branch as the base repository knows it: `owner:branch` where it comes from a fork."""
        return f"{self.head.owner}:{self.branch}" if self.from_fork else self.branch


def address_of(url: str) -> Address | None:
    """The repository that a remote's address names; None where it names none on a host (a folder, a bundle).

    The port of an SSH address says nothing of the web and is left out.
    """
    if "://" not in url:
        found = _SCP.fullmatch(url.strip())
        return None if found is None else _address(found["host"], found["path"], "https")
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme in {"http", "https"}:
        return _address(f"{host}:{port}" if port else host, parts.path, parts.scheme)
    if parts.scheme.removeprefix("git+") in {"ssh", "git"}:
        return _address(host, parts.path, "https")
    return None


def forge_of(address: Address, stated: str = "") -> ForgeKind | None:
    """The kind of forge at an address: as stated, else by its host; None where nothing tells."""
    if stated in set(ForgeKind):
        return ForgeKind(stated)
    host = address.host.partition(":")[0]
    return _HOSTS.get(host) or _FIRST_PARTS.get(host.partition(".")[0])


def page_to_open(proposal: RequestDraft) -> str:
    """The page on which the pull request can be opened in a browser."""
    into, branch = quote(proposal.into, safe="/"), quote(proposal.head_name, safe="/:")
    compare = f"{proposal.base.web}/compare/{into}...{branch}"
    match proposal.forge:
        case ForgeKind.GITHUB:
            return f"{compare}?{urlencode({'quick_pull': '1', 'title': proposal.title, 'body': proposal.body})}"
        case ForgeKind.GITLAB:
            wanted = {"source_branch": proposal.branch, "target_branch": proposal.into, "title": proposal.title}
            asked = urlencode({f"merge_request[{key}]": value for key, value in wanted.items()})
            return f"{proposal.head.web}/-/merge_requests/new?{asked}"
        case ForgeKind.GITEA:
            return compare
        case ForgeKind.BITBUCKET:
            target = f"{proposal.base.path}::{proposal.into}" if proposal.from_fork else proposal.into
            return f"{proposal.head.web}/pull-requests/new?{urlencode({'source': proposal.branch, 'dest': target})}"


def _address(host: str, path: str, scheme: str) -> Address | None:
    name = path.strip("/").removesuffix(".git").rstrip("/")
    if not host or "/" not in name:
        return None
    return Address(host=_SSH_HOSTS.get(host.lower(), host.lower()), path=name, scheme=scheme)


class _Seen(Struct, frozen=True):
    state: str = ""
    url: str = ""
    web_url: str = ""


def proposal_of(state: git.GitState, remote: str, branch: str, title: str, body: str) -> RequestDraft | None:
    """What to propose to whom; None where the remote is not on a known forge."""
    shared = state.default
    stated = state.setting(_KEY)
    head = _hosted(state, remote, stated)
    forge = forge_of(head, stated) if head else None
    if head is None or forge is None:
        return None
    base = head if shared.remote == remote else _hosted(state, shared.remote, stated)
    return RequestDraft(
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
        fix = f"{kept}; {again} {error.when or 'once that is settled'}"
        raise UsageError(f"{remote} refused branch {branch}: {error.message}", fix=fix) from error
    except KeyboardInterrupt:
        say(f"{kept}; it is unknown whether {remote} has it: {again}")
        raise


def open_pull_request(state: git.GitState, remote: str, branch: str, title: str, body: str, say: Say) -> PullRequest:
    """Opens the pull request of a branch unless it is open, where its remote is on a forge that assay knows."""
    proposal = proposal_of(state, remote, branch, title, body)
    if proposal is None:
        return PullRequest(state=RequestState.NONE, why=f"{remote} is not on a known forge")
    say("looking for the pull request")
    return open_request(state.root, proposal)


def open_request(root: Path, proposal: RequestDraft) -> PullRequest:
    """Opens the pull request unless it is open; where the tool is missing or fails, the address to open by hand."""
    tool = _tool(proposal)
    by_hand = page_to_open(proposal)
    if tool is None:
        return PullRequest(state=RequestState.TO_OPEN, url=by_hand)
    program, view, create = tool
    if not git.installed(program):
        return PullRequest(state=RequestState.TO_OPEN, url=by_hand, why=f"{program} is not installed")
    if there := _open_one(_asked(root, [program, *view])):
        return PullRequest(state=RequestState.OPEN, url=there)
    made = _asked(root, [program, *create])
    if made is None or made.code != 0:
        if made is None or made.code is None:
            why = (
                f"{program} did not answer within {_SECONDS:.0f} seconds" if made else f"{program} could not be started"
            )
            return PullRequest(state=RequestState.TO_OPEN, url=by_hand, why=why)
        complaint = (made.stderr or made.stdout).decode(errors="replace").strip().splitlines()
        why = git.without_credentials(f"{program}: {complaint[0][:200]}" if complaint else f"{program} failed")
        return PullRequest(state=RequestState.TO_OPEN, url=by_hand, why=why)
    said = _ADDRESS.findall(f"{made.stdout.decode(errors='replace')}\n{made.stderr.decode(errors='replace')}")
    return PullRequest(state=RequestState.OPENED, url=said[-1] if said else "")


def _hosted(state: git.GitState, remote: str, stated: str) -> Address | None:
    """The repository of a remote, by its address as it is written, else as git's own rewriting makes it."""
    found = address_of(state.setting(f"remote.{remote}.pushurl") or state.setting(f"remote.{remote}.url"))
    if found is None or not forge_of(found, stated):
        found = address_of(git.remote_url(state.root, remote))
    return found if found is not None and forge_of(found, stated) else None


def _asked(root: Path, command: Sequence[str]) -> git.Ended | None:
    try:
        return git.run_program(command, cwd=root, seconds=_SECONDS)
    except OSError:
        return None


def _open_one(ended: git.Ended | None) -> str:
    if ended is None or ended.code != 0:
        return ""
    try:
        seen = msgspec.json.decode(ended.stdout, type=_Seen)
    except msgspec.MsgspecError:
        return ""
    return (seen.url or seen.web_url) if seen.state.upper() in {"OPEN", "OPENED"} else ""


def _tool(proposal: RequestDraft) -> tuple[str, list[str], list[str]] | None:
    """The forge's program, and its arguments to show a pull request and to open one; None where it has none."""
    if proposal.forge is ForgeKind.GITHUB:
        repository = ["--repo", f"{proposal.base.host}/{proposal.base.path}"]
        where = [*repository, "--base", proposal.into, "--head", proposal.head_name]
        view = ["pr", "view", proposal.head_name, *repository, "--json", "url,state"]
        return "gh", view, ["pr", "create", *where, "--title", proposal.title, "--body", proposal.body]
    if proposal.forge is ForgeKind.GITLAB:
        repository = ["--repo", proposal.base.web]
        where = [*repository, "--target-branch", proposal.into, "--source-branch", proposal.branch]
        fork = ["--head", proposal.head.path] if proposal.from_fork else []
        text = ["--title", proposal.title, "--description", proposal.body, "--yes"]
        view = ["mr", "view", proposal.branch, *repository, "--output", "json"]
        return "glab", view, ["mr", "create", *where, *fork, *text]
    return None
