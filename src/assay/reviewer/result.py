"""The report on a pull request."""

from enum import StrEnum

from msgspec import Struct, to_builtins

from assay.core import Coefficient, Finding, JsonObject, Role, VotesTaken
from assay.guidelines import TaskImpact
from assay.lead import Turned


class ReviewOutcome(StrEnum):
    """Whether a change may be merged: without approval, with one, or not as it is."""

    OK = "ok"
    APPROVAL = "needs approval"
    REFUSED = "refused"


class Risk(StrEnum):
    """How closely a person should review the change."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class FileVerdict(Struct, frozen=True, kw_only=True):
    """The verdict on one changed path: `change` is `added`, `changed` or `removed`, `kind` that of the table."""

    path: str
    change: str
    kind: str
    policy: bool
    outcome: ReviewOutcome
    reasons: tuple[str, ...]


class WaitingPart(Struct, frozen=True, kw_only=True):
    """A part of a change that waits for approval: its kinds of files, and the lowest role that approves them.

    `along` says that it is part of a guideline change.
    """

    role: Role
    kinds: tuple[str, ...]
    along: bool = False


class ChangeVerdict(Struct, frozen=True, kw_only=True):
    """The verdict on the whole change by the base's policy. `reasons` are those of the outcome.

    `drawn` says whether the change was drawn for a review by a person; None: no secret, no draw. `people` are the
    roster ids behind it, `policy_change` says that later changes are judged by it. `waiting` are the parts that need
    approval, `approval` is who still has to give it, or who gave it (`approved_by`, roster ids).
    """

    outcome: ReviewOutcome
    reasons: tuple[str, ...]
    policy_change: bool
    people: tuple[str, ...]
    files: tuple[FileVerdict, ...]
    drawn: bool | None = None
    waiting: tuple[WaitingPart, ...] = ()
    approval: str = ""
    approved_by: tuple[str, ...] = ()


class RecordDiff(Struct, frozen=True, kw_only=True):
    """One record that was added, changed or removed, with the item's text.

    `fields` are (name, before, after) of the answers, `claims` of all else that differs (`at`, `first`, `reason` …), its
    values clipped.
    """

    path: str
    line: int
    kind: str
    change: str
    task: str
    batch: str
    item: str
    who: str
    text: str
    fields: tuple[tuple[str, str, str], ...]
    claims: tuple[tuple[str, str, str], ...] = ()


class Moved(Struct, frozen=True, kw_only=True):
    """Agreement on a field before and after; `batches` says in which batches: `closed` or `open`."""

    task: str
    field: str
    batches: str
    coefficient: str
    before: Coefficient
    after: Coefficient
    units_before: int
    units_after: int


class Dispute(Struct, frozen=True, kw_only=True):
    """An item on which answers differ now and did not before; `answers` are (annotator, value)."""

    task: str
    batch: str
    item: str
    field: str
    text: str
    answers: tuple[tuple[str, str], ...]


class GoldMiss(Struct, frozen=True, kw_only=True):
    """A changed vote that differs from gold."""

    task: str
    item: str
    who: str
    field: str
    gold: str
    given: str


class Author(Struct, frozen=True, kw_only=True):
    """An annotator whose votes change: correct answers to gold of all such answers, and the pace in seconds per answer.

    `seconds` is the median of the changed votes, `usual` that of their other votes in the batches read.
    """

    task: str
    who: str
    votes: int
    gold_right: int
    gold_asked: int
    seconds: float | None
    usual: float | None


class TaskReview(Struct, frozen=True, kw_only=True):
    """What the change does to one task.

    `added`, `changed` and `removed` count records; `shown` are the first of them. `single` are items decided by one
    vote after it and not before, `peeked` items answered while a peer's answer was already in the ancestry.
    """

    task: str
    added: int
    changed: int
    removed: int
    shown: tuple[RecordDiff, ...]
    moved: tuple[Moved, ...]
    disputes: tuple[Dispute, ...]
    single: tuple[str, ...]
    gold: tuple[GoldMiss, ...]
    authors: tuple[Author, ...]
    peeked: tuple[str, ...]


class GuidelineState(Struct, frozen=True, kw_only=True):
    """A guideline or schema that the change edits: what it makes outdated, and whether its version is approved."""

    task: str
    version: str
    approved: bool
    state: str
    impact: TaskImpact | None


class ReviewReport(Struct, frozen=True, kw_only=True):
    """The report on a pull request. `findings` are those that the base lacks, `elsewhere` counts those that both have.

    `roster` is the effect of changed roster entries on votes, by task and annotator; `batches` are those that the
    change closes or reopens.
    """

    base: str
    head: str
    actor: str
    title: str
    branch: str
    verdict: ChangeVerdict
    risk: Risk
    risks: tuple[str, ...]
    findings: tuple[Finding, ...]
    elsewhere: int
    tasks: tuple[TaskReview, ...]
    guidelines: tuple[GuidelineState, ...]
    roster: tuple[VotesTaken, ...] = ()
    batches: tuple[Turned, ...] = ()

    def as_json(self) -> JsonObject:
        """The object that `--format json` prints; a finding's `more` counts those that are not listed."""
        findings = to_builtins(self.findings)
        for plain, found in zip(findings, self.findings, strict=True):
            del plain["rest"]
            plain.update(message=found.full_message, **({"more": found.more} if found.more else {}))
        return {**to_builtins(self, str_keys=True), "findings": findings}


class SentBackFile(Struct, frozen=True, kw_only=True):
    """Answers sent back in one batch, as (item, annotator), and the reviewer's file that records them."""

    path: str
    task: str
    batch: str
    sent: tuple[tuple[str, str], ...]
