"""Findings, tables and text for terminals, Markdown, SARIF, forges and JSON; knows no feature."""
