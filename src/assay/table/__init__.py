"""Columns of annotations, and the tallies every coefficient is computed from."""

from assay.table.columns import (
    AnnotationTable,
    AssignmentTable,
    Column,
    Corpus,
    Decision,
    DecisionKind,
    FieldColumn,
    ItemTable,
)
from assay.table.in_batch import Counting, counting_in

__all__ = [
    "AnnotationTable",
    "AssignmentTable",
    "Column",
    "Corpus",
    "Counting",
    "Decision",
    "DecisionKind",
    "FieldColumn",
    "ItemTable",
    "counting_in",
]
