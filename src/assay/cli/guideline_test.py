"""`assay guideline test`: run the examples of the style guides."""

import click

from assay.actions.guideline_test import Tried, try_examples
from assay.cli.context import FINDINGS_FORMAT, project_with_tasks
from assay.errors import ExitCode
from assay.model.json import JsonObject
from assay.model.quality import ExamplesReport
from assay.report import as_json, count, findings_text
from assay.report.styles import findings_in


@click.command()
@click.argument("task", required=False)
@FINDINGS_FORMAT
def test(*, task: str | None, style: str) -> int:
    """Runs the examples in the guideline of TASK, or of every task, and says how many ran.

    Each must be valid under the schema, and must not contradict another example, gold or an adjudication of the same
    content; white space and Unicode forms make no difference. Exit code 1 if there is an error.

    \b
    Examples:
      assay guideline test            every guideline
      assay guideline test triage     one
      assay guideline test --format markdown
    """
    tried = try_examples(project_with_tasks(), task)
    if style == "json":
        click.echo(as_json(_json(tried)))
    elif style != "text":
        said = "; ".join(_said(name, report) for name, report in tried.reports.items())
        click.echo(findings_in(style, tried.findings, title="assay guideline test", said=said))
    else:
        if tried.findings:
            click.echo(findings_text(tried.findings))
        for name, report in tried.reports.items():
            click.echo(_said(name, report))
    return ExitCode.FINDINGS if tried.findings else ExitCode.OK


def _said(name: str, report: ExamplesReport) -> str:
    return f"{name}: {count(report.run, 'example')} ran, {report.wrong:,} wrong"


def _json(tried: Tried) -> JsonObject:
    reports = tried.reports.items()
    return {
        "tasks": {name: {"run": one.run, "wrong": one.wrong, "errors": one.errors} for name, one in reports},
        "findings": [finding.as_json() for finding in tried.findings],
    }
