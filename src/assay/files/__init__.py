"""Bytes on disk: bounded reads, whole writes, locks, JSON, YAML, CSV, Parquet. Starts no process."""

from assay.extras import face

__all__, __getattr__ = face(__name__)
