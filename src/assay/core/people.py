"""The people and the batches of a project."""

from dataclasses import dataclass, field
from enum import StrEnum

from msgspec import Struct

from assay.core.values import JsonObject


class Kind(StrEnum):
    """Who labels."""

    PERSON = "person"
    MODEL = "model"


class Role(StrEnum):
    """What a person may do."""

    ANNOTATOR = "annotator"
    REVIEWER = "reviewer"
    LEAD = "lead"

    @property
    def said(self) -> str:
        """What it makes of somebody: `an annotator`, `a lead`."""
        return f"an {self}" if self is Role.ANNOTATOR else f"a {self}"


class Status(StrEnum):
    """Whether an annotator's votes count: of the `active` all, of the `paused` and `left` those made before `since`."""

    ACTIVE = "active"
    TRAINEE = "trainee"
    PAUSED = "paused"
    LEFT = "left"
    EXCLUDED = "excluded"

    @property
    def said(self) -> str:
        """What it says of somebody, as `is paused` or `is marked as left`."""
        told = {Status.TRAINEE: "is a trainee", Status.LEFT: "is marked as left"}
        return told.get(self, f"is {self.value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotator:
    """A roster entry. `id` is `@source/annotator` where it was imported, `since` an ISO date (empty: none)."""

    id: str
    kind: Kind = Kind.PERSON
    role: Role = Role.ANNOTATOR
    status: Status = Status.ACTIVE
    since: str = ""
    handle: str = ""
    emails: tuple[str, ...] = ()
    groups: JsonObject = field(default_factory=dict)
    qualified: tuple[str, ...] | None = None

    @property
    def away(self) -> bool:
        """Whether they take part no more, or not for now; what they did before `since` stays."""
        return self.status in {Status.PAUSED, Status.LEFT}

    @property
    def counts(self) -> bool:
        """Whether votes of this annotator enter agreement and consensus; of somebody away those made before `until`."""
        return self.kind is Kind.PERSON and (self.status is Status.ACTIVE or (self.away and bool(self.since)))

    @property
    def until(self) -> str:
        """The day from whose start, in UTC, on nothing of theirs counts; empty where no day ends it."""
        return self.since if self.away else ""


class Purpose(StrEnum):
    """What a batch is for; `label` and `relabel` count."""

    LABEL = "label"
    RELABEL = "relabel"
    QUALIFY = "qualify"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One round of work, as `batch.yaml` states it. `created` is an ISO date or RFC 3339 UTC time."""

    name: str
    purpose: Purpose
    closed: bool
    created: str
    guideline: str
    annotators: tuple[str, ...] = ()
    overlap: str = ""
    seed: int | None = None
    prelabels: str = ""

    @property
    def counts(self) -> bool:
        """Whether its votes are votes on the dataset."""
        return self.purpose in {Purpose.LABEL, Purpose.RELABEL}


class VotesTaken(Struct, frozen=True, kw_only=True):
    """What the entry that somebody gets does to the votes of a task in current and open batches.

    `votes` on `items` count no longer; on `few` of the items in closed batches one vote or none is left then. `back`
    votes on `back_items` count again. `status` and `since` are those of the new entry; `gone` where there is none.
    """

    task: str
    who: str
    status: str
    since: str
    votes: int
    items: int
    few: int
    back: int
    back_items: int
