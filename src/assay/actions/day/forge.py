"""Addresses of remotes, and where on a forge a pull request is opened."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlencode, urlsplit

_SCP = re.compile(r"(?:[^@/:\\]+@)?(?P<host>\[[^\]]+\]|[^/:\\]{2,}):(?P<path>[^\\].*)")


class Forge(StrEnum):
    """The kinds of forge that assay knows addresses of."""

    GITHUB = "github"
    GITLAB = "gitlab"
    GITEA = "gitea"
    BITBUCKET = "bitbucket"


_HOSTS: Mapping[str, Forge] = {
    "github.com": Forge.GITHUB,
    "ssh.github.com": Forge.GITHUB,
    "gitlab.com": Forge.GITLAB,
    "altssh.gitlab.com": Forge.GITLAB,
    "codeberg.org": Forge.GITEA,
    "gitea.com": Forge.GITEA,
    "bitbucket.org": Forge.BITBUCKET,
    "altssh.bitbucket.org": Forge.BITBUCKET,
}
_FIRST_PARTS: Mapping[str, Forge] = {
    "github": Forge.GITHUB,
    "gitlab": Forge.GITLAB,
    "gitea": Forge.GITEA,
    "forgejo": Forge.GITEA,
    "bitbucket": Forge.BITBUCKET,
}
_SSH_HOSTS = {
    "ssh.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
    "altssh.bitbucket.org": "bitbucket.org",
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
class Proposal:
    """A branch, where it was pushed to, and the branch of which repository it is proposed for."""

    forge: Forge
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


def forge_of(address: Address, stated: str = "") -> Forge | None:
    """The kind of forge at an address: as stated, else by its host; None where nothing tells."""
    if stated in set(Forge):
        return Forge(stated)
    host = address.host.partition(":")[0]
    return _HOSTS.get(host) or _FIRST_PARTS.get(host.partition(".")[0])


def page_to_open(proposal: Proposal) -> str:
    """The page on which the pull request can be opened in a browser."""
    return _PAGES[proposal.forge](proposal)


def _address(host: str, path: str, scheme: str) -> Address | None:
    name = path.strip("/").removesuffix(".git").rstrip("/")
    if not host or "/" not in name:
        return None
    return Address(host=_SSH_HOSTS.get(host.lower(), host.lower()), path=name, scheme=scheme)


def _github(proposal: Proposal) -> str:
    return f"{_compare(proposal)}?{urlencode({'quick_pull': '1', 'title': proposal.title, 'body': proposal.body})}"


def _gitlab(proposal: Proposal) -> str:
    wanted = {"source_branch": proposal.branch, "target_branch": proposal.into, "title": proposal.title}
    asked = urlencode({f"merge_request[{key}]": value for key, value in wanted.items()})
    return f"{proposal.head.web}/-/merge_requests/new?{asked}"


def _gitea(proposal: Proposal) -> str:
    return _compare(proposal)


def _bitbucket(proposal: Proposal) -> str:
    into = f"{proposal.base.path}::{proposal.into}" if proposal.from_fork else proposal.into
    return f"{proposal.head.web}/pull-requests/new?{urlencode({'source': proposal.branch, 'dest': into})}"


def _compare(proposal: Proposal) -> str:
    into, branch = quote(proposal.into, safe="/"), quote(proposal.head_name, safe="/:")
    return f"{proposal.base.web}/compare/{into}...{branch}"


_PAGES: Mapping[Forge, Callable[[Proposal], str]] = {
    Forge.GITHUB: _github,
    Forge.GITLAB: _gitlab,
    Forge.GITEA: _gitea,
    Forge.BITBUCKET: _bitbucket,
}
