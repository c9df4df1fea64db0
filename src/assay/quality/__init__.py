"""Evidence about the labels: gold, coverage, unresolved and outdated items, duplicates, contradictions."""

from assay.extras import face

__all__, __getattr__ = face(__name__)
