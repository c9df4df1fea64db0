"""`assay guideline verify --reviews` and `record`: approvals by a forge's reviews, kept as a file."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace

from assay import git, guidelines
from assay.clone import WrittenFile, existing_file
from assay.core import FORGE, held
from assay.errors import ConfigError, GitError, RefusedError, UsageError
from assay.files import ABSENT, write_all
from assay.project import Project
from assay.reviewer.verification import Statements, Verified, default_state

_ID = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedCommit:
    """A forge's reviews as JSON, the commit they approve (empty: HEAD), its base, and the authors the caller names."""

    reviews: bytes
    head: str = ""
    base: str | None = None
    said: Statements


def verify_reviews(project: Project, task: str, commit: ReviewedCommit) -> tuple[Verified, ...]:
    """Judges a forge's reviews of a commit, and of the trust root where that commit changes it.

    Raises:
        UsageError: invalid reviews, unknown task or commit, or the head is already in the base.
        ConfigError: guideline, schema or project file of the head or base cannot be read.
    """
    revision = default_state(project, commit.base)
    project.task(task)
    here = git.named_commit(project.root, "HEAD")
    reviewed = git.named_commit(project.root, commit.head or here)
    parts = {path: git.files_at(project.root, [reviewed], path)[reviewed] for path in guidelines.content_paths(task)}
    if missing := [path for path, data in parts.items() if data is None]:
        raise ConfigError(
            f"{', '.join(missing)}: not in commit {reviewed[:12]}", fix="give the commit that was reviewed: --head SHA"
        )
    content = guidelines.content_of(task, *(data or b"" for data in parts.values()))
    since = _base_before(project, content, reviewed, revision or reviewed)
    reviewed_by = _ReviewJudge(
        project=project,
        reviews=guidelines.reviews_of(commit.reviews),
        head=reviewed,
        base=since,
        trust=guidelines.trust_at(project, since),
        said=commit.said,
    )
    verified = replace(reviewed_by.judged(content, guidelines.content_paths(task)), base=since)
    if verified.approved and reviewed == here and verified.content != guidelines.load_content(project, task):
        verified = replace(verified, judged=held("guideline or schema changed since the review"))
    root = guidelines.trust_at(project, reviewed).content
    changed = root != reviewed_by.trust.content
    return (verified, *((reviewed_by.judged(root, guidelines.TRUST_PATHS),) if changed else ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReviewJudge:
    """A forge's reviews of the commit `head`, by the trust root of the commit `base`."""

    project: Project
    reviews: tuple[guidelines.ForgeReview, ...]
    head: str
    base: str
    trust: guidelines.Trust
    said: Statements

    def judged(self, content: guidelines.Content, paths: Iterable[str]) -> Verified:
        """The verdict of the reviews on the content in these paths."""
        changes = git.commits(self.project.root, self.head, since=self.base, paths=tuple(paths))
        people = self.trust.people
        authors = guidelines.authorship(changes, people, self.said.addresses, self.said.logins)
        claims = guidelines.review_claims(self.reviews, self.head, people)
        judged = guidelines.judge_claims(claims, people, authors, self.trust.way)
        return Verified(content=content, judged=judged, authors=authors)


def _base_before(project: Project, content: guidelines.Content, head: str, base: str) -> str:
    """The commit that a head with this content is judged against: the base, or its state before the merge of the head.

    After a rebase or squash, the history does not show the state before it.
    """
    if git.is_ancestor(project.root, head, base):
        earlier = git.before(project.root, head, base)
    else:  # whether the base has had the content since the head left it, and not before
        left = git.merge_base(project.root, head, base)
        since = git.commits(project.root, base, since=left, paths=guidelines.content_paths(content.task))
        ids = [*filter(None, (left, base)), *(commit.id for commit in since)]
        found = guidelines.contents_in(project.root, content.task, ids)
        earlier = None if content in found.values() and found.get(left or "") != content else base
    if earlier is None:
        raise UsageError(
            f"{head[:12] or 'HEAD'} or its content is already in the base, so its change is unknown",
            fix="give the commit of the default branch before it: --base COMMIT",
        )
    return earlier


def record_reviews(project: Project, task: str, commit: ReviewedCommit, *, pull_request: str, now: str) -> WrittenFile:
    """Writes the record of a version that the reviews of a commit approve; a record that says the same stays as it is.

    A commit that is missing here, as its branch was squashed and deleted, is fetched from the shared remote by its id.

    Raises:
        RefusedError: the reviews do not approve it, or the work tree has other content.
        UsageError: as `verify_reviews`; or the version has another record.
        ConfigError: the existing record cannot be read.
    """
    missing = _ID.fullmatch(commit.head) and git.commit_of(project.root, commit.head) is None
    if missing and (remote := git.base_remote(project.root)):
        with suppress(GitError):
            git.fetch_commit(project.root, remote, commit.head)
    verified = verify_reviews(project, task, commit)[0]
    content, judged = verified.content, verified.judged
    if not judged.approved:
        raise RefusedError(f"{task} {content.version} is held: {judged.reason}", fix="have it approved first")
    if guidelines.load_content(project, task) != content:
        raise RefusedError(
            f"{task}: guideline or schema here differ from the commit that was reviewed, {commit.head[:12]}",
            fix="check out the merge of the pull request; changes made in the merge need their own review",
        )
    record = guidelines.Approval(
        project=project.id,
        task=task,
        version=content.version,
        digest=content.digest,
        way=FORGE,
        authors=verified.authors.names,
        addresses=commit.said.addresses,
        approvers=judged.by,
        at=now,
        pull_request=pull_request,
        head=git.named_commit(project.root, commit.head),
        base=verified.base,
    )
    name = guidelines.approval_path(task, content.version)
    there = guidelines.file_in(project.snapshot, name)
    if there is not None:
        if there == guidelines.approval_bytes(replace(record, at=guidelines.approval_of(there, name).at)):
            return existing_file(name)
        fix = "an approval is never overwritten; remove the file first if it is no longer valid"
        raise UsageError(f"{name} already exists, with other content", fix=fix)
    write_all(project.root, {name: guidelines.approval_bytes(record)}, was={name: ABSENT})
    return WrittenFile(path=name)
