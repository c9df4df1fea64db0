"""`assay guideline log`: the versions of a style guide, newest first."""

import click
import msgspec

from assay.actions.guideline_log import guideline_log
from assay.cli.context import FORMAT, project_here
from assay.errors import ExitCode
from assay.report import as_json
from assay.report.guideline_log import guideline_log_text


@click.command()
@click.argument("task")
@FORMAT
def log(*, task: str, style: str) -> int:
    """Lists the versions of TASK's guideline, newest first, with what came of each.

    Its date, who wrote it (by the commits that brought it) and approved it, which labels it affected and what becomes of
    them, how many labels were made under it, and alpha over the items whose current votes were all made under it.

    \b
    Examples:
      assay guideline log triage
      assay guideline log triage --format json
    """
    versions = guideline_log(project_here(), task)
    click.echo(as_json(msgspec.to_builtins(versions)) if style == "json" else guideline_log_text(task, versions))
    return ExitCode.OK
