"""`assay diff`: what changed in the labels."""

import click

from assay.actions.diff import diff_labels
from assay.cli.context import project_here
from assay.errors import ExitCode
from assay.report import as_json
from assay.report.diff import diff_json, diff_markdown, diff_text


@click.command(context_settings={"ignore_unknown_options": False})
@click.option("--task", "tasks", multiple=True, metavar="TASK", help="Only this task; may stand several times.")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="How to print.",
)
@click.argument("names", nargs=-1, metavar="[A [B]] [-- TASK...]")
def diff(*, tasks: tuple[str, ...], style: str, names: tuple[str, ...]) -> int:
    """Says what changed in the labels: by record and never by line, with the answers before and after.

    From revision A (default: HEAD) to revision B (default: the work tree).

    \b
    Examples:
      assay diff                     what I changed and have not committed
      assay diff main                what the work tree has that main has not
      assay diff v1.0 v1.1           between two revisions
      assay diff main -- triage      of one task
    """
    project = project_here()
    revisions, named = _parted(names, frozenset(project.tasks))
    since = revisions[0] if revisions else "HEAD"
    until = revisions[1] if len(revisions) > 1 else None
    found = diff_labels(project, since, until, (*tasks, *named))
    shown = (
        as_json(diff_json(found)) if style == "json" else (diff_markdown if style == "markdown" else diff_text)(found)
    )
    click.echo(shown)
    return ExitCode.OK


def _parted(names: tuple[str, ...], tasks: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Revisions and tasks: click has taken the `--` away, and what is a task's name after the first two is a task."""
    split = next((place for place, name in enumerate(names) if name in tasks), len(names))
    revisions, named = names[:split], names[split:]
    if len(revisions) > 2:
        raise click.UsageError(f"{revisions[2]!r} is a third revision, or no task of this project")
    return revisions, named
