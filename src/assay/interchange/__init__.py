"""Other tools' formats; every reader ends in an `Export`."""

from assay.interchange.export import Export, Stated, gather
from assay.interchange.long import LongRow, read_long, sourced_line

__all__ = ["Export", "LongRow", "Stated", "gather", "read_long", "sourced_line"]
