"""Records of approvals: signed ones, those of a forge's reviews, and what is wrong with them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from assay.core import (
    FORGE,
    SIGNED,
    VERSION_PATTERN,
    Annotator,
    ApprovalStatus,
    Corpus,
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
from assay.guidelines.approval import (
    APPROVALS,
    Approval,
    Claim,
    approval_of,
    approval_path,
    claim_of,
    judge,
    signature_path,
    unread,
)
from assay.guidelines.authors import Authorship, named, same_persons
from assay.guidelines.edits import Content, load_content
from assay.guidelines.front_matter import Guideline, load_guideline
from assay.guidelines.signatures import Trust, file_in, load_trust, signature_status
from assay.project import Project, located

_DECIDING = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_SHAPE = "a list of reviews as `gh api --paginate --slurp repos/OWNER/REPO/pulls/N/reviews` gives it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One review: by whom, in which state, of which commit, when (RFC 3339, UTC)."""

    login: str
    bot: bool
    state: str
    commit: str
    at: str


def reviews_of(data: bytes) -> tuple[Review, ...]:
    """The reviews of a JSON file that decide something: a list of reviews, or a list of such lists, a page each.

    Raises:
        UsageError: it is no such list.
    """
    try:
        value = parse_strict(b" ".join(data.split(b"\n")).strip())
    except JsonFault as fault:
        raise UsageError(f"the reviews are not JSON: {fault.message}", fix=f"give {_SHAPE}") from fault
    pages = value if isinstance(value, list) else [value]
    reviews = [_review(one) for page in pages for one in (page if isinstance(page, list) else [page])]
    deciding = tuple(review for review in reviews if review.state in _DECIDING)
    if not all(_is_moment(review.at) for review in deciding):
        raise UsageError("a review does not say when it was submitted, in UTC to the second", fix=f"give {_SHAPE}")
    return deciding


def review_claims(reviews: Iterable[Review], head: str, people: Mapping[str, Annotator]) -> tuple[Claim, ...]:
    """What the reviews claim of the commit `head`: of each person the last one.

    Of several in one second that is the one that does not approve.
    """
    last: dict[str, Claim] = {}
    for review in sorted(reviews, key=lambda one: (one.at, one.state != "APPROVED")):
        entries = sorted(named(people, review.login)) if review.login else []
        who = entries[0] if len(entries) == 1 and not review.bot else f"@{review.login}"
        last[min(same_persons(people, entries), default=who)] = _claim(who, review, head, people)
    return tuple(last.values())


def _claim(who: str, review: Review, head: str, people: Mapping[str, Annotator]) -> Claim:
    wrong = void = ""
    if review.bot:
        wrong = f"{review.login} is a bot"
    elif who not in people:
        wrong = f"{review.login or 'a deleted account'} is nobody, or more than one, in the roster"
    elif review.state == "DISMISSED":
        void = f"the review of {who} was dismissed"
    elif review.commit != head:
        void = f"{who} approved another commit ({review.commit[:12]}), not {head[:12]}"
    return Claim(by=(who,), way=FORGE, wrong=wrong, void=void, objects=review.state == "CHANGES_REQUESTED")


def _review(value: Json) -> Review:
    fields = value if isinstance(value, dict) else {}
    user = fields.get("user")
    person = user if isinstance(user, dict) else {}
    login = _text(person.get("login", ""))
    return Review(
        login=login,
        bot=person.get("type", "User") != "User" or login.endswith("[bot]"),
        state=_text(fields.get("state")).upper(),
        commit=_text(fields.get("commit_id") or ""),
        at=_text(fields.get("submitted_at") or ""),
    )


def _is_moment(text: str) -> bool:
    try:
        return bool(_MOMENT.fullmatch(text) and datetime.fromisoformat(text))
    except ValueError:
        return False


def _text(value: Json) -> str:
    if not isinstance(value, str) or not value.isascii():
        raise UsageError("a review has no state, commit_id, submitted_at or user", fix=f"give {_SHAPE}")
    return value


UNSTATED = "unstated"
_PLAIN = frozenset({"README.md"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A record: the bytes of its file and of its signature's (None: there is none), and what it says."""

    data: bytes
    signature: bytes | None
    said: Approval

    @property
    def paths(self) -> tuple[str, str]:
        """The paths of record and signature below the project's root."""
        return approval_path(self.said.task, self.said.version), signature_path(self.said.task, self.said.version)

    def judged(self, content: Content, trust: Trust, *, later: bool) -> ApprovalStatus:
        """What the record of a content comes to under `trust`, by what it says itself of authors.

        Raises:
            SignatureError: it is signed, and ssh-keygen is absent.
        """
        people = trust.people
        asked = (self.said, self.data, self.signature, trust.signers, people)
        signature = signature_status(*asked) if self.said.way == SIGNED else None
        claim = claim_of(self.said, content, trust.project, people, signature=signature, later=later)
        return judge([claim], people, Authorship(), trust.way)


def filed_in(snapshot: Snapshot, content: Content) -> Filed | ApprovalStatus:
    """The record of a content that a snapshot holds, or why there is none that can be read."""
    name = approval_path(content.task, content.version)
    try:
        if snapshot.entry(name) is None:
            return held("nobody has approved it: there is no record")
        return filed_at(snapshot, name)
    except ConfigError as error:
        return unread(error)


def filed_at(snapshot: Snapshot, name: str) -> Filed:
    """The record in the file of that name, with the signature beside it.

    Raises:
        ConfigError: one of them cannot be read, or the record is none.
    """
    data = file_in(snapshot, name) or b""
    signature = file_in(snapshot, f"{name.removesuffix('.yaml')}.sig")
    return Filed(data=data, signature=signature, said=approval_of(data, name))


def cited_versions(corpus: Corpus) -> tuple[str, ...]:
    """The guideline versions that current counting annotations were made under, in order."""
    rows = corpus.annotations
    codes = set(rows.guideline.codes[rows.counts & corpus.annotations.current].tolist())
    return tuple(sorted(rows.guideline.values[code] if code >= 0 else UNSTATED for code in codes))


def version_approvals(project: Project, task: str, versions: Iterable[str]) -> dict[str, ApprovalStatus]:
    """Whether each version is approved in the work tree: by record, signature and roster, without git's history.

    Of the version that the guideline has now the content is held against the record; of an earlier one it is not at
    hand, and the record stands for it. Which way counts the rule `approved` says, by the base's word.

    Raises:
        ConfigError: guideline or schema cannot be read.
        SignatureError: a record is signed, and ssh-keygen is absent.
    """
    guideline, trust = load_guideline(project, task), replace(load_trust(project), way=FORGE)
    now = load_content(project, task)
    dates = {change.version: change.date for change in guideline.changes}
    return {
        version: judged_in(project, content_of_version(now, version, dates.get(version, "")), trust, later=True)
        if version in guideline.versions
        else held(f"the guideline has no version {version}")
        for version in versions
    }


def content_of_version(now: Content, version: str, date: str) -> Content:
    """The content now, or what is known of an earlier version."""
    return now if version == now.version else Content(task=now.task, version=version, date=date)


def judged_in(project: Project, content: Content, trust: Trust, *, later: bool) -> ApprovalStatus:
    """What the work tree's record of a version comes to under `trust`."""
    filed = filed_in(project.snapshot, content)
    return filed if isinstance(filed, ApprovalStatus) else filed.judged(content, trust, later=later)


def record_findings(project: Project, task: str, trust: Trust | None = None) -> Iterator[Finding]:
    """What is wrong with the records of a task's approvals, and with their signatures.

    A record counts by what `trust` says of people and keys (None: the project itself), for a version that the guideline
    has; of the version that it has now the content is held against it too.

    Raises:
        ConfigError: guideline or schema cannot be used.
        SignatureError: a record is signed, and ssh-keygen is absent.
    """
    folder = f"{APPROVALS}/{task}"
    names = [name for name in project.snapshot.names(folder) if name not in _PLAIN and not name.startswith(".")]
    if not names:
        return
    records = _Records(project, task, replace(trust or load_trust(project), way=FORGE))
    stems = {name.removesuffix(".yaml") for name in names if name.endswith(".yaml")}
    for name in names:
        stem, _, ending = name.rpartition(".")
        if re.fullmatch(VERSION_PATTERN, stem) is None or ending not in {"yaml", "sig"}:
            message = "a record is called <version>.yaml, its signature <version>.sig"
            yield records.told(Location(path=legible(f"{folder}/{name}")), message)
        elif ending == "yaml":
            yield from records.record(stem, f"{folder}/{name}")
        elif stem not in stems:
            yield records.told(Location(path=f"{folder}/{name}"), "a signature of a record that is not here")


def unsigned_findings(project: Project, task: str) -> Iterator[Finding]:
    """The record of the guideline's version where it has no signature and the project asks for one.

    Raises:
        ConfigError: guideline or schema cannot be used.
    """
    now = load_content(project, task)
    filed = filed_in(project.snapshot, now)
    if isinstance(filed, Filed):
        status = ApprovalStatus(state="approved", by=filed.said.approvers, way=filed.said.way)
        if unsigned := status.under(load_trust(project).way).reason:
            at = Location(path=approval_path(task, now.version))
            yield finding("guideline/approval", at, unsigned, where=Where(task=task))


class _Records:
    """The records of one task, held against its guideline and a trust."""

    def __init__(self, project: Project, task: str, trust: Trust) -> None:
        self.project = project
        self.task = task
        self.trust = trust
        self.guideline: Guideline = load_guideline(project, task)
        self.now: Content = load_content(project, task)

    def record(self, version: str, path: str) -> Iterator[Finding]:
        """What is wrong with the record of a version."""
        try:
            filed = filed_at(self.project.snapshot, path)
        except ConfigError as error:
            yield from (self.told(at, said, error.fix) for at, said in located(error))
            return
        at = Location(path=path)
        if version not in self.guideline.versions:
            yield self.told(at, f"the guideline has no version {version}, so nothing is approved by it")
            return
        dates = {change.version: change.date for change in self.guideline.changes}
        content = content_of_version(self.now, version, dates.get(version, ""))
        if reason := filed.judged(content, self.trust, later=True).reason:
            yield self.told(at, reason)

    def told(self, at: Location, message: str, fix: str = "") -> Finding:
        """A finding about a record."""
        return finding("guideline/approval", at, message, fix=fix, where=Where(task=self.task))
