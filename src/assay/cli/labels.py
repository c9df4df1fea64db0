"""`assay diff`, `fmt`, `log` and `explain`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay import annotator, core, labels
from assay.cli.context import FORMAT, MARKDOWN_FORMAT, project_here, project_to_write, submits, talk
from assay.core import JsonObject
from assay.errors import ExitCode, UsageError
from assay.render import as_json, count, visible

if TYPE_CHECKING:
    from assay.annotator import ItemEvent, LogEntry
    from assay.git import Touch

_SHOWN = 20


@click.command(context_settings={"ignore_unknown_options": False})
@click.option("--task", "tasks", multiple=True, metavar="TASK", help="Only this task; repeatable.")
@MARKDOWN_FORMAT
@click.argument("names", nargs=-1, metavar="[A [B]] [-- TASK...]")
def diff_command(*, tasks: tuple[str, ...], style: str, names: tuple[str, ...]) -> int:
    """Shows what changed in the labels, by record, with the answers before and after.

    From revision A (default: HEAD) to revision B (default: the work tree).

    \b
    Examples:
      assay diff                     what I changed and have not committed
      assay diff main                the work tree against main
      assay diff v1.0 v1.1           between two revisions
      assay diff main -- triage      of one task
    """
    project = project_here()
    known = frozenset(project.tasks)
    split = next((place for place, name in enumerate(names) if name in known), len(names))
    revisions, named = names[:split], names[split:]
    if len(revisions) > 2:
        raise click.UsageError(f"{revisions[2]!r} is neither a task nor one of two revisions")
    since = revisions[0] if revisions else "HEAD"
    until = revisions[1] if len(revisions) > 1 else None
    found = annotator.diff_labels(project, since, until, (*tasks, *named))
    said = annotator.diff_markdown if style == "markdown" else annotator.diff_text
    click.echo(as_json(annotator.diff_json(found)) if style == "json" else said(found))
    return ExitCode.OK


@click.command()
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit 1 if a file is not canonical.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@submits("fmt", "label files in canonical form")
def fmt_command(*, only_check: bool, paths: tuple[Path, ...]) -> int:
    """Rewrites label files in canonical form: one record a line, sorted, keys in order. Every record is kept.

    A file with an unreadable line stays as it is, and the line is listed (exit 1).

    \b
    Examples:
      assay fmt                       every label file of the project
      assay fmt labels/triage         the files of one task
      assay fmt --submit              and submits them
      assay fmt --check               check only; writes nothing
    """
    with project_to_write(dry=only_check) as project:
        done = annotator.format_labels(project, paths, write=not only_check)
    for path in done.changed:
        click.echo(visible(f"{path}: {'is not canonical' if only_check else 'written'}"))
    for file in done.refused:
        for fault in file.faults[:_SHOWN]:
            click.echo(visible(f"{file.path}:{fault.number} {fault.why}"))
        if more := len(file.faults[_SHOWN:]) + file.more:
            click.echo(visible(f"{file.path}: and {more:,} more lines"))
    rest = "to be written; `assay fmt` writes them" if only_check else "written"
    said = f"{count(done.files, 'file')} checked, {len(done.changed):,} {rest if done.changed else 'changed'}"
    left = f"; {count(len(done.refused), 'file')} left as they are\nnext: fix the lines listed above (`assay check` shows how)"
    talk(said + (left if done.refused else ""))
    return ExitCode.FINDINGS if done.refused or (only_check and done.changed) else ExitCode.OK


@click.command("log")
@click.argument("item", required=False)
@click.option("--task", "tasks", multiple=True, metavar="TASK", help="Only this task; repeatable.")
@click.option("--file", "path", type=click.Path(path_type=Path), help="Show who last changed each record of this file.")
@FORMAT
def item_log_command(*, item: str | None, tasks: tuple[str, ...], path: Path | None, style: str) -> int:
    """Shows the history of an item, newest first: who labelled it how, when, under which guideline, and why.

    It lists every vote, gold answer, decision and return, with its outcome; the closing and reopening of its batches; the
    effect of migrations; and the releases that hold it, with the label, where their files are available.

    With --file, it shows who last changed each record of a label file, regardless of rewrites of the file.

    \b
    Examples:
      assay log msg-017
      assay log msg-017 --task triage
      assay log --file labels/triage/2026-09-round-1/ada.jsonl
    """
    if (item is None) == (path is None):
        raise click.UsageError("give an item or --file FILE")
    project = project_here()
    if path is not None:
        lines = annotator.file_log(project, path)
        if style == "json":
            records = [(line.touch, line.record) for line in lines]
            facts = [
                {
                    **(_touch_json(touch) if touch else {"commit": None}),
                    "line": record.number,
                    "key": list(record.key),
                    "record": record.value,
                }
                for touch, record in records
            ]
            click.echo(as_json(facts))
        else:
            for line in lines:
                touch, record = line.touch, line.record
                made = f"{touch.commit[:10]}  {touch.at[:10]}  {touch.author}" if touch else "not committed"
                values = ", ".join(f"{field}: {value}" for field, value in labels.answers_of(record).items())
                click.echo(visible(f"{made:44}  {' '.join(record.key)}  {values}"))
        return ExitCode.OK
    entries = annotator.item_log(project, item or "", tasks)
    click.echo(as_json(list(map(_entry_json, entries))) if style == "json" else "\n\n".join(map(_entry, entries)))
    return ExitCode.OK


def _entry(entry: "LogEntry | ItemEvent") -> str:
    touch = entry.touch
    head = visible(f"{touch.commit[:10]}  {touch.at}  {touch.author}: {touch.subject}")
    if isinstance(entry, annotator.ItemEvent):
        return "\n".join([head, visible(f"  {entry.path}"), *(visible(f"    {line}") for line in entry.said)])
    sent = entry.file.role is labels.FileRole.RETURNED
    told = (annotator.return_lines if sent else annotator.change_lines)(entry.change, entry.file.who)
    further = (visible(f"  {line}") for line in (entry.became, entry.today) if line)
    return "\n".join([head, visible(f"  {entry.file.path}"), *(f"    {line}" for line in (*told, *further))])


def _entry_json(entry: "LogEntry | ItemEvent") -> JsonObject:
    touch = _touch_json(entry.touch)
    if isinstance(entry, annotator.ItemEvent):
        told: JsonObject = {"path": entry.path, "event": entry.event, "task": entry.task}
        return {**touch, **told, **entry.facts, "said": [*entry.said]}
    events = {
        labels.FileRole.ANNOTATIONS: "vote",
        labels.FileRole.GOLD: "gold",
        labels.FileRole.ADJUDICATIONS: "decision",
        labels.FileRole.RETURNED: "return",
    }
    about: JsonObject = {"event": events[entry.file.role], "became": entry.became, "today": entry.today}
    return {**touch, "path": entry.file.path, **annotator.change_json(entry.change), **about}


def _touch_json(touch: "Touch") -> JsonObject:
    return {"commit": touch.commit, "author": touch.author, "at": touch.at, "subject": touch.subject}


@click.command()
@click.argument("rule", required=False)
def explain_command(rule: str | None) -> int:
    """Explains RULE: what it means, why it exists and how to fix its findings; without RULE, lists all rules.

    \b
    Examples:
      assay explain label/schema
      assay explain triage/agreement/intent
    """
    if rule is None:
        for known in core.CATALOGUE.values():
            click.echo(f"{known.id:<30} {known.title}")
        return ExitCode.OK
    found = core.rule_page(rule)
    if found is None:
        fix = f"{core.did_you_mean(rule, core.CATALOGUE)} `assay explain` lists them".strip()
        raise UsageError(f"unknown rule {rule!r}", fix=fix)
    click.echo(core.rule_text(found))
    return ExitCode.OK
