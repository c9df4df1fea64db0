"""Records against records: what changed between two states of a label file, and how two changes come together."""

from assay.changes.diff import ChangeKind, FileChange, LabelsDiff, RecordChange, diff_file
from assay.changes.merge import Clash, Decision, apply, decide
from assay.labels.merge import Side
from assay.labels.reader import Record, UnreadableError, read_records

__all__ = [
    "ChangeKind",
    "Clash",
    "Decision",
    "FileChange",
    "LabelsDiff",
    "Record",
    "RecordChange",
    "Side",
    "UnreadableError",
    "apply",
    "decide",
    "diff_file",
    "read_records",
]
