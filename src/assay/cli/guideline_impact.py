"""`assay guideline impact`: the blast radius of an edit."""

import click

from assay.actions.impact import Measured, measure_impacts
from assay.actions.relabel import Drafted, draft_relabel
from assay.cli.context import by_hand, now, project_to_write, project_with_tasks, talk
from assay.cli.submitting import submits
from assay.cli.votes_lost import tell_already, tell_asking, tell_losing
from assay.cli.words import OTHERS
from assay.errors import ExitCode, UsageError
from assay.report import as_json, count, some
from assay.report.impact import impact_markdown, impact_text

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
@click.option("--batch", "name", metavar="NAME", help="Draft the batch that labels again what is outdated or waits.")
@OTHERS
@_FORMAT
@submits(
    "batch-{task}-{name}",
    "{task}/{name}: batch drafted of what the guideline makes outdated",
    then="each annotator labels it again: `assay start`",
    settled=("guidelines/", "schemas/"),
)
def impact(*, task: str | None, base: str | None, name: str | None, others: tuple[str, ...], style: str) -> int:
    """Says what the edit of a guideline in my work tree would make outdated, before it is merged.

    Counts the current labels that the new entries of `changes` affect, or that wait for people after a migration that
    the edit adds (a value split or retired, a field added without a value), by value, annotator and batch; names the
    gold, adjudications and examples to look at again and the published releases touched; and estimates the hours it
    takes to label again, from the median of the seconds that people took. What earlier versions left to label again
    is counted too, and said. Outdated labels stay in all figures, counted as outdated, until a batch that labels their
    items again is closed; one that waits has no value any more.

    With --batch each of these items is asked of everybody who has a current answer to it and can still be asked; of
    those that --annotators names, one is asked for each who cannot. What an open batch asks already is left out.

    \b
    Examples:
      assay guideline impact
      assay guideline impact triage --base v1.2 --format markdown
      assay guideline impact triage --batch 2026-12-relabel
      assay guideline impact triage --batch 2026-12-relabel --annotators ada,ben --submit
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
        tell_drafted(drafted)
    return ExitCode.OK


def _the_one(measured: tuple[Measured, ...]) -> Measured:
    concerned = [one for one in measured if one.plan] if len(measured) > 1 else list(measured)
    if len(concerned) != 1:
        tasks = ", ".join(one.impact.task for one in measured)
        raise UsageError("--batch drafts a round of one task", hint=f"name the task: {tasks}")
    return concerned[0]


def tell_drafted(drafted: Drafted) -> None:
    """Says what a drafted batch holds."""
    loads = ", ".join(some([f"{who} {number:,}" for who, number in drafted.loads.items()]))
    talk(f"drafted {drafted.folder}: {count(drafted.items, 'item')} ({loads})")
    tell_already(drafted.already)
    tell_asking(drafted.asking)
    tell_losing(drafted.left_out, drafted.losing)
    by_hand(f"Next: commit {drafted.folder} with the guideline, then each annotator labels it again")
