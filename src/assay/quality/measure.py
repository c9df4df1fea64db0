"""`quality.json`: all measurements of the quality stage."""

from collections.abc import Sequence

from assay.consensus import Consensus, standings
from assay.model.quality import QualityReport
from assay.model.schema import Field
from assay.quality import coverage, gold, support, unresolved
from assay.quality.lost import losses
from assay.schemas.validator import Validator
from assay.table import Corpus


def measure(corpus: Corpus, consensus: Consensus, fields: Sequence[Field], rules: Validator) -> QualityReport:
    """The votes against gold, the work done of the work asked for, what is left undecided, what the rest rests on, what was lost.

    `rules` are those of a label.
    """
    items = tuple(standings(consensus, rules))
    return QualityReport(
        gold=gold.measure(corpus, fields),
        coverage=coverage.measure(corpus),
        unresolved=unresolved.measure(items, fields),
        support=support.measure(corpus, items),
        lost=losses(corpus),
    )
