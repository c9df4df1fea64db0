"""Other tools' formats; every reader ends in an `Export`."""

from assay.interchange.export import Export, Stated, found_in, gather, refuse_other_shape
from assay.interchange.long import LongRow, read_long, sourced_line

__all__ = ["Export", "LongRow", "Stated", "found_in", "gather", "read_long", "refuse_other_shape", "sourced_line"]
