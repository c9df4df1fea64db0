"""`assay annotate` and `assay sheet`: label on a local page or in a spreadsheet."""

import secrets
import webbrowser
from pathlib import Path
from threading import Thread

import click

from assay import annotator, clone, labels
from assay import project as projects
from assay.cli.context import AS, FORMAT, Within, now, project_here, project_to_write, talk
from assay.core import JsonObject
from assay.errors import ExitCode
from assay.extras import load, resolve
from assay.render import as_json, count, findings_text, visible

_MINUTE = 60
_NAMED = 12
_AS_WRITTEN = "separated by commas, UTF-8"
_FILE = click.argument("file", metavar="FILE.csv", type=click.Path(dir_okay=False, path_type=Path))


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
    help="Stop after so many minutes without use.",
)
def annotate_command(*, task: str, batch: str | None, who: str | None, port: int, browser: bool, idle: float) -> int:
    """Opens a local page for labelling; every answer is saved at once.

    Omit BATCH if you have only one open batch. The page needs no network.

    \b
    Examples:
      assay annotate triage
      assay annotate triage 2026-11-round-3
      assay annotate triage --no-browser --port 8700
    """
    for library in ("starlette", "uvicorn"):
        load(library)
    project = project_here()
    roster = projects.load_roster(project)
    me = clone.who_am_i(project, who, roster=roster).id
    unmerged = annotator.unmerged_answers(project, me, roster)
    context = resolve("assay.annotator.page.session_context:load_session_context")(project, task, me, batch, unmerged)
    session = resolve("assay.annotator.page.session:Session")(context, now)
    listener = resolve("assay.annotator.page.server:bind_port")(
        port, token=secrets.token_urlsafe(32), cookie=secrets.token_urlsafe(32)
    )
    for said in unmerged.messages(labels.read_own(project.root, context.assignment.path), context.assignment.items):
        talk(visible(said))
    if context.on_default_branch:
        talk(
            f"you are on {context.branch}: `assay start {task} {context.assignment.batch.name}` makes a branch of your own"
        )
    click.echo(listener.address)
    talk("every answer is saved at once; stop with Ctrl+C")
    if browser:
        Thread(target=webbrowser.open, args=(listener.address,), daemon=True).start()
    resolve("assay.annotator.page.server:serve")(session, listener, idle=idle * _MINUTE)
    progress = session.progress()
    talk(f"{count(session.saved, 'item')} answered or changed; {progress.done:,} of {progress.total:,} done")
    talk("next: `assay submit`" if session.saved else "nothing was changed")
    return ExitCode.OK


@click.group()
def sheet_group() -> None:
    """Label in a spreadsheet: write my items to a CSV file, fill it in, read it back.

    One row an item: its data (for reading only), a column for each field, `skip` (a reason), `flags`, `note`, and a
    `tag`, which must not be edited. For a returned answer, `sent back` gives the reason; write x in `keep` to confirm the
    answer. Several values are written as `a | b`, an empty list as `[]`; an empty cell is no answer. Rows may be sorted
    or deleted, columns moved. A leading apostrophe before `=`, `+`, `-` or `@` stops the spreadsheet from running the text;
    it is removed when the sheet is read.
    """


@sheet_group.command("out", short_help="Write my items to a sheet.")
@click.argument("task")
@click.argument("batch")
@_FILE
@click.option("--all", "everything", is_flag=True, help="Include items that I have answered.")
@click.option("--overwrite", is_flag=True, help="Replace FILE.csv where it exists.")
@AS
def out_command(*, task: str, batch: str, file: Path, everything: bool, overwrite: bool, who: str | None) -> int:
    """Writes my open items of BATCH to FILE.csv: those without an answer, and those sent back.

    Existing answers are filled in. For a returned one, `sent back` holds the reviewer's reason: change the answer, or
    write x in `keep` to confirm it. FILE.csv opens in any spreadsheet (CSV, UTF-8).

    \b
    Examples:
      assay sheet out triage 2026-11-round-3 mine.csv
      assay sheet out triage 2026-11-round-3 mine.csv --all
    """
    written = annotator.sheet_out(
        project_here(),
        annotator.SheetLocation(task=task, batch=batch, who=who, file=file),
        _tell,
        everything=everything,
        overwrite=overwrite,
    )
    click.echo(visible(f"{file}: {written.rows:,} of {count(written.items, 'item')} of {written.who}"))
    if written.overlong:
        talk(f"warning: {count(written.overlong, 'answer')} longer than a spreadsheet cell; label those on the page")
    talk(visible(f"next: fill it in, save it as CSV, then `assay sheet in {task} {batch} {file}`"))
    return ExitCode.OK


@sheet_group.command("in", short_help="Read the answers of a sheet.")
@click.argument("task")
@click.argument("batch")
@_FILE
@click.option("--dry-run", is_flag=True, help="Show what would change; write nothing.")
@click.option("--clear", is_flag=True, help="Remove an answer where its row was emptied.")
@click.option(
    "--overwrite", is_flag=True, help="Take the sheet's answer even if mine changed since the sheet was written."
)
@AS
@FORMAT
def in_command(  # noqa: PLR0913 - the options of a command
    *, task: str, batch: str, file: Path, dry_run: bool, clear: bool, overwrite: bool, who: str | None, style: str
) -> int:
    """Reads the answers of FILE.csv into my label file: all of them, or none if there is an error.

    An unchanged row leaves its record as it is; a deleted row leaves its item as it is. Exit code 1 if a row has an error;
    each error is listed with its row and column.

    \b
    Examples:
      assay sheet in triage 2026-11-round-3 mine.csv --dry-run
      assay sheet in triage 2026-11-round-3 mine.csv
    """
    terms = annotator.SheetOptions(at=now(), clear=clear, overwrite=overwrite)
    at = annotator.SheetLocation(task=task, batch=batch, who=who, file=file)
    with project_to_write(dry=dry_run) as project:
        taken = annotator.sheet_in(project, at, terms, _tell, dry_run=dry_run)
    if style == "json":
        counts: JsonObject = {outcome.name.lower(): taken.count(outcome) for outcome in annotator.RowOutcome}
        found: JsonObject = {"findings": [one.as_json() for one in taken.findings], "unsettled": list(taken.unsettled)}
        click.echo(as_json({**counts, "skips": taken.skips, **found}))
        return ExitCode.FINDINGS if taken.findings else ExitCode.OK
    if taken.read not in {"", _AS_WRITTEN}:
        talk(f"read as CSV {taken.read}")
    if taken.findings:
        click.echo(findings_text(taken.findings))
        talk("nothing was written\nnext: fix the sheet, then read it again")
        return ExitCode.FINDINGS
    parts = [f"{taken.count(outcome):,} {outcome.name.lower()}" for outcome in annotator.RowOutcome]
    click.echo(f"{', '.join(parts)}; {count(taken.skips, 'skip')} among the added and changed")
    if taken.unsettled:
        more = f" and {len(taken.unsettled) - _NAMED:,} more" if len(taken.unsettled) > _NAMED else ""
        named = f"{', '.join(taken.unsettled[:_NAMED])}{more}"
        still = f"still sent back, as the answer was neither changed nor kept: {named}"
        talk(visible(f"{still}; change it, or write x in the column `keep` (`assay sheet out` writes one)"))
    done = "next: `assay check`, then `assay submit`" if taken.writes else "nothing to change"
    talk("nothing was written (--dry-run)" if dry_run else done)
    return ExitCode.OK


def _tell(said: str) -> None:
    talk(visible(said))
