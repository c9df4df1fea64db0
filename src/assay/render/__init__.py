"""Findings, tables and text for terminals, Markdown, SARIF, forges and JSON; knows no feature."""

from assay.extras import face

__all__, __getattr__ = face(__name__)
