"""Findings as a file: a JSON object a line."""

from collections.abc import Iterable
from pathlib import Path

from assay.model.finding import Finding
from assay.store.artifacts import write_lines


def write_findings(path: Path, findings: Iterable[Finding]) -> None:
    """Writes findings in the order given; what was there is replaced."""
    write_lines(path, (one.as_json() for one in findings))
