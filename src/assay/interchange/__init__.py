"""Other tools' formats; every reader ends in an `Export`."""

from assay.interchange.export import Export, Stated, gather
from assay.interchange.long import LongRow, read_long, sourced_line
from assay.interchange.other_shape import found_in, refuse_other_shape

__all__ = ["Export", "LongRow", "Stated", "found_in", "gather", "read_long", "refuse_other_shape", "sourced_line"]
