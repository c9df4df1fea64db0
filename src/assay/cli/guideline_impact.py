"""`assay guideline impact`: the blast radius of an edit."""

import click

from assay.actions.impact import Measured, measure_impacts
from assay.actions.relabel import Drafted, draft_relabel
from assay.cli.context import now, project_to_write, project_with_tasks, talk
from assay.cli.words import OTHERS
from assay.errors import ExitCode, UsageError
from assay.report import as_json, count, visible
from assay.report.impact import impact_markdown, impact_text

_NAMED = 20
_FORMAT = click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="How to print.",
)


@click.command()
@click.argument("task", required=False)
@click.option("--base", metavar="REV", help="Compare with REV.  [default: where my branch left the default branch]")
@click.option("--batch", "name", metavar="NAME", help="Draft the round that labels the outdated items again.")
@OTHERS
@_FORMAT
def impact(*, task: str | None, base: str | None, name: str | None, others: tuple[str, ...], style: str) -> int:
    """Says what the edit of a guideline in my work tree would make outdated, before it is merged.

    Counts the labels of the current rounds that the new entries of `changes` affect, by value, annotator and batch;
    names the gold, adjudications and examples to look at again and the published releases touched; and estimates the
    hours it takes to label again, from the median of the seconds that people took.

    \b
    Examples:
      assay guideline impact
      assay guideline impact triage --base v1.2 --format markdown
      assay guideline impact triage --batch 2026-12-relabel
      assay guideline impact triage --batch 2026-12-relabel --annotators ada,ben
    """
    if name is None:
        measured, drafted = measure_impacts(project_with_tasks(), task, base=base), None
    else:
        with project_to_write() as project:
            measured = measure_impacts(project, task, base=base)
            drafted = draft_relabel(project, _the_one(measured), name, now=now(), others=others)
    impacts = [one.impact for one in measured]
    if style == "json":
        click.echo(as_json(impacts[0] if task else impacts))
    elif impacts:
        click.echo("\n\n".join(map(impact_markdown if style == "markdown" else impact_text, impacts)))
    if drafted is not None:
        _tell(drafted)
    return ExitCode.OK


def _the_one(measured: tuple[Measured, ...]) -> Measured:
    concerned = [one for one in measured if one.plan] if len(measured) > 1 else list(measured)
    if len(concerned) != 1:
        tasks = ", ".join(one.impact.task for one in measured)
        raise UsageError("--batch drafts a round of one task", hint=f"name the task: {tasks}")
    return concerned[0]


def _tell(drafted: Drafted) -> None:
    loads = ", ".join(f"{who} {number:,}" for who, number in drafted.loads.items())
    talk(f"drafted {drafted.folder}: {count(drafted.items, 'item')} ({loads})")
    if drafted.left_out:
        named = visible(", ".join(drafted.left_out[:_NAMED]))
        talk(f"nobody who answered them can be asked for {count(len(drafted.left_out), 'item')}: {named}")
    talk(f"Next: commit {drafted.folder} with the guideline, then each annotator labels it again")
