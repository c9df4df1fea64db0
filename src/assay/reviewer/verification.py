"""`assay guideline verify`: is this version approved, judged by what the base says?"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from assay.core import ApprovalStatus, held
from assay.errors import UsageError
from assay.git import (
    Commit,
    changed_paths,
    clone_of,
    commit_of,
    commits,
    fork,
    is_repository,
    is_shallow,
    start_of_work,
)
from assay.guidelines import (
    TRUST,
    TRUST_PATHS,
    Approval,
    Authorship,
    Claim,
    Content,
    Filed,
    Past,
    Standing,
    Trust,
    authorship,
    changes_since_approved,
    content_of_version,
    filed_in,
    judge,
    load_content,
    load_guideline,
    load_trust,
    trust_at,
    versions_in_history,
)
from assay.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was judged (a task or `@trust`, and its version), what came of it, who wrote it, and what else to know.

    `base` is the commit by whose word a forge's reviews were judged.
    """

    content: Content
    judged: ApprovalStatus
    authors: Authorship = field(default_factory=Authorship)
    note: str = ""
    base: str = ""

    @property
    def approved(self) -> bool:
        """Whether it is."""
        return self.judged.approved


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """What whoever runs a command says of authors: logins, and whose an e-mail is (by e-mail in lower case)."""

    logins: tuple[str, ...]
    addresses: Mapping[str, str]


def statements(authors: tuple[str, ...]) -> Statements:
    """The options `--author LOGIN` and `--author LOGIN=E-MAIL`; a roster id stands as well as a login."""
    pairs = [stated.partition("=") for stated in authors]
    return Statements(
        logins=tuple(dict.fromkeys(who for who, _, _ in pairs)),
        addresses={address.strip().lower(): who for who, _, address in pairs if address},
    )


def require_repository(project: Project) -> None:
    """Holds the project against being in git, with all of its history.

    Raises:
        UsageError: it is not, or the clone is shallow: who wrote a part may stand in what it lacks.
    """
    if not is_repository(project.root):
        raise UsageError("this folder is no git repository, so nothing says who wrote what", fix="work in a clone")
    if is_shallow(project.root):
        raise UsageError(
            "this clone is shallow: it lacks the commits that say who wrote what",
            fix="`git fetch --unshallow`; in continuous integration fetch all of it (actions/checkout: fetch-depth: 0)",
        )


def default_state(project: Project, base: str | None) -> str | None:
    """The commit that says whose word counts: `base`, else where HEAD left the default branch; None before the first.

    Raises:
        UsageError: there is no such commit, or `require_repository` refuses.
        GitError: it has nothing in common with HEAD.
    """
    require_repository(project)
    start = start_of_work(project.root, base)
    if base is not None and start is not None and (head := commit_of(project.root, "HEAD")):
        fork(clone_of(project.root), start, head)
    return start


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
    records = record_judge(project, base, now)
    root = load_trust(project).content
    changed = records.past is not None and root != records.trust.content
    return (records.version(task, version), *((records.judged(root, uncommitted_trust(project)),) if changed else ()))


def record_judge(project: Project, base: str | None, now: str) -> "RecordJudge":
    """The judge of records by what the base says.

    Raises:
        UsageError: no such base, or no repository with all of the history.
        ConfigError: the base's project file is broken.
    """
    revision = default_state(project, base)
    past = Past(project=project, tip=revision, told=base is not None) if revision else None
    return RecordJudge(project=project, past=past, trust=trust_at(project, revision), now=now)


def uncommitted_trust(project: Project) -> str:
    """Why the trust root in the work tree has no known author; empty where all of it is committed."""
    open_ = sorted(path for path in changed_paths(project.root, "HEAD") if path.startswith(TRUST_PATHS))
    return f"{', '.join(open_)} not committed, so nothing says who wrote it" if open_ else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordJudge:
    """Judges records of the work tree by the default branch (None: there is no commit yet) and the trust it gives."""

    project: Project
    past: Past | None
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
            raise UsageError(f"the guideline of {task} has no version {wanted!r}", fix=f"versions: {known}")
        content = content_of_version(here, wanted, dates.get(wanted, ""))
        if not content.digest:
            past = self._past(task).get(wanted)
            content = past[1] if past else content
        return self.judged(content, self.uncommitted(content))

    def judged(self, content: Content, uncommitted: str) -> Verified:
        """The work tree's record of the content, by who signed it and by who wrote the content."""
        filed = filed_in(self.project.snapshot, content)
        return (
            Verified(content=content, judged=filed)
            if isinstance(filed, ApprovalStatus)
            else self.of(filed, content, uncommitted)
        )

    def of(self, filed: Filed, content: Content, uncommitted: str) -> Verified:
        """A record of the content, by who signed it and by who wrote the content."""
        standing = self.past.standing(filed, content) if self.past else None
        judged = standing.judged if standing else filed.judged(content, self.trust, later=False)
        if not judged.approved:
            return Verified(content=content, judged=judged)
        if problem := self._to_come(filed.said) or (content.digest and uncommitted):
            return Verified(content=content, judged=held(problem))
        if standing is None:
            return Verified(content=content, judged=held("nothing is committed, so nothing says who wrote it"))
        if not content.digest:
            note = "the history does not hold its text: the record stands for it"
            return Verified(content=content, judged=judged, note=note)
        return self._by_somebody_else(content, filed.said, standing)

    def authors(self, content: Content, record: Approval) -> Authorship:
        """Who wrote the content, since the last approved version or, of the trust root, since the base."""
        return authorship(self._changes(content), self.trust.people, record.addresses, ())

    def uncommitted(self, content: Content) -> str:
        """Why the content has no known author; empty where a commit holds it."""
        commit = self._past(content.task).get(content.version)
        known = commit is not None and commit[1].digest == content.digest
        return "" if known else "guideline or schema are not committed, so nothing says who wrote them"

    def _changes(self, content: Content) -> tuple[Commit, ...]:
        root, tip = self.project.root, self.past.tip if self.past else None
        if content.task == TRUST:
            return commits(root, "HEAD", since=tip, paths=TRUST_PATHS)
        approved = self.past.approved_digests(content) if self.past else {}
        return changes_since_approved(root, content, self._past(content.task)[content.version][0], approved)

    def _past(self, task: str) -> dict[str, tuple[str, Content]]:
        return versions_in_history(self.project.root, task, "HEAD") if self.past else {}

    def _to_come(self, record: Approval) -> str:
        ahead = datetime.fromisoformat(record.at) > datetime.fromisoformat(self.now) + _AHEAD
        return f"the approval is dated {record.at}, which is to come" if ahead else ""

    def _by_somebody_else(self, content: Content, record: Approval, standing: Standing) -> Verified:
        """Held where an approver is an author by what any of the states says, and where an author is unknown to all."""
        changes, status = self._changes(content), standing.judged
        known = [authorship(changes, trust.people, record.addresses, ()) for trust in standing.trusts]
        strangers = frozenset.intersection(*(one.strangers for one in known))
        claim = Claim(by=status.by, way=status.way, given=record.at)
        for trust, one in zip(standing.trusts, known, strict=True):
            judged = judge([claim], trust.people, replace(one, strangers=frozenset()))
            if not judged.approved:
                return Verified(content=content, judged=judged, authors=one)
        authors = replace(known[0], strangers=strangers)
        if standing.merged and standing.first:
            return Verified(content=content, judged=status, authors=authors, note=authors.unknown)
        judged = judge([claim], standing.trusts[0].people, authors)
        return Verified(content=content, judged=judged, authors=authors)
