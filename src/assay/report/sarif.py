"""Findings as SARIF 2.1.0, for the code-scanning pages of forges and editors."""

from collections.abc import Sequence
from urllib.parse import quote

from assay import __version__
from assay.model.catalogue import page_of
from assay.model.finding import Finding, Severity
from assay.model.json import Json, JsonObject
from assay.report.plain import visible

_MOST = 5000
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning"}


def sarif_of(findings: Sequence[Finding]) -> JsonObject:
    """One run; at most 5,000 results, the first ones."""
    shown = findings[:_MOST]
    rules = sorted({one.rule for one in shown})
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "assay", "version": __version__, "rules": [_rule(name) for name in rules]}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(one, rules.index(one.rule)) for one in shown],
            }
        ],
    }


def _rule(name: str) -> JsonObject:
    page = page_of(name)
    if page is None:
        return {"id": name}
    return {
        "id": name,
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": page.why},
        "help": {"text": page.remedy},
        "defaultConfiguration": {"level": _LEVELS[page.severity]},
    }


def _result(one: Finding, index: int) -> JsonObject:
    place: JsonObject = {
        "artifactLocation": {"uri": quote(one.at.path.encode(errors="replace"))},
        "region": {"startLine": max(one.at.line, 1)},
    }
    about: dict[str, Json] = {
        key: value
        for key, value in (("task", one.task), ("batch", one.batch), ("item", one.item), ("annotator", one.annotator))
        if value
    }
    return {
        "ruleId": one.rule,
        "ruleIndex": index,
        "level": _LEVELS[one.severity],
        "message": {"text": f"{visible(one.told)} What to do: {visible(one.hint)}"},
        "locations": [{"physicalLocation": place}],
        "properties": about,
    }
