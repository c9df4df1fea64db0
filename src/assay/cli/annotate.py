"""`assay annotate` and `assay sheet`: label on a local page or in a spreadsheet."""

import secrets
import webbrowser
from pathlib import Path
from threading import Thread

import click

from assay import annotator, clone, labels
from assay.cli.context import AS, FORMAT, Within, now, project_here, project_to_write, talk
from assay.core import JsonObject
from assay.errors import ExitCode
from assay.extras import load, resolve
from assay.project import load_roster
from assay.render import as_json, count, findings_text, visible

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
def annotate_command(*, task: str, batch: str | None, who: str | None, port: int, browser: bool, idle: float) -> int:
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
    me = clone.who_am_i(project, who, roster=roster).id
    unmerged = annotator.unmerged_answers(project, me, roster)
    sitting = resolve("assay.annotator.page.session_context:sit_down")(project, task, me, batch, unmerged)
    desk = resolve("assay.annotator.page.session:Desk")(sitting, now)
    door = resolve("assay.annotator.page.server:open_door")(
        port, token=secrets.token_urlsafe(32), cookie=secrets.token_urlsafe(32)
    )
    for said in unmerged.said(labels.read_own(project.root, sitting.seat.path), sitting.seat.items):
        talk(visible(said))
    if sitting.on_default_branch:
        talk(f"you are on {sitting.branch}: `assay start {task} {sitting.seat.batch.name}` makes a branch of your own")
    click.echo(door.address)
    talk("every answer is saved at once; stop with Ctrl+C")
    if browser:
        Thread(target=webbrowser.open, args=(door.address,), daemon=True).start()
    resolve("assay.annotator.page.server:serve")(desk, door, idle=idle * _MINUTE)
    progress = desk.progress()
    talk(f"{count(desk.saved, 'item')} answered or changed; {progress.done:,} of {progress.total:,} done")
    talk("next: `assay submit`" if desk.saved else "nothing was changed")
    return ExitCode.OK


_NAMED = 12
_AS_WRITTEN = "separated by commas, UTF-8"
_FILE = click.argument("file", metavar="FILE.csv", type=click.Path(dir_okay=False, path_type=Path))


@click.group()
def sheet_group() -> None:
    """Label in a spreadsheet: write my items to a CSV file, fill it in, take it back.

    One row an item: its data (for reading only), a column for each field, `skip` (a reason), `flags`, `note`, and a
    `tag`, which is not to be edited. Where answers came back, `sent back` says why, and an x in `keep` stands by the
    answer as it is. Several values stand beside each other as `a | b`, none at all as `[]`; an empty
    cell is no answer. Rows may be sorted or left out, columns moved. An apostrophe before `=`, `+`, `-` or `@` keeps the
    spreadsheet from running a text, and is taken off again.
    """


@sheet_group.command("out", short_help="Write my items to a sheet.")
@click.argument("task")
@click.argument("batch")
@_FILE
@click.option("--all", "everything", is_flag=True, help="Also what I have answered.")
@click.option("--overwrite", is_flag=True, help="Replace FILE.csv where it exists.")
@AS
def out_command(*, task: str, batch: str, file: Path, everything: bool, overwrite: bool, who: str | None) -> int:
    """Writes the items of BATCH that wait for me to FILE.csv: those without an answer, and those sent back.

    Answers that stand already are filled in. Beside one that came back, `sent back` has the reviewer's words: change the
    answer, or write x in `keep` to stand by it. FILE.csv opens in any spreadsheet (CSV, UTF-8).

    \b
    Examples:
      assay sheet out triage 2026-11-round-3 mine.csv
      assay sheet out triage 2026-11-round-3 mine.csv --all
    """
    written = annotator.sheet_out(
        project_here(),
        annotator.SheetAt(task=task, batch=batch, who=who, file=file),
        _tell,
        everything=everything,
        overwrite=overwrite,
    )
    click.echo(visible(f"{file}: {written.rows:,} of {count(written.items, 'item')} of {written.who}"))
    if written.overlong:
        talk(f"warning: {count(written.overlong, 'answer')} longer than a spreadsheet's cell; label those on the page")
    talk(visible(f"next: fill it in, save it as CSV, then `assay sheet in {task} {batch} {file}`"))
    return ExitCode.OK


@sheet_group.command("in", short_help="Take a sheet's answers.")
@click.argument("task")
@click.argument("batch")
@_FILE
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--clear", is_flag=True, help="Take an answer out where its row was emptied.")
@click.option(
    "--overwrite", is_flag=True, help="The sheet's answer holds, also where mine changed since it was written."
)
@AS
@FORMAT
def in_command(  # noqa: PLR0913 - the options of a command
    *, task: str, batch: str, file: Path, dry_run: bool, clear: bool, overwrite: bool, who: str | None, style: str
) -> int:
    """Takes the answers of FILE.csv into my label file: all of them, or none where anything is wrong with one.

    A row that was not changed leaves its record as it is; a row that is not there leaves its item alone. Exit code 1
    where a row cannot be taken; each is listed with its row and column.

    \b
    Examples:
      assay sheet in triage 2026-11-round-3 mine.csv --dry-run
      assay sheet in triage 2026-11-round-3 mine.csv
    """
    terms = annotator.Terms(at=now(), clear=clear, overwrite=overwrite)
    at = annotator.SheetAt(task=task, batch=batch, who=who, file=file)
    with project_to_write(dry=dry_run) as project:
        taken = annotator.sheet_in(project, at, terms, _tell, dry_run=dry_run)
    if style == "json":
        counts: JsonObject = {outcome.name.lower(): taken.count(outcome) for outcome in annotator.Outcome}
        found: JsonObject = {"findings": [one.as_json() for one in taken.findings], "unsettled": list(taken.unsettled)}
        click.echo(as_json({**counts, "skips": taken.skips, **found}))
        return ExitCode.FINDINGS if taken.findings else ExitCode.OK
    if taken.read not in {"", _AS_WRITTEN}:
        talk(f"read as CSV {taken.read}")
    if taken.findings:
        click.echo(findings_text(taken.findings))
        talk("nothing was taken; mend the sheet and take it in again")
        return ExitCode.FINDINGS
    parts = [f"{taken.count(outcome):,} {outcome.name.lower()}" for outcome in annotator.Outcome]
    click.echo(f"{', '.join(parts)}; {count(taken.skips, 'skip')} among the added and changed")
    if taken.unsettled:
        more = f" and {len(taken.unsettled) - _NAMED:,} more" if len(taken.unsettled) > _NAMED else ""
        named = f"{', '.join(taken.unsettled[:_NAMED])}{more}"
        still = f"still sent back, for the answer was neither changed nor kept: {named}"
        talk(visible(f"{still}; change it, or write x in the column `keep` (`assay sheet out` writes one)"))
    done = "next: `assay check`, then `assay submit`" if taken.writes else "nothing had to be changed"
    talk("nothing was written (--dry-run)" if dry_run else done)
    return ExitCode.OK


def _tell(said: str) -> None:
    talk(visible(said))
