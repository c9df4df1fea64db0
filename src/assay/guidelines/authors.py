"""Who wrote a change, by git's history held against the roster."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from assay.errors import ConfigError
from assay.guidelines.approvals import APPROVALS, Approved, Authorship, approval_of, judge_approval, signature_path
from assay.guidelines.digest import Content, content_of, content_paths
from assay.guidelines.persons import named
from assay.guidelines.signatures import seal_of
from assay.guidelines.trust import Trust
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


def changes_since_approved(
    root: Path, content: Content, until: str, base: str | None, trust: Trust
) -> tuple[Commit, ...]:
    """The commits that made the content since the newest earlier version that the base holds a good approval of.

    The approved version begins where its content first stands in the history, so nobody drops out of the authors by
    taking a change back and having it made again. Without an approved version these are all commits that touch it.
    """
    paths = content_paths(content.task)
    past = commits(root, until, since=None, paths=paths)
    approved = _approved_digests(root, content, base, trust) if base else {}
    digests = _digests(root, content.task, [change.id for change in past]) if approved else {}
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
    for commit, content in _contents(root, task, past).items():
        found.setdefault(content.version, (commit, content))
    return found


def approvals_at(root: Path, revision: str, task: str) -> dict[str, bytes]:
    """The records and signatures of a task in a commit, by path."""
    return folder_at(root, revision, f"{APPROVALS}/{task}")


def _addresses(change: Commit) -> set[str]:
    committer = {change.committer} - _FORGE_COMMITTERS
    return {change.author, *committer, *change.co_authors}


def _stated(people: Mapping[str, Annotator], word: str) -> frozenset[str]:
    return frozenset({word} & people.keys()) or (named(people, word) if word else frozenset())


def _approved_digests(root: Path, content: Content, base: str, trust: Trust) -> dict[str, str]:
    """The digests of the earlier versions that the base holds a good approval of, by version."""
    files = approvals_at(root, base, content.task)
    found: dict[str, str] = {}
    for name, data in files.items():
        version = name.rpartition("/")[2].removesuffix(".yaml")
        try:
            record = approval_of(data, name) if name.endswith(".yaml") else None
        except ConfigError:
            continue
        if record is None or record.version != version or "." not in version:
            continue
        if version_of(version) >= version_of(content.version):
            continue
        seal = seal_of(record, data, files.get(signature_path(content.task, version)), trust.signers, trust.people)
        about = Content(task=content.task, version=version)
        if isinstance(judge_approval(record, about, trust.project, trust.people, seal=seal, later=True), Approved):
            found[version] = record.digest
    return found


def _digests(root: Path, task: str, past: list[str]) -> dict[str, str]:
    return {commit: content.digest for commit, content in _contents(root, task, past).items()}


def _contents(root: Path, task: str, past: list[str]) -> dict[str, Content]:
    """The content in each of the commits that has one which can be read."""
    guidelines, schemas = (files_at(root, past, path) for path in content_paths(task))
    found: dict[str, Content] = {}
    for commit in past:
        guideline, schema = guidelines[commit], schemas[commit]
        if guideline is not None and schema is not None:
            try:
                found[commit] = content_of(task, guideline, schema)
            except ConfigError:
                continue
    return found
