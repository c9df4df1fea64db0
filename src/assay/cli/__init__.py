"""Parse, call, print, exit code."""

from assay.cli.main import main

__all__ = ["main"]
