"""Evidence about the labels: against gold, coverage, what is undecided; one measurement per file."""

from assay.extras import face

__all__, __getattr__ = face(__name__)
