"""What was measured of a task, handed to its rules together."""

from msgspec import Struct

from assay.model.agreement import AgreementReport
from assay.model.quality import ConsensusReport, QualityReport, SchemaReport


class TaskEvidence(Struct, frozen=True, kw_only=True):
    """The reports of a task's measuring stages."""

    schema: SchemaReport
    agreement: AgreementReport
    consensus: ConsensusReport
    quality: QualityReport
