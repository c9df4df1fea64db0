"""`assay start`: a clean branch for a batch."""

import click

from assay.actions.day import StartWish
from assay.actions.day import start as run_start
from assay.actions.whoami import who_am_i
from assay.cli.context import AS, project_here, talk
from assay.errors import ExitCode
from assay.report import started_text


@click.command()
@click.argument("task")
@click.argument("batch", required=False, default="")
@AS
@click.option("--blind/--no-blind", default=None, help="Keep others' answers out of sight.  [default: as it is]")
@click.option("--fresh", is_flag=True, help="A new branch, also where an earlier one has answers that wait.")
@click.option("--offline", is_flag=True, help="Fetch nothing; go by what was fetched last.")
def start(*, task: str, batch: str, who: str | None, blind: bool | None, fresh: bool, offline: bool) -> int:
    """Begins BATCH of TASK (by default my only open one): fetches, then makes a branch of mine from the default branch.

    Where an earlier branch of mine has answers that are not merged yet, it goes back to that one. Nothing is lost or
    carried along: with answers that are not handed in, it stops and says what to do. Where BATCH is closed, or nothing is
    open, it says so and brings the clone to the default branch as fetched, if nothing here is unsaved.

    --blind keeps the votes of others, gold and decisions of the task out of the folders until --no-blind. It is against
    looking by accident: git's history, the reports and the forge still hold them. A clone made with
    `git clone --filter=blob:none ADDRESS` holds less of the history.

    \b
    Examples:
      assay start triage
      assay start triage 2026-11-round-3
      assay start triage 2026-11-round-3 --blind
    """
    project = project_here()
    wish = StartWish(task=task, batch=batch, fresh=fresh, offline=offline, blind=blind)
    started = run_start(project, who_am_i(project, who).id, wish)
    for remote in started.unreached:
        talk(f"warning: {remote} could not be reached; going by what was fetched last")
    click.echo(started_text(started))
    return ExitCode.OK
