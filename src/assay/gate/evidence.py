"""What was measured of a task, handed to its rules together."""

from msgspec import Struct

from assay.model.agreement import AgreementReport, BreakdownRow
from assay.model.quality import ConsensusReport, QualityReport, SchemaReport


class Slices(Struct, frozen=True, kw_only=True):
    """One breakdown of one field: the coefficients measured by it, and the rows of alpha and of the one asked for."""

    coefficients: tuple[str, ...] = ()
    rows: tuple[BreakdownRow, ...] = ()


class TaskEvidence(Struct, frozen=True, kw_only=True):
    """The reports of a task's measuring stages, and the slices that its rules ask for, by the rule's subject.

    `unusable` says why nothing of the task could be measured; empty where it could.
    """

    schema: SchemaReport
    agreement: AgreementReport
    consensus: ConsensusReport
    quality: QualityReport
    slices: dict[str, Slices] = {}
    unusable: str = ""
