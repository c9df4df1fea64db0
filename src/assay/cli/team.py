"""`assay team`: for leads."""

import click

from assay.actions.team import team as read_team
from assay.cli.context import project_with_tasks, talk
from assay.errors import ExitCode
from assay.model.project import Status
from assay.report import as_json
from assay.report.team import team_csv, team_text

_GONE = frozenset({Status.PAUSED, Status.LEFT, Status.EXCLUDED})


@click.command()
@click.argument("task", required=False)
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    show_default=True,
    help="How to print.",
)
def team(*, task: str | None, style: str) -> int:
    """For leads: who did how much of TASK (or of every task), how well, and what is still open.

    Per annotator, models and trainees too: records and share of the work, median seconds and the middle half of them,
    skips, flags, answers right where gold knows the answer, answers equal to those of peers. Per batch: slots asked
    and done, what was sent back, who still has open slots. Rounds that a newer one replaced do not enter gold and agree.

    It helps to see who needs help, or where a guideline is unclear. Small numbers are weak evidence: look at n and the
    interval, and at the answers themselves, before you speak of a person. It reads label files, needs no pipeline run,
    and publishes nothing.

    \b
    Examples:
      assay team
      assay team triage
      assay team --format csv > team.csv
    """
    reports = read_team(project_with_tasks(), task)
    if style == "json":
        click.echo(as_json(reports))
    elif reports:
        click.echo(team_csv(reports) if style == "csv" else team_text(reports), nl=style == "text")
    for report in reports:
        gone = {one.annotator for one in report.annotators if one.status in _GONE}
        for batch in report.batches:
            for who in sorted(gone & batch.missing.keys()) if batch.status == "open" else ():
                talk(f"{who} is gone, with open slots: assay batch reassign {report.task} {batch.batch}")
    return ExitCode.OK
