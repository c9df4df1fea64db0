"""Evidence about the labels: against gold, coverage, what is undecided; one measurement per file."""

from assay.quality.measure import measure

__all__ = ["measure"]
