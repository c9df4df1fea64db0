"""Findings as a code-quality report: the Code Climate subset that GitLab reads (`artifacts: reports: codequality`)."""

from collections import Counter
from collections.abc import Iterable

from assay.model.finding import Finding, Severity
from assay.model.json import JsonObject
from assay.report.json import as_json
from assay.report.plain import visible
from assay.store.digest import digest_bytes

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor"}


def code_quality(findings: Iterable[Finding]) -> str:
    """The report; a finding keeps its fingerprint when only its line changes, so that GitLab sees what is new."""
    seen: Counter[str] = Counter()
    return as_json([_issue(finding, seen) for finding in findings])


def _issue(finding: Finding, seen: Counter[str]) -> JsonObject:
    parts = (finding.rule, finding.at.path, finding.at.pointer, finding.item, finding.annotator, finding.told)
    said = "\0".join(parts)
    seen[said] += 1
    return {
        "description": visible(f"{finding.told} What to do: {finding.hint}"),
        "check_name": finding.rule,
        "fingerprint": digest_bytes(f"{said}\0{seen[said]}".encode(errors="backslashreplace")),
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": visible(finding.at.path), "lines": {"begin": max(finding.at.line, 1)}},
    }
