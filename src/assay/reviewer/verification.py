"""`assay guideline verify`: whether a version is approved, judged by the base."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from assay import git, guidelines
from assay.core import ApprovalStatus, held
from assay.errors import UsageError
from assay.project import Project

_AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was judged (a task or `@trust`, and its version), the result, who wrote it, and a note.

    `base` is the commit that a forge's reviews were judged by.
    """

    content: guidelines.Content
    judged: ApprovalStatus
    authors: guidelines.Authorship = field(default_factory=guidelines.Authorship)
    note: str = ""
    base: str = ""

    @property
    def approved(self) -> bool:
        """Whether it is approved."""
        return self.judged.approved


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """The authors that the caller of a command names: logins, and the owner of an e-mail (by e-mail in lower case)."""

    logins: tuple[str, ...]
    addresses: Mapping[str, str]


def statements(authors: tuple[str, ...]) -> Statements:
    """The options `--author LOGIN` and `--author LOGIN=E-MAIL`; a roster id is allowed in place of a login."""
    pairs = [stated.partition("=") for stated in authors]
    return Statements(
        logins=tuple(dict.fromkeys(who for who, _, _ in pairs)),
        addresses={address.strip().lower(): who for who, _, address in pairs if address},
    )


def default_state(project: Project, base: str | None) -> str | None:
    """The trust root's commit: `base`, else where HEAD left the default branch; None before the first commit.

    Raises:
        UsageError: unknown commit, no repository, or a shallow clone, which lacks commits with authors.
        GitError: it has no common history with HEAD.
    """
    if not git.is_repository(project.root):
        raise UsageError("not a git repository, so the authors are unknown", fix="run this in a clone")
    if git.is_shallow(project.root):
        fix = "`git fetch --unshallow`; in CI fetch the whole history (actions/checkout: fetch-depth: 0)"
        raise UsageError("this clone is shallow: it lacks commits, so their authors are unknown", fix=fix)
    start = git.start_of_work(project.root, base)
    if base is not None and start is not None and (head := git.commit_of(project.root, "HEAD")):
        git.fork(git.clone_of(project.root), start, head)
    return start


def verify_records(
    project: Project, task: str, version: str | None = None, base: str | None = None, *, now: str
) -> tuple[Verified, ...]:
    """Judges the record of a version of the task's guideline, and the trust root where it differs from the base's.

    Raises:
        UsageError: unknown task, version or base, or no repository.
        ConfigError: guideline, schema or project file cannot be read.
        SignatureError: a record is signed, and ssh-keygen is missing.
    """
    project.task(task)
    records = record_judge(project, base, now)
    root = guidelines.load_trust(project).content
    changed = records.past is not None and root != records.trust.content
    return (records.version(task, version), *((records.judged(root, uncommitted_trust(project)),) if changed else ()))


def record_judge(project: Project, base: str | None, now: str) -> "RecordJudge":
    """The judge of records by the base.

    Raises:
        UsageError: unknown base, or no repository with the whole history.
        ConfigError: the base's project file is broken.
    """
    revision = default_state(project, base)
    past = guidelines.BranchPast(project=project, tip=revision, tip_stated=base is not None) if revision else None
    return RecordJudge(project=project, past=past, trust=guidelines.trust_at(project, revision), now=now)


def uncommitted_trust(project: Project) -> str:
    """Why the trust root in the work tree has no known author; empty where all of it is committed."""
    changed = sorted(
        path for path in git.changed_paths(project.root, "HEAD") if path.startswith(guidelines.TRUST_PATHS)
    )
    return f"{', '.join(changed)} not committed, so the author is unknown" if changed else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordJudge:
    """Judges records of the work tree by the default branch (None: no commit yet) and its trust root."""

    project: Project
    past: guidelines.BranchPast | None
    trust: guidelines.Trust
    now: str

    def version(self, task: str, version: str | None) -> Verified:
        """A version of a task's guideline; by default the one in the work tree.

        Raises:
            UsageError: unknown version.
        """
        guideline, here = guidelines.load_guideline(self.project, task), guidelines.load_content(self.project, task)
        wanted = version or here.version
        dates = {change.version: change.date for change in guideline.changes}
        if wanted not in guideline.versions:
            known = ", ".join(sorted(guideline.versions))
            raise UsageError(f"unknown version {wanted!r} of the guideline of {task}", fix=f"versions: {known}")
        content = guidelines.content_of_version(here, wanted, dates.get(wanted, ""))
        if not content.digest:
            past = self._past(task).get(wanted)
            content = past[1] if past else content
        return self.judged(content, self.uncommitted(content))

    def judged(self, content: guidelines.Content, uncommitted: str) -> Verified:
        """The work tree's record of the content, by who signed it and by who wrote the content."""
        filed = guidelines.record_in(self.project.snapshot, content)
        if isinstance(filed, ApprovalStatus):
            return Verified(content=content, judged=filed)
        return self.of(filed, content, uncommitted)

    def of(self, filed: guidelines.FiledRecord, content: guidelines.Content, uncommitted: str) -> Verified:
        """A record of the content, by who signed it and by who wrote the content."""
        standing = self.past.standing(filed, content) if self.past else None
        judged = standing.judged if standing else filed.judged(content, self.trust, later=False)
        if not judged.approved:
            return Verified(content=content, judged=judged)
        ahead = datetime.fromisoformat(filed.approval.at) > datetime.fromisoformat(self.now) + _AHEAD
        early = f"the approval has a date in the future: {filed.approval.at}" if ahead else ""
        if problem := early or (content.digest and uncommitted):
            return Verified(content=content, judged=held(problem))
        if standing is None:
            return Verified(content=content, judged=held("nothing is committed, so the author is unknown"))
        if not content.digest:
            note = "the history does not have its text: only the record proves the approval"
            return Verified(content=content, judged=judged, note=note)
        return self._by_another_person(content, filed.approval, standing)

    def authors(self, content: guidelines.Content, record: guidelines.Approval) -> guidelines.Authorship:
        """Who wrote the content, since the last approved version or, of the trust root, since the base."""
        return guidelines.authorship(self._changes(content), self.trust.people, record.addresses, ())

    def uncommitted(self, content: guidelines.Content) -> str:
        """Why the content has no known author; empty where a commit holds it."""
        commit = self._past(content.task).get(content.version)
        known = commit is not None and commit[1].digest == content.digest
        return "" if known else "guideline or schema are not committed, so the author is unknown"

    def _changes(self, content: guidelines.Content) -> tuple[git.Commit, ...]:
        root, tip = self.project.root, self.past.tip if self.past else None
        if content.task == guidelines.TRUST:
            return git.commits(root, "HEAD", since=tip, paths=guidelines.TRUST_PATHS)
        approved = self.past.approved_digests(content) if self.past else {}
        return guidelines.changes_since_approved(root, content, self._past(content.task)[content.version][0], approved)

    def _past(self, task: str) -> dict[str, tuple[str, guidelines.Content]]:
        return guidelines.versions_in_history(self.project.root, task, "HEAD") if self.past else {}

    def _by_another_person(
        self, content: guidelines.Content, record: guidelines.Approval, standing: guidelines.RecordStatus
    ) -> Verified:
        """Held where an approver is an author by any of the states, and where no state knows an author."""
        changes, status = self._changes(content), standing.judged
        known = [guidelines.authorship(changes, trust.people, record.addresses, ()) for trust in standing.trusts]
        strangers = frozenset.intersection(*(one.strangers for one in known))
        claim = guidelines.Claim(by=status.by, way=status.way, approved_at=record.at)
        for trust, one in zip(standing.trusts, known, strict=True):
            judged = guidelines.judge_claims([claim], trust.people, replace(one, strangers=frozenset()))
            if not judged.approved:
                return Verified(content=content, judged=judged, authors=one)
        authors = replace(known[0], strangers=strangers)
        if standing.merged and standing.first:
            return Verified(content=content, judged=status, authors=authors, note=authors.unknown)
        judged = guidelines.judge_claims([claim], standing.trusts[0].people, authors)
        return Verified(content=content, judged=judged, authors=authors)
