"""`quality.json`: all measurements of the quality stage."""

from collections.abc import Sequence

from assay.consensus import Consensus
from assay.model.quality import QualityReport
from assay.model.schema import Field
from assay.quality import coverage, gold, unresolved
from assay.table import Corpus


def measure(corpus: Corpus, consensus: Consensus, fields: Sequence[Field]) -> QualityReport:
    """The votes against gold, the work done of the work asked for, and the cells left undecided."""
    return QualityReport(
        gold=gold.measure(corpus, fields),
        coverage=coverage.measure(corpus),
        unresolved=unresolved.measure(consensus),
    )
