"""Render results as text or JSON; knows no files and no git."""

from assay.report.findings import findings_text
from assay.report.imported import import_text
from assay.report.json import as_json
from assay.report.plain import count, visible
from assay.report.rules import rule_text
from assay.report.sent import others_text, started_text, submitted_text
from assay.report.summary import ReleaseLine, RunSummary, TaskSummary, summary_text
from assay.report.todo import todo_text
from assay.report.verdict import verdict_text

__all__ = [
    "ReleaseLine",
    "RunSummary",
    "TaskSummary",
    "as_json",
    "count",
    "findings_text",
    "import_text",
    "others_text",
    "rule_text",
    "started_text",
    "submitted_text",
    "summary_text",
    "todo_text",
    "verdict_text",
    "visible",
]
