"""`assay guideline verify --reviews` and `record`: what a forge's reviews approve, kept as a file."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from assay.clone import Written, found
from assay.core import FORGE, held
from assay.errors import ConfigError, GitError, RefusedError, UsageError
from assay.files import ABSENT, write_all
from assay.git import (
    base_remote,
    before,
    commit_of,
    commits,
    fetch_commit,
    files_at,
    is_ancestor,
    merge_base,
    named_commit,
)
from assay.guidelines import (
    TRUST_PATHS,
    Approval,
    Content,
    Review,
    Trust,
    approval_bytes,
    approval_of,
    approval_path,
    authorship,
    content_of,
    content_paths,
    contents_in,
    file_in,
    judge,
    load_content,
    review_claims,
    reviews_of,
    trust_at,
)
from assay.project import Project
from assay.reviewer.verification import Statements, Verified, default_state


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A forge's reviews as JSON, the commit they are to approve (empty: HEAD), its base, and what is said of authors."""

    reviews: bytes
    head: str = ""
    base: str | None = None
    said: Statements


def verify_reviews(project: Project, task: str, given: Reviewed) -> tuple[Verified, ...]:
    """Judges a forge's reviews of a commit, and of the trust root where that commit changes it.

    Raises:
        UsageError: the reviews are none, there is no such task or commit, or the head is in the base already.
        ConfigError: guideline, schema or project file of the head or base cannot be read.
    """
    revision = default_state(project, given.base)
    project.task(task)
    here = named_commit(project.root, "HEAD")
    reviewed = named_commit(project.root, given.head or here)
    content = _content_at(project, task, reviewed)
    since = _base_before(project, content, reviewed, revision or reviewed)
    reviewed_by = _ReviewJudge(
        project=project,
        reviews=reviews_of(given.reviews),
        head=reviewed,
        base=since,
        trust=trust_at(project, since),
        said=given.said,
    )
    verified = replace(reviewed_by.judged(content, content_paths(task)), base=since)
    if verified.approved and reviewed == here and verified.content != load_content(project, task):
        reason = "what is here is not what was reviewed: guideline or schema changed since"
        verified = replace(verified, judged=held(reason))
    root = trust_at(project, reviewed).content
    return (verified, *(() if root == reviewed_by.trust.content else (reviewed_by.judged(root, TRUST_PATHS),)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReviewJudge:
    """A forge's reviews of the commit `head`, by the trust that the commit `base` gives."""

    project: Project
    reviews: tuple[Review, ...]
    head: str
    base: str
    trust: Trust
    said: Statements

    def judged(self, content: Content, paths: Iterable[str]) -> Verified:
        """What the reviews come to for the content in these paths."""
        changes = commits(self.project.root, self.head, since=self.base, paths=tuple(paths))
        authors = authorship(changes, self.trust.people, self.said.addresses, self.said.logins)
        people = self.trust.people
        claims = review_claims(self.reviews, self.head, people)
        return Verified(content=content, judged=judge(claims, people, authors, self.trust.way), authors=authors)


def _base_before(project: Project, content: Content, head: str, base: str) -> str:
    """The commit that a head with this content is judged against: the base, or what that was before it took it in.

    Of the commits of a rebase and of a squash nothing in the history says what was before the first of them.
    """
    if is_ancestor(project.root, head, base):
        earlier = before(project.root, head, base)
    else:
        earlier = None if _took_in(project, content, head, base) else base
    if earlier is None:
        raise UsageError(
            f"{head[:12] or 'HEAD'} or what it holds is in the base already, so nothing says what it changed",
            fix="say what the default branch was before it: --base COMMIT",
        )
    return earlier


def _took_in(project: Project, content: Content, head: str, base: str) -> bool:
    """Whether the base has or had a content since the head left it that it did not have there."""
    left = merge_base(project.root, head, base)
    since = commits(project.root, base, since=left, paths=content_paths(content.task))
    found = contents_in(project.root, content.task, [one for one in (left, base) if one] + [one.id for one in since])
    stood = found.get(left or "")
    return content in found.values() and stood != content


def _content_at(project: Project, task: str, commit: str) -> Content:
    found = [(path, files_at(project.root, [commit], path)[commit]) for path in content_paths(task)]
    if missing := [path for path, data in found if data is None]:
        raise ConfigError(
            f"{', '.join(missing)}: not in commit {commit[:12]}", fix="give the commit that was reviewed: --head SHA"
        )
    guideline, schema = (data or b"" for _, data in found)
    return content_of(task, guideline, schema)


_ID = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


def record_reviews(
    project: Project,
    task: str,
    given: Reviewed,
    *,
    pull_request: str,
    now: str,
) -> Written:
    """Writes the record of a version that the reviews of a commit approve; one that says so already stays as it is.

    A commit that is not here, for its branch was squashed and is gone, is asked of the shared remote by its id.

    Raises:
        RefusedError: they do not, or what is here is not what was reviewed.
        UsageError: as `verify_reviews`; or the version has another record.
        ConfigError: it has one that cannot be read.
    """
    _fetch(project.root, given.head)
    verified = verify_reviews(project, task, given)[0]
    content, judged = verified.content, verified.judged
    if not judged.approved:
        raise RefusedError(f"{task} {content.version} is held: {judged.reason}", fix="have it approved first")
    if load_content(project, task) != content:
        raise RefusedError(
            f"{task}: what is here is not what was reviewed in {given.head[:12]}",
            fix="check out what the pull request was merged to; what was changed on the way needs a review of its own",
        )
    record = Approval(
        project=project.id,
        task=task,
        version=content.version,
        digest=content.digest,
        way=FORGE,
        authors=verified.authors.names,
        addresses=given.said.addresses,
        approvers=judged.by,
        at=now,
        pull_request=pull_request,
        head=named_commit(project.root, given.head),
        base=verified.base,
    )
    name = approval_path(task, content.version)
    there = file_in(project.snapshot, name)
    if there is not None and there == approval_bytes(replace(record, at=approval_of(there, name).at)):
        return found(name)
    if there is not None:
        raise UsageError(
            f"{name} stands there already, and says something else",
            fix="an approval is kept; remove it first if it does not hold any more",
        )
    write_all(project.root, {name: approval_bytes(record)}, was={name: ABSENT})
    return Written(path=name)


def _fetch(root: Path, head: str) -> None:
    if _ID.fullmatch(head) and commit_of(root, head) is None and (remote := base_remote(root)):
        with suppress(GitError):
            fetch_commit(root, remote, head)
