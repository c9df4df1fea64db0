"""Who wrote a guideline version: names in git, e-mails and handles, looked up in the roster."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assay.core import Annotator, Kind, Role, Status
from assay.errors import ConfigError
from assay.git import Commit, commit_of, commits, files_at, is_repository
from assay.guidelines.edits import Content, content_of, content_paths
from assay.guidelines.front_matter import guideline_of
from assay.guidelines.versions import version_of
from assay.project import login_in

_APPROVING = frozenset({Role.REVIEWER, Role.LEAD})
_FORGE_COMMITTERS = frozenset({"noreply@github.com"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorship:
    """Who wrote what is to be approved.

    `people` are roster ids, `others` those with a known login of a forge who are not in the
    roster, `strangers` e-mails without a known owner.
    """

    people: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    strangers: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """Everybody known, as a record lists them."""
        return (*sorted(self.people), *sorted(self.others))

    @property
    def unknown(self) -> str:
        """The e-mails without a known owner, and the fix; empty where there is none."""
        if not self.strangers:
            return ""
        return (
            f"part of it is by {', '.join(sorted(self.strangers))}, not in the roster; "
            "list the e-mail in the roster, or map it: --author ID=E-MAIL"
        )


def people_named(people: Mapping[str, Annotator], name: str) -> frozenset[str]:
    """The ids of everyone with a login or an e-mail, in any case; a noreply address counts as its login."""
    wanted = _keys(name)
    return frozenset(who for who, one in people.items() if wanted & _known_as(one))


def same_persons(people: Mapping[str, Annotator], ids: Iterable[str]) -> frozenset[str]:
    """The ids, and those of every entry that shares a login or an e-mail with one of them, however far around."""
    found = set(ids)
    known = {who: _known_as(one) for who, one in people.items()}
    reached: set[str] = set()
    while len(reached) < len(found):
        reached = set(found)
        keys = frozenset().union(*(known.get(who, frozenset()) for who in found))
        found |= {who for who, own in known.items() if own & keys}
    return frozenset(found)


def why_not_approver(one: Annotator | None, who: str, *, approved_at: str | None) -> str:
    """Why a person may not approve a guideline; empty where they may.

    `approved_at` is when the approval was given (RFC 3339, UTC), which may be long ago: an approver who is away now
    was not before their `since`. None: the approval is given now.
    """
    if one is None:
        return f"{who} is not in the roster"
    if one.kind is not Kind.PERSON:
        return f"{who} is a {one.kind}, and only a person can approve"
    if one.role not in _APPROVING:
        return f"{who} is {one.role.with_article}, and only a reviewer or a lead can approve"
    if one.status is Status.ACTIVE or (approved_at is not None and approved_at[:10] < one.until):
        return ""
    away = f"{who} {one.status.phrase} in the roster"
    if approved_at is None or not one.away:
        return f"{away}, not active"
    return f"{away} since {one.until}, and approved on {approved_at[:10]}" if one.until else f"{away}, without a date"


def _known_as(one: Annotator) -> frozenset[str]:
    return frozenset().union(*map(_keys, filter(None, (one.handle, *one.emails))))


def _keys(name: str) -> frozenset[str]:
    """The spellings under which two names are one: the name itself and the login of a noreply address."""
    return frozenset(text.strip().lower() for text in (name, login_in(name)) if text.strip())


def authorship(
    changes: Iterable[Commit], people: Mapping[str, Annotator], stated: Mapping[str, str], logins: Iterable[str]
) -> Authorship:
    """Authors, committers and co-authors of the commits, and the owners of a forge's logins.

    An e-mail is looked up in the roster, then among the `stated` ones (e-mail in lower case → login or roster id).
    """
    found, others, strangers = set[str](), set[str](), set[str]()
    made = (({change.committer} - _FORGE_COMMITTERS).union({change.author, *change.co_authors}) for change in changes)
    addresses = frozenset[str]().union(*made)
    words = {address: stated.get(address.strip().lower(), "") for address in addresses}
    for name, word in (*words.items(), *((login, login) for login in logins)):
        ids = people_named(people, name) or frozenset({word} & people.keys())
        ids = ids or (people_named(people, word) if word else frozenset())
        found |= ids
        if not ids:
            (others if word else strangers).add(word or name)
    return Authorship(people=frozenset(found), others=frozenset(others), strangers=frozenset(strangers))


def changes_since_approved(root: Path, content: Content, until: str, approved: Mapping[str, str]) -> tuple[Commit, ...]:
    """The commits that made the content since the newest of the `approved` earlier versions (digests by version).

    An approved version begins where its content first appears in the history, so no one drops out of the authors by
    taking a change back and having it made again. Without an approved version these are all commits that touch it.
    """
    paths = content_paths(content.task)
    past = commits(root, until, since=None, paths=paths)
    found = contents_in(root, content.task, [change.id for change in past]) if approved else {}
    digests = {commit: one.digest for commit, one in found.items()}
    for version in sorted(approved, key=version_of, reverse=True):
        first = next((change.id for change in reversed(past) if digests.get(change.id) == approved[version]), None)
        if first is not None:
            return commits(root, until, since=first, paths=paths)
    return past


def versions_in_history(root: Path, task: str, until: str) -> dict[str, tuple[str, Content]]:
    """By version, the newest commit that states it, with the content it had there.

    Of the version that `until` states this is `until`: a merge may bring together what no commit before it had.
    """
    past = [until, *(change.id for change in commits(root, until, since=None, paths=content_paths(task)))]
    found: dict[str, tuple[str, Content]] = {}
    for commit, content in contents_in(root, task, past).items():
        found.setdefault(content.version, (commit, content))
    return found


def contents_in(root: Path, task: str, past: Sequence[str]) -> dict[str, Content]:
    """The content in each of the commits that has one which can be read."""
    guidelines, schemas = (files_at(root, past, path) for path in content_paths(task))

    @cache
    def read(guideline: bytes | None, schema: bytes | None) -> Content | None:
        try:
            return content_of(task, guideline, schema) if guideline is not None and schema is not None else None
        except ConfigError:
            return None

    found = {commit: read(guidelines[commit], schemas[commit]) for commit in past}
    return {commit: content for commit, content in found.items() if content is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class PastVersion:
    """A version of a guideline: its latest text, and the commits that brought it, newest first."""

    version: str
    data: bytes
    commits: tuple[Commit, ...]

    def authors(self, people: Mapping[str, Annotator]) -> tuple[str, ...]:
        """Who made those commits: roster ids, else e-mails."""
        found = authorship(self.commits, people, {}, ())
        return (*found.names, *sorted(found.strangers))


def past_versions(root: Path, task: str) -> dict[str, PastVersion]:
    """The versions that commits of HEAD hold, newest first; none outside a repository or before the first commit.

    A text that cannot be read as a guideline is passed over.
    """
    path = f"guidelines/{task}.md"
    if not is_repository(root) or commit_of(root, "HEAD") is None:
        return {}
    past = commits(root, "HEAD", since=None, paths=[path])
    texts = files_at(root, [commit.id for commit in past], path)
    brought: dict[str, list[Commit]] = {}
    for commit in past:
        text = texts[commit.id]
        with suppress(ConfigError):
            if text is not None and (version := guideline_of(text, path).version):
                brought.setdefault(version, []).append(commit)
    return {
        version: PastVersion(version=version, data=texts[made[0].id] or b"", commits=tuple(made))
        for version, made in brought.items()
    }
