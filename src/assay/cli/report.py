"""`assay report`: the last run on one screen."""

from collections.abc import Callable, Mapping

import click

from assay.actions.last_run import last_run
from assay.cli.context import FINDINGS_FORMAT, project_here, today
from assay.errors import ExitCode
from assay.report import RunSummary, as_json, summary_text
from assay.report.styles import findings_in
from assay.report.summary import summary_findings, summary_markdown
from assay.report.verdict import verdict_line

_STYLES: Mapping[str, Callable[[RunSummary], str]] = {
    "text": summary_text,
    "json": as_json,
    "markdown": summary_markdown,
}


@click.command()
@FINDINGS_FORMAT
def report(style: str) -> int:
    """Prints what the last `dvc repro` measured and decided: records, agreement, consensus, verdict, releases.

    Exit code 1 where the verdict or a release does not stand. The formats github and sarif hold what does not stand.

    \b
    Examples:
      assay report
      assay report --format markdown >> $GITHUB_STEP_SUMMARY
    """
    summary = last_run(project_here(), today=today())
    click.echo(_STYLES[style](summary) if style in _STYLES else _listed(summary, style))
    return ExitCode.OK if summary.stands else ExitCode.FINDINGS


def _listed(summary: RunSummary, style: str) -> str:
    said = verdict_line(summary.verdict)
    return findings_in(style, tuple(summary_findings(summary)), title="assay report", said=said)
