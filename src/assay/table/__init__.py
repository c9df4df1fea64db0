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

__all__ = [
    "AnnotationTable",
    "AssignmentTable",
    "Column",
    "Corpus",
    "Decision",
    "DecisionKind",
    "FieldColumn",
    "ItemTable",
]
