"""`assay report`: the last run on one screen."""

import click

from assay.actions.last_run import last_run
from assay.cli.context import FORMAT, project_here, today
from assay.errors import ExitCode
from assay.report import as_json, summary_text


@click.command()
@FORMAT
def report(style: str) -> int:
    """Prints what the last `dvc repro` measured and decided: records, agreement, consensus, verdict, releases.

    Exit code 1 where the verdict or a release does not stand.
    """
    summary = last_run(project_here(), today=today())
    click.echo(as_json(summary) if style == "json" else summary_text(summary))
    return ExitCode.OK if summary.stands else ExitCode.FINDINGS
