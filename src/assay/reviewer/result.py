"""What a reviewer is told of a pull request."""

from enum import StrEnum

from msgspec import Struct, to_builtins

from assay.core import Coefficient, Finding, JsonObject, Role, VotesTaken
from assay.guidelines import TaskImpact
from assay.lead import Turned


class Outcome(StrEnum):
    """May it be merged: without anybody, when somebody approves, or not as it is."""

    OK = "ok"
    APPROVAL = "needs approval"
    REFUSED = "refused"


class Risk(StrEnum):
    """How closely a person should look."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class FileVerdict(Struct, frozen=True, kw_only=True):
    """One changed path: `change` is `added`, `changed` or `removed`, `kind` that of the table, and what holds of it."""

    path: str
    change: str
    kind: str
    policy: bool
    outcome: Outcome
    reasons: tuple[str, ...]


class Waiting(Struct, frozen=True, kw_only=True):
    """A part of a change that waits: its kinds of files, and the role that at least approves them.

    `along` says that it belongs to a guideline that changes with it.
    """

    role: Role
    kinds: tuple[str, ...]
    along: bool = False


class ChangeVerdict(Struct, frozen=True, kw_only=True):
    """The whole change by the base's policy. `reasons` are those of the outcome; `drawn`: by lot, for a human look.

    `drawn` is None where there is no secret to draw by. `people` are the roster ids behind it, `policy_change` says
    that it changes what others are judged by. `waiting` are the parts that somebody approves, `approval` is who still has
    to, or who did (`approved_by`, roster ids: the forge's reviews suffice).
    """

    outcome: Outcome
    reasons: tuple[str, ...]
    policy_change: bool
    people: tuple[str, ...]
    files: tuple[FileVerdict, ...]
    drawn: bool | None = None
    waiting: tuple[Waiting, ...] = ()
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
    """Agreement on a field before and after; `rounds` are the `closed` ones or the `open` ones."""

    task: str
    field: str
    rounds: str
    coefficient: str
    before: Coefficient
    after: Coefficient
    units_before: int
    units_after: int


class Dispute(Struct, frozen=True, kw_only=True):
    """An item on which answers differ now and did not before: who says what."""

    task: str
    batch: str
    item: str
    field: str
    text: str
    answers: tuple[tuple[str, str], ...]


class GoldMiss(Struct, frozen=True, kw_only=True):
    """A changed vote that says something else than gold."""

    task: str
    item: str
    who: str
    field: str
    gold: str
    given: str


class Author(Struct, frozen=True, kw_only=True):
    """An annotator whose votes change: gold answered rightly out of all asked, and their pace in seconds an answer.

    `seconds` is the median of the changed votes, `usual` that of everything else of theirs in the rounds read.
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

    `added`, `changed` and `removed` count records; `shown` holds the first of them. `single` are items decided by one
    vote after it and not before, `peeked` items answered with a peer's answer in the ancestry already.
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


class Review(Struct, frozen=True, kw_only=True):
    """The report on a pull request. `findings` are those that the base does not have, `elsewhere` counts those that both have.

    `roster` is what changed roster entries do to votes, by task and annotator; `batches` are those that the change closes
    or opens again.
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
        """The object that `--format json` prints; findings that are counted in another are its `more`."""
        plain: JsonObject = to_builtins(self, str_keys=True)
        plain["findings"] = [_plain(found) for found in self.findings]
        return plain


def _plain(found: Finding) -> JsonObject:
    plain: JsonObject = {**to_builtins(found), "message": found.told}
    del plain["rest"]
    return {**plain, "more": found.more} if found.more else plain


class SentBackFile(Struct, frozen=True, kw_only=True):
    """Answers sent back in one round: (item, annotator) each, and the reviewer's file that says so."""

    path: str
    task: str
    batch: str
    sent: tuple[tuple[str, str], ...]
