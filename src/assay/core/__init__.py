"""The words of the field: values, schemas, findings, tables, tallies. Frozen and pure."""

from assay.extras import face

__all__, __getattr__ = face(__name__)
