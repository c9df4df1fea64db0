"""Frozen types, no I/O."""
