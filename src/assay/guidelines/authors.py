"""Who wrote a change and the versions of a guideline, by git's history held against the roster."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from assay.errors import ConfigError
from assay.guidelines.digest import Content, content_of, content_paths
from assay.guidelines.front_matter import guideline_of
from assay.guidelines.identities import Authorship, named
from assay.guidelines.versions import version_of
from assay.model.project import Annotator
from assay.store.git import commit_of, is_repository
from assay.store.history import Commit, commits, files_at

_FORGE_COMMITTERS = frozenset({"noreply@github.com"})


def authorship(
    changes: Iterable[Commit], people: Mapping[str, Annotator], stated: Mapping[str, str], logins: Iterable[str]
) -> Authorship:
    """Authors, committers and co-authors of the commits, and whoever a forge's logins name.

    An e-mail is looked up in the roster, then among the `stated` ones (e-mail in lower case → login or roster id).
    """
    found, others, strangers = set[str](), set[str](), set[str]()
    made = (({change.committer} - _FORGE_COMMITTERS).union({change.author, *change.co_authors}) for change in changes)
    addresses = frozenset[str]().union(*made)
    words = {address: stated.get(address.strip().lower(), "") for address in addresses}
    for name, word in (*words.items(), *((login, login) for login in logins)):
        ids = named(people, name) or frozenset({word} & people.keys()) or (named(people, word) if word else frozenset())
        found |= ids
        if not ids:
            (others if word else strangers).add(word or name)
    return Authorship(people=frozenset(found), others=frozenset(others), strangers=frozenset(strangers))


def changes_since_approved(root: Path, content: Content, until: str, approved: Mapping[str, str]) -> tuple[Commit, ...]:
    """The commits that made the content since the newest of the `approved` earlier versions (digests by version).

    An approved version begins where its content first stands in the history, so nobody drops out of the authors by
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
    read = cache(partial(_content, task))
    found = {commit: read(guidelines[commit], schemas[commit]) for commit in past}
    return {commit: content for commit, content in found.items() if content is not None}


def _content(task: str, guideline: bytes | None, schema: bytes | None) -> Content | None:
    try:
        return content_of(task, guideline, schema) if guideline is not None and schema is not None else None
    except ConfigError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastVersion:
    """A version of a guideline: its text as it last stood, and the commits that brought it, newest first."""

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
        version = _version(texts[commit.id], path)
        if version:
            brought.setdefault(version, []).append(commit)
    return {
        version: PastVersion(version=version, data=texts[made[0].id] or b"", commits=tuple(made))
        for version, made in brought.items()
    }


def _version(data: bytes | None, path: str) -> str:
    try:
        return guideline_of(data, path).version if data is not None else ""
    except ConfigError:
        return ""
