from assay.formats.export import Export as Export
from assay.formats.export import found_in as found_in
from assay.formats.export import gather as gather
from assay.formats.export import refuse_other_shape as refuse_other_shape
from assay.formats.long import LongRow as LongRow
from assay.formats.long import read_long as read_long
from assay.formats.long import sourced_line as sourced_line
