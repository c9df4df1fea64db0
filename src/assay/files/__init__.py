"""Bytes on disk: bounded reads, whole writes, locks, JSON, YAML, CSV, Parquet. Starts no process."""
