"""The history of a guideline: what each version was, and what came of it."""

from msgspec import Struct

from assay.model.agreement import Coefficient
from assay.model.impact import MigrationImpact
from assay.model.quality import ApprovalStatus


class VersionAgreement(Struct, frozen=True, kw_only=True):
    """Agreement on a field, over the units whose current votes were all made under one version."""

    units: int
    alpha: Coefficient


class VersionLog(Struct, frozen=True, kw_only=True):
    """A version: its entry of `changes`, who wrote and approved it, and the labels made under it.

    `authors` are roster ids, else e-mails, by git's history. Of the `labels` made under it, skips left out, `current`
    count and are current. `migrations` are those that it brings.
    """

    version: str
    date: str
    summary: str
    affects: tuple[str, ...]
    policy: str
    authors: tuple[str, ...]
    approval: ApprovalStatus
    labels: int
    current: int
    agreement: dict[str, VersionAgreement]
    migrations: tuple[MigrationImpact, ...] = ()
