"""`assay guideline verify`: is this version approved, judged by what the base says and not by the change itself?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from assay.actions.guideline_verified import Verified, require_repository, strangers, unless_strangers
from assay.errors import UsageError
from assay.git.base import start_of_work
from assay.guidelines.approvals import (
    SIGNED,
    Approval,
    Approved,
    Authorship,
    Held,
    approval_path,
    approver_is_author,
)
from assay.guidelines.approved import content_of_version, judged_in
from assay.guidelines.authors import authorship, changes_since_approved, versions_in_history
from assay.guidelines.digest import Content, load_content
from assay.guidelines.front_matter import load_guideline
from assay.guidelines.trust import TRUST, TRUST_PATHS, Trust, file_in, load_trust, trust_at
from assay.project import Project
from assay.store.git import changed_paths
from assay.store.history import Commit, commits, files_at

_AHEAD = timedelta(minutes=5)


def verify(
    project: Project, task: str, version: str | None = None, base: str | None = None, *, now: str
) -> tuple[Verified, ...]:
    """Judges the record of a version of the task's guideline, and the trust root where it differs from the base's.

    Raises:
        UsageError: no such task, version or base, or no repository.
        ConfigError: guideline, schema or project file cannot be read.
        SignatureError: a record is signed, and ssh-keygen is absent.
    """
    project.task(task)
    judge = record_judge(project, base, now)
    root = load_trust(project).content
    changed = judge.base is not None and root != judge.trust.content
    return (judge.version(task, version), *((judge.judged(root, uncommitted_trust(project)),) if changed else ()))


def record_judge(project: Project, base: str | None, now: str) -> "RecordJudge":
    """The judge of records by what the base says.

    Raises:
        UsageError: no such base, or no repository.
        ConfigError: the base's project file is broken.
    """
    require_repository(project)
    revision = start_of_work(project.root, base)
    return RecordJudge(project=project, base=revision, trust=trust_at(project, revision), now=now)


def uncommitted_trust(project: Project) -> str:
    """Why the trust root in the work tree has no known author; empty where all of it is committed."""
    open_ = sorted(path for path in changed_paths(project.root, "HEAD") if path.startswith(TRUST_PATHS))
    return f"{', '.join(open_)} not committed, so nothing says who wrote it" if open_ else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordJudge:
    """Judges records of the work tree by the trust that a base commit (None: there is no commit yet) gives."""

    project: Project
    base: str | None
    trust: Trust
    now: str

    def version(self, task: str, version: str | None) -> Verified:
        """A version of a task's guideline; the one in the work tree where none is named.

        Raises:
            UsageError: the guideline has no such version.
        """
        guideline, here = load_guideline(self.project, task), load_content(self.project, task)
        wanted = version or here.version
        dates = {change.version: change.date for change in guideline.changes}
        if wanted not in guideline.versions:
            known = ", ".join(sorted(guideline.versions))
            raise UsageError(f"the guideline of {task} has no version {wanted!r}", hint=f"versions: {known}")
        content = content_of_version(here, wanted, dates.get(wanted, ""))
        if not content.digest:
            past = self._past(task).get(wanted)
            content = past[1] if past else content
        return self.judged(content, self.uncommitted(content))

    def judged(self, content: Content, uncommitted: str) -> Verified:
        """The content by its record, by who signed that, and by who wrote the content."""
        judged, record = judged_in(self.project, content, self.trust, later=False)
        if record is None or isinstance(judged, Held):
            return Verified(content=content, judged=judged)
        if problem := self._problem(record) or (content.digest and uncommitted):
            return Verified(content=content, judged=Held(reason=problem))
        if not content.digest:
            note = "the history does not hold its text: the record stands for it"
            return Verified(content=content, judged=judged, note=note)
        return self._by_somebody_else(content, record, judged, self.authors(content, record))

    def authors(self, content: Content, record: Approval) -> Authorship:
        """Who wrote the content, since the last approved version or, of the trust root, since the base."""
        return authorship(self._changes(content), self.trust.people, record.addresses, ())

    def uncommitted(self, content: Content) -> str:
        """Why the content has no known author; empty where a commit holds it."""
        commit = self._past(content.task).get(content.version)
        known = commit is not None and commit[1].digest == content.digest
        return "" if known else "guideline or schema are not committed, so nothing says who wrote them"

    def _changes(self, content: Content) -> tuple[Commit, ...]:
        if content.task == TRUST:
            return commits(self.project.root, "HEAD", since=self.base, paths=TRUST_PATHS)
        until = self._past(content.task)[content.version][0]
        return changes_since_approved(self.project.root, content, until, self.base, self.trust)

    def _past(self, task: str) -> dict[str, tuple[str, Content]]:
        return versions_in_history(self.project.root, task, "HEAD") if self.base else {}

    def _problem(self, record: Approval) -> str:
        if self.trust.way == SIGNED and record.way != SIGNED:
            return "the project asks for a signature (approval: signed), and the record has none"
        ahead = datetime.fromisoformat(record.at) > datetime.fromisoformat(self.now) + _AHEAD
        return f"the approval is dated {record.at}, which is to come" if ahead else ""

    def _by_somebody_else(self, content: Content, record: Approval, judged: Approved, authors: Authorship) -> Verified:
        """Held where an approver is an author, and where an author is unknown and the base does not hold the record."""
        if own := approver_is_author(record.approvers, authors, self.trust.people):
            return Verified(content=content, judged=Held(reason=own), authors=authors)
        if authors.strangers and self._in_base(content):
            return Verified(content=content, judged=judged, authors=authors, note=strangers(authors))
        return Verified(content=content, judged=unless_strangers(judged, authors), authors=authors)

    def _in_base(self, content: Content) -> bool:
        name = approval_path(content.task, content.version)
        stood = files_at(self.project.root, [self.base], name)[self.base] if self.base else None
        return stood is not None and stood == file_in(self.project.snapshot, name)
