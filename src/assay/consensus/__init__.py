"""From votes, adjudications and gold to one value per item and field, with its doubt."""

from assay.consensus.decide import METHODS, decide
from assay.consensus.doubts import PRIORITY, Doubt, Reason, doubts
from assay.consensus.result import Consensus, Source, summary
from assay.consensus.standing import Standing, Standings, Told, Undecided, given_values, standings

__all__ = [
    "METHODS",
    "PRIORITY",
    "Consensus",
    "Doubt",
    "Reason",
    "Source",
    "Standing",
    "Standings",
    "Told",
    "Undecided",
    "decide",
    "doubts",
    "given_values",
    "standings",
    "summary",
]
