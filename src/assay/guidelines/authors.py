"""Who wrote a change, by git's history held against the roster."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path

from assay.errors import ConfigError
from assay.guidelines.approvals import APPROVALS, Authorship
from assay.guidelines.digest import Content, content_of, content_paths
from assay.guidelines.persons import named
from assay.guidelines.versions import version_of
from assay.model.project import Annotator
from assay.store.history import Commit, commits, files_at, folder_at

_FORGE_COMMITTERS = frozenset({"noreply@github.com"})


def authorship(
    changes: Iterable[Commit], people: Mapping[str, Annotator], stated: Mapping[str, str], logins: Iterable[str]
) -> Authorship:
    """Authors, committers and co-authors of the commits, and whoever a forge's logins name.

    An e-mail is looked up in the roster, then among the `stated` ones (e-mail in lower case → login or roster id).
    """
    found, others, strangers = set[str](), set[str](), set[str]()
    addresses = {address for change in changes for address in _addresses(change)}
    words = {address: stated.get(address.strip().lower(), "") for address in addresses}
    for name, word in (*words.items(), *((login, login) for login in logins)):
        ids = named(people, name) or _stated(people, word)
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


def approvals_at(root: Path, revision: str, task: str) -> dict[str, bytes]:
    """The records and signatures of a task in a commit, by path."""
    return folder_at(root, revision, f"{APPROVALS}/{task}")


def _addresses(change: Commit) -> set[str]:
    committer = {change.committer} - _FORGE_COMMITTERS
    return {change.author, *committer, *change.co_authors}


def _stated(people: Mapping[str, Annotator], word: str) -> frozenset[str]:
    return frozenset({word} & people.keys()) or (named(people, word) if word else frozenset())


def _content(task: str, guideline: bytes | None, schema: bytes | None) -> Content | None:
    try:
        return content_of(task, guideline, schema) if guideline is not None and schema is not None else None
    except ConfigError:
        return None
