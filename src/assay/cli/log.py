"""`assay log`: the history of labels."""

from pathlib import Path

import click

from assay.actions.log import BlameLine, file_log, item_log
from assay.actions.log_story import Happening, LogEntry
from assay.changes.diff import answers_of
from assay.cli.context import FORMAT, project_here
from assay.errors import ExitCode
from assay.labels.paths import Role
from assay.model.json import JsonObject
from assay.report import as_json, visible
from assay.report.log import change_json, change_lines, return_lines
from assay.store.past import Touch

_EVENTS = {Role.ANNOTATIONS: "vote", Role.GOLD: "gold", Role.ADJUDICATIONS: "decision", Role.RETURNED: "return"}


@click.command()
@click.argument("item", required=False)
@click.option("--task", "tasks", multiple=True, metavar="TASK", help="Only this task; may stand several times.")
@click.option("--file", "path", type=click.Path(path_type=Path), help="Who last changed each record of this file.")
@FORMAT
def log(*, item: str | None, tasks: tuple[str, ...], path: Path | None, style: str) -> int:
    """Tells the story of an item, newest first: who said what of it, when, under which guideline, and why.

    Every vote, gold answer, decision and return, with what became of it; that its batches were closed or opened again;
    what a migration makes of an answer; the releases that hold it, and as what, where their files are here.

    With --file, who made each record of a label file what it is, however often the file was written anew.

    \b
    Examples:
      assay log msg-017
      assay log msg-017 --task triage
      assay log --file labels/triage/2026-09-round-1/ada.jsonl
    """
    if (item is None) == (path is None):
        raise click.UsageError("name an item, or --file FILE")
    project = project_here()
    if path is not None:
        lines = file_log(project, path)
        click.echo(as_json(list(map(_line_json, lines))) if style == "json" else "\n".join(map(_line, lines)))
        return ExitCode.OK
    entries = item_log(project, item or "", tasks)
    click.echo(as_json(list(map(_entry_json, entries))) if style == "json" else "\n\n".join(map(_entry, entries)))
    return ExitCode.OK


def _entry(entry: LogEntry | Happening) -> str:
    touch = entry.touch
    head = visible(f"{touch.commit[:10]}  {touch.at}  {touch.author}: {touch.subject}")
    if isinstance(entry, Happening):
        return "\n".join([head, visible(f"  {entry.path}"), *(visible(f"    {line}") for line in entry.said)])
    sent = entry.file.role is Role.RETURNED
    told = return_lines(entry.change, entry.file.who) if sent else change_lines(entry.change, entry.file.who)
    further = (visible(f"  {line}") for line in (entry.became, entry.today) if line)
    return "\n".join([head, visible(f"  {entry.file.path}"), *(f"    {line}" for line in (*told, *further))])


def _entry_json(entry: LogEntry | Happening) -> JsonObject:
    touch = _touch_json(entry.touch)
    if isinstance(entry, Happening):
        return {
            **touch,
            "path": entry.path,
            "event": entry.event,
            "task": entry.task,
            **entry.facts,
            "said": [*entry.said],
        }
    about: JsonObject = {"event": _EVENTS[entry.file.role], "became": entry.became, "today": entry.today}
    return {**touch, "path": entry.file.path, **change_json(entry.change), **about}


def _line(line: BlameLine) -> str:
    touch, record = line.touch, line.record
    made = f"{touch.commit[:10]}  {touch.at[:10]}  {touch.author}" if touch else "not committed"
    said = ", ".join(f"{field}: {value}" for field, value in answers_of(record).items())
    return visible(f"{made:44}  {' '.join(record.key)}  {said}")


def _line_json(line: BlameLine) -> JsonObject:
    made = _touch_json(line.touch) if line.touch else {"commit": None}
    return {**made, "line": line.record.number, "key": list(line.record.key), "record": line.record.value}


def _touch_json(touch: Touch) -> JsonObject:
    return {"commit": touch.commit, "author": touch.author, "at": touch.at, "subject": touch.subject}
