"""`assay annotate`: label on a local page."""

import secrets
import webbrowser
from threading import Thread

import click

from assay.actions.day import unmerged_answers
from assay.actions.whoami import who_am_i
from assay.cli.context import AS, now, project_here, talk
from assay.cli.words import Within
from assay.errors import ExitCode
from assay.extras import load, resolve
from assay.labels.annotator_file import read_own
from assay.project.roster import load_roster
from assay.report import count, visible

_MINUTE = 60


@click.command()
@click.argument("task")
@click.argument("batch", required=False)
@AS
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Serve on this port.  [default: a free one]")
@click.option("--browser/--no-browser", default=True, help="Open the page in the browser.  [default: --browser]")
@click.option(
    "--idle",
    type=Within(min=0, min_open=True),
    default=30,
    show_default=True,
    metavar="MINUTES",
    help="Stop when the page was not used for so long.",
)
def annotate(*, task: str, batch: str | None, who: str | None, port: int, browser: bool, idle: float) -> int:
    """Opens a page on this computer on which you label; every answer is saved at once.

    BATCH may be left away where only one open batch waits for you. The page needs no network.

    \b
    Examples:
      assay annotate triage
      assay annotate triage 2026-11-round-3
      assay annotate triage --no-browser --port 8700
    """
    for library in ("starlette", "uvicorn"):
        load(library)
    project = project_here()
    roster = load_roster(project)
    me = who_am_i(project, who, roster=roster).id
    unmerged = unmerged_answers(project, me, roster)
    sitting = resolve("assay.annotate.sitting:sit_down")(project, task, me, batch, unmerged)
    desk = resolve("assay.annotate.desk:Desk")(sitting, now)
    door = resolve("assay.annotate.serve:open_door")(
        port, token=secrets.token_urlsafe(32), cookie=secrets.token_urlsafe(32)
    )
    for said in unmerged.said(read_own(project.root, sitting.seat.path), sitting.seat.items):
        talk(visible(said))
    if sitting.on_default_branch:
        talk(f"you are on {sitting.branch}: `assay start {task} {sitting.seat.batch.name}` makes a branch of your own")
    click.echo(door.address)
    talk("every answer is saved at once; stop with Ctrl+C")
    if browser:
        Thread(target=webbrowser.open, args=(door.address,), daemon=True).start()
    resolve("assay.annotate.serve:serve")(desk, door, idle=idle * _MINUTE)
    progress = desk.progress()
    talk(f"{count(desk.saved, 'item')} answered or changed; {progress.done:,} of {progress.total:,} done")
    talk("next: `assay submit`" if desk.saved else "nothing was changed")
    return ExitCode.OK
