"""`assay guideline verify --reviews`: do a forge's reviews approve this commit, judged by what the base says?"""

from collections.abc import Iterable
from dataclasses import dataclass

from assay.actions.guideline_verified import Statements, Verified, require_repository, unless_strangers
from assay.errors import ConfigError, UsageError
from assay.git.base import named_commit, start_of_work
from assay.guidelines.approvals import FORGE, Held, Judged
from assay.guidelines.authors import authorship
from assay.guidelines.digest import Content, content_of, content_paths, load_content
from assay.guidelines.reviews import Review, judge_reviews, reviews_of
from assay.guidelines.trust import TRUST_PATHS, Trust, trust_at
from assay.project import Project
from assay.store.git import is_ancestor
from assay.store.history import before, commits, files_at


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
    require_repository(project)
    project.task(task)
    here = named_commit(project.root, "HEAD")
    reviewed = named_commit(project.root, given.head or here)
    since = _base_before(project, reviewed, given.base)
    judge = _ReviewJudge(
        project=project,
        reviews=reviews_of(given.reviews),
        head=reviewed,
        base=since,
        trust=trust_at(project, since),
        said=given.said,
    )
    verified = judge.judged(_content_at(project, task, reviewed), content_paths(task))
    if verified.approved and reviewed == here and verified.content != load_content(project, task):
        reason = "what is here is not what was reviewed: guideline or schema changed since"
        verified = Verified(content=verified.content, judged=Held(reason=reason), authors=verified.authors)
    root = trust_at(project, reviewed).content
    return (verified, *(() if root == judge.trust.content else (judge.judged(root, TRUST_PATHS),)))


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
        if self.trust.way != FORGE:
            reason = f"the project asks for a signature (approval: {self.trust.way}), not for a review"
            return Verified(content=content, judged=Held(reason=reason), authors=authors)
        judged: Judged = judge_reviews(self.reviews, self.head, self.trust.people, authors)
        return Verified(content=content, judged=unless_strangers(judged, authors), authors=authors)


def _base_before(project: Project, head: str, base: str | None) -> str:
    """The commit that a head is judged against: the base, or what that was before a merge took the head in."""
    revision = start_of_work(project.root, base) or head
    if not is_ancestor(project.root, head, revision):
        return revision
    earlier = before(project.root, head, revision)
    if earlier is None:
        raise UsageError(
            f"{head[:12] or 'HEAD'} is in the base already, so nothing says what it changed",
            hint="say what the default branch was before it: --base REV",
        )
    return earlier


def _content_at(project: Project, task: str, commit: str) -> Content:
    found = [(path, files_at(project.root, [commit], path)[commit]) for path in content_paths(task)]
    if missing := [path for path, data in found if data is None]:
        raise ConfigError(
            f"{', '.join(missing)}: not in commit {commit[:12]}", hint="give the commit that was reviewed: --head SHA"
        )
    guideline, schema = (data or b"" for _, data in found)
    return content_of(task, guideline, schema)
