"""`assay todo`: what is mine."""

import click

from assay.actions.day import todo as run_todo
from assay.actions.whoami import who_am_i
from assay.cli.context import AS, FORMAT, project_here, talk
from assay.errors import ExitCode
from assay.project.roster import load_roster
from assay.report import as_json, count, todo_text


@click.command()
@AS
@FORMAT
def todo(*, who: str | None, style: str) -> int:
    """Says what waits for me: my open batches, what came back and why, what is new in the guidelines.

    It reads the folder as it is; `assay start` fetches what is new.

    \b
    Examples:
      assay todo
      assay todo --as ada
      assay todo --format json
    """
    project = project_here()
    roster = load_roster(project)
    mine = run_todo(project, who_am_i(project, who, roster=roster).id, roster=roster)
    if mine.behind:
        talk(
            f"the default branch has {count(mine.behind, 'commit')} that this folder lacks: `assay start` begins from it"
        )
    click.echo(as_json(mine) if style == "json" else todo_text(mine))
    return ExitCode.OK
