"""The people and the rounds of a project."""

from dataclasses import dataclass, field
from enum import StrEnum

from assay.model.json import JsonObject


class Kind(StrEnum):
    """Who labels."""

    PERSON = "person"
    MODEL = "model"


class Role(StrEnum):
    """What a person may do."""

    ANNOTATOR = "annotator"
    REVIEWER = "reviewer"
    LEAD = "lead"


class Status(StrEnum):
    """Whether an annotator's votes count; only `active` ones do."""

    ACTIVE = "active"
    TRAINEE = "trainee"
    PAUSED = "paused"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotator:
    """A roster entry. `id` is `@source/annotator` where it was imported."""

    id: str
    kind: Kind = Kind.PERSON
    role: Role = Role.ANNOTATOR
    status: Status = Status.ACTIVE
    handle: str = ""
    emails: tuple[str, ...] = ()
    groups: JsonObject = field(default_factory=dict)
    qualified: tuple[str, ...] | None = None

    @property
    def counts(self) -> bool:
        """Whether this annotator's votes enter agreement and consensus."""
        return self.kind is Kind.PERSON and self.status is Status.ACTIVE


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
