"""Render results as text or JSON; knows no files and no git."""

from assay.report.drafted import drafted_text
from assay.report.findings import findings_text
from assay.report.imported import import_text
from assay.report.json import as_json
from assay.report.plain import count, some, visible
from assay.report.rules import rule_text
from assay.report.sent import others_text, sent_text, started_text, submitted_text
from assay.report.summary import ReleaseLine, RunSummary, TaskSummary, summary_text
from assay.report.support import not_in, rests_on
from assay.report.todo import fetched_text, todo_text, waiting_text
from assay.report.verdict import verdict_text

__all__ = [
    "ReleaseLine",
    "RunSummary",
    "TaskSummary",
    "as_json",
    "count",
    "drafted_text",
    "fetched_text",
    "findings_text",
    "import_text",
    "not_in",
    "others_text",
    "rests_on",
    "rule_text",
    "sent_text",
    "some",
    "started_text",
    "submitted_text",
    "summary_text",
    "todo_text",
    "verdict_text",
    "visible",
    "waiting_text",
]
