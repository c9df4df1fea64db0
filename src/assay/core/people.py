"""The people and the batches of a project."""

from dataclasses import dataclass, field
from enum import StrEnum

from msgspec import Struct

from assay.core.values import JsonObject


class Kind(StrEnum):
    """A person or a model."""

    PERSON = "person"
    MODEL = "model"


class Role(StrEnum):
    """What a person may do."""

    ANNOTATOR = "annotator"
    REVIEWER = "reviewer"
    LEAD = "lead"

    @property
    def with_article(self) -> str:
        """The role with its article: `an annotator`, `a lead`."""
        return f"an {self}" if self is Role.ANNOTATOR else f"a {self}"


class Status(StrEnum):
    """Whether an annotator's votes count: all of the `active`, those before `since` of the `paused` and `left`."""

    ACTIVE = "active"
    TRAINEE = "trainee"
    PAUSED = "paused"
    LEFT = "left"
    EXCLUDED = "excluded"

    @property
    def phrase(self) -> str:
        """The status as a predicate: `is paused`, `is marked as left`."""
        return {Status.TRAINEE: "is a trainee", Status.LEFT: "is marked as left"}.get(self, f"is {self.value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotator:
    """A roster entry. `id` is `@source/annotator` if imported, `since` an ISO date (empty: none)."""

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
        """Whether the annotator is paused or has left; their votes before `since` stay."""
        return self.status in {Status.PAUSED, Status.LEFT}

    @property
    def counts(self) -> bool:
        """Whether votes of this annotator count in agreement and consensus; if they are away, those before `until`."""
        return self.kind is Kind.PERSON and (self.status is Status.ACTIVE or (self.away and bool(self.since)))

    @property
    def until(self) -> str:
        """The day from whose start (UTC) their votes no longer count; empty if there is none."""
        return self.since if self.away else ""


class Purpose(StrEnum):
    """What a batch is for; `label` and `relabel` count."""

    LABEL = "label"
    RELABEL = "relabel"
    QUALIFY = "qualify"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch of work, as in `batch.yaml`. `created` is an ISO date or RFC 3339 UTC time."""

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
        """Whether its votes count for the dataset."""
        return self.purpose in {Purpose.LABEL, Purpose.RELABEL}


class VotesTaken(Struct, frozen=True, kw_only=True):
    """The effect of a changed roster entry on the votes of a task in current and open batches.

    `votes` on `items` no longer count, which leaves `few` of the items in closed batches with at most one vote. `back`
    votes on `back_items` count again. `status` and `since` are those of the new entry; `gone` if it is deleted.
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
