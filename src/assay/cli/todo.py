"""`assay todo`: what is mine."""

import click

from assay.actions.day import fetch_now
from assay.actions.day import todo as run_todo
from assay.actions.whoami import who_am_i
from assay.cli.context import AS, FORMAT, now, project_here, talk
from assay.errors import ExitCode
from assay.project.roster import load_roster
from assay.report import as_json, count, fetched_text, todo_text


@click.command()
@AS
@click.option("--fetch", "fetches", is_flag=True, help="Fetch first, so that it says what is new.")
@FORMAT
def todo(*, who: str | None, fetches: bool, style: str) -> int:
    """Says what waits for me: my open batches, what came back and why, what is new in the guidelines.

    It reads the folder as it is, and says when this clone last fetched; --fetch and `assay start` fetch what is new.

    \b
    Examples:
      assay todo
      assay todo --fetch
      assay todo --as ada
      assay todo --format json
    """
    project = project_here()
    if fetches:
        for remote in fetch_now(project):
            talk(f"warning: {remote} could not be reached; going by what was fetched last")
    roster = load_roster(project)
    mine = run_todo(project, who_am_i(project, who, roster=roster).id, roster=roster)
    if mine.behind:
        talk(
            f"the default branch has {count(mine.behind, 'commit')} that this folder lacks: `assay start TASK` brings it in, "
            "and where answers wait on this branch `assay submit` does"
        )
    if mine.fetched is not None:
        talk(fetched_text(mine.fetched, now()))
    click.echo(as_json(mine) if style == "json" else todo_text(mine))
    return ExitCode.OK
