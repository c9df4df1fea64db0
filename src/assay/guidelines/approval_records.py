"""Records of approvals: signed ones, those of a forge's reviews, and what is wrong with them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from assay.core import (
    FORGE,
    SIGNED,
    VERSION_PATTERN,
    Annotator,
    ApprovalStatus,
    Finding,
    Json,
    Location,
    Where,
    finding,
    held,
    legible,
)
from assay.errors import ConfigError, UsageError
from assay.files import JsonFault, parse_strict
from assay.git import Snapshot
from assay.guidelines import approval as approvals
from assay.guidelines.authors import Authorship, people_named, same_persons
from assay.guidelines.edits import Content, load_content
from assay.guidelines.front_matter import Guideline, load_guideline
from assay.guidelines.signatures import Trust, file_in, load_trust, signature_status
from assay.project import Project, located

if TYPE_CHECKING:
    from assay.core import Corpus

_DECIDING = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_SHAPE = "the output of `gh api --paginate --slurp repos/OWNER/REPO/pulls/N/reviews`"
UNSTATED = "unstated"
_PLAIN = frozenset({"README.md"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeReview:
    """One review: by whom, in which state, of which commit, when (RFC 3339, UTC)."""

    login: str
    bot: bool
    state: str
    commit: str
    at: str


def reviews_of(data: bytes) -> tuple[ForgeReview, ...]:
    """The reviews of a JSON file that decide something: a list of reviews, or a list of such lists, a page each.

    Raises:
        UsageError: it is not such a list.
    """
    try:
        value = parse_strict(b" ".join(data.split(b"\n")).strip())
    except JsonFault as fault:
        raise UsageError(f"the reviews are not JSON: {fault.message}", fix=f"give {_SHAPE}") from fault
    pages = value if isinstance(value, list) else [value]
    reviews = [_review(one) for page in pages for one in (page if isinstance(page, list) else [page])]
    deciding = tuple(review for review in reviews if review.state in _DECIDING)
    try:
        dated = all(_MOMENT.fullmatch(review.at) and datetime.fromisoformat(review.at) for review in deciding)
    except ValueError:
        dated = False
    if not dated:
        raise UsageError("a review has no valid submitted_at (UTC, to the second)", fix=f"give {_SHAPE}")
    return deciding


def review_claims(
    reviews: Iterable[ForgeReview], head: str, people: Mapping[str, Annotator]
) -> tuple[approvals.Claim, ...]:
    """What the reviews claim of the commit `head`: of each person the last one.

    Of several in one second that is the one that does not approve.
    """
    last: dict[str, approvals.Claim] = {}
    for review in sorted(reviews, key=lambda one: (one.at, one.state != "APPROVED")):
        entries = sorted(people_named(people, review.login)) if review.login else []
        who = entries[0] if len(entries) == 1 and not review.bot else f"@{review.login}"
        wrong = void = ""
        if review.bot:
            wrong = f"{review.login} is a bot"
        elif who not in people:
            wrong = f"{review.login or 'a deleted account'} matches no one, or more than one person, in the roster"
        elif review.state == "DISMISSED":
            void = f"the review of {who} was dismissed"
        elif review.commit != head:
            void = f"{who} approved another commit ({review.commit[:12]}), not {head[:12]}"
        last[min(same_persons(people, entries), default=who)] = approvals.Claim(
            by=(who,), way=FORGE, wrong=wrong, void=void, objects=review.state == "CHANGES_REQUESTED"
        )
    return tuple(last.values())


def _review(value: Json) -> ForgeReview:
    fields = value if isinstance(value, dict) else {}
    user = fields.get("user")
    person = user if isinstance(user, dict) else {}
    login = _text(person.get("login", ""))
    return ForgeReview(
        login=login,
        bot=person.get("type", "User") != "User" or login.endswith("[bot]"),
        state=_text(fields.get("state")).upper(),
        commit=_text(fields.get("commit_id") or ""),
        at=_text(fields.get("submitted_at") or ""),
    )


def _text(value: Json) -> str:
    if not isinstance(value, str) or not value.isascii():
        raise UsageError("a review has no state, commit_id, submitted_at or user", fix=f"give {_SHAPE}")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledRecord:
    """A record: the bytes of its file and of its signature's (None: there is none), and what it says."""

    data: bytes
    signature: bytes | None
    approval: approvals.Approval

    @property
    def paths(self) -> tuple[str, str]:
        """The paths of record and signature below the project's root."""
        place = (self.approval.task, self.approval.version)
        return approvals.approval_path(*place), approvals.signature_path(*place)

    def judged(self, content: Content, trust: Trust, *, later: bool) -> ApprovalStatus:
        """What the record of a content comes to under `trust`, by what it says itself of authors.

        Raises:
            SignatureError: it is signed, and ssh-keygen is absent.
        """
        people = trust.people
        asked = (self.approval, self.data, self.signature, trust.signers, people)
        signature = signature_status(*asked) if self.approval.way == SIGNED else None
        claim = approvals.claim_of(self.approval, content, trust.project, people, signature=signature, later=later)
        return approvals.judge_claims([claim], people, Authorship(), trust.way)


def record_in(snapshot: Snapshot, content: Content) -> FiledRecord | ApprovalStatus:
    """The record of a content that a snapshot holds, or why there is none that can be read."""
    name = approvals.approval_path(content.task, content.version)
    try:
        if snapshot.entry(name) is None:
            return held("there is no approval record")
        return record_at(snapshot, name)
    except ConfigError as error:
        return approvals.unread(error)


def record_at(snapshot: Snapshot, name: str) -> FiledRecord:
    """The record in the file of that name, with the signature beside it.

    Raises:
        ConfigError: one of them cannot be read, or the record is none.
    """
    data = file_in(snapshot, name) or b""
    signature = file_in(snapshot, f"{name.removesuffix('.yaml')}.sig")
    return FiledRecord(data=data, signature=signature, approval=approvals.approval_of(data, name))


def cited_versions(corpus: "Corpus") -> tuple[str, ...]:
    """The guideline versions that current counting annotations were made under, in order."""
    rows = corpus.annotations
    codes = set(rows.guideline.codes[rows.counts & corpus.annotations.current].tolist())
    return tuple(sorted(rows.guideline.values[code] if code >= 0 else UNSTATED for code in codes))


def version_approvals(project: Project, task: str, versions: Iterable[str]) -> dict[str, ApprovalStatus]:
    """Whether each version is approved in the work tree: by record, signature and roster, without git's history.

    The content of the current version is compared with the record; the content of an earlier one is not
    at hand, and the record is trusted. The rule `approved` decides which way counts, by the base's policy.

    Raises:
        ConfigError: guideline or schema cannot be read.
        SignatureError: a record is signed, and ssh-keygen is absent.
    """
    guideline, trust = load_guideline(project, task), replace(load_trust(project), way=FORGE)
    now = load_content(project, task)
    dates = {change.version: change.date for change in guideline.changes}
    return {
        version: record_status(project, content_of_version(now, version, dates.get(version, "")), trust, later=True)
        if version in guideline.versions
        else held(f"the guideline has no version {version}")
        for version in versions
    }


def content_of_version(now: Content, version: str, date: str) -> Content:
    """The content now, or what is known of an earlier version."""
    return now if version == now.version else Content(task=now.task, version=version, date=date)


def record_status(project: Project, content: Content, trust: Trust, *, later: bool) -> ApprovalStatus:
    """What the work tree's record of a version comes to under `trust`."""
    filed = record_in(project.snapshot, content)
    return filed if isinstance(filed, ApprovalStatus) else filed.judged(content, trust, later=later)


def record_findings(project: Project, task: str, trust: Trust | None = None) -> Iterator[Finding]:
    """What is wrong with the records of a task's approvals, and with their signatures.

    A record counts by what `trust` says of people and keys (None: the project itself), for a version that the guideline
    has; the content of the current version is compared with its record too.

    Raises:
        ConfigError: guideline or schema cannot be used.
        SignatureError: a record is signed, and ssh-keygen is absent.
    """
    folder = f"{approvals.APPROVALS}/{task}"
    names = [name for name in project.snapshot.names(folder) if name not in _PLAIN and not name.startswith(".")]
    if not names:
        return
    records = _Records(project, task, replace(trust or load_trust(project), way=FORGE))
    stems = {name.removesuffix(".yaml") for name in names if name.endswith(".yaml")}
    for name in names:
        stem, _, ending = name.rpartition(".")
        if re.fullmatch(VERSION_PATTERN, stem) is None or ending not in {"yaml", "sig"}:
            message = "the file name of a record must be <version>.yaml, of its signature <version>.sig"
            yield records.fault(Location(path=legible(f"{folder}/{name}")), message)
        elif ending == "yaml":
            yield from records.record(stem, f"{folder}/{name}")
        elif stem not in stems:
            yield records.fault(Location(path=f"{folder}/{name}"), "a signature without its record")


def unsigned_findings(project: Project, task: str) -> Iterator[Finding]:
    """The record of the guideline's version where it has no signature and the project asks for one.

    Raises:
        ConfigError: guideline or schema cannot be used.
    """
    now = load_content(project, task)
    filed = record_in(project.snapshot, now)
    if isinstance(filed, FiledRecord):
        status = ApprovalStatus(state="approved", by=filed.approval.approvers, way=filed.approval.way)
        if unsigned := status.under(load_trust(project).way).reason:
            at = Location(path=approvals.approval_path(task, now.version))
            yield finding("guideline/approval", at, unsigned, where=Where(task=task))


class _Records:
    """The records of one task, checked against its guideline and a trust."""

    def __init__(self, project: Project, task: str, trust: Trust) -> None:
        self.project = project
        self.task = task
        self.trust = trust
        self.guideline: Guideline = load_guideline(project, task)
        self.now: Content = load_content(project, task)

    def record(self, version: str, path: str) -> Iterator[Finding]:
        """What is wrong with the record of a version."""
        try:
            filed = record_at(self.project.snapshot, path)
        except ConfigError as error:
            yield from (self.fault(at, said, error.fix) for at, said in located(error))
            return
        at = Location(path=path)
        if version not in self.guideline.versions:
            yield self.fault(at, f"the guideline has no version {version}, so the record approves nothing")
            return
        dates = {change.version: change.date for change in self.guideline.changes}
        content = content_of_version(self.now, version, dates.get(version, ""))
        if reason := filed.judged(content, self.trust, later=True).reason:
            yield self.fault(at, reason)

    def fault(self, at: Location, message: str, fix: str = "") -> Finding:
        """A finding about a record."""
        return finding("guideline/approval", at, message, fix=fix, where=Where(task=self.task))
