"""`assay review` and `assay return`."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay import clone, guidelines, reviewer
from assay.cli.approval import given_file
from assay.cli.context import AS, FORMAT, Names, by_hand, now, project_to_write, root_here, submits
from assay.errors import ExitCode
from assay.extras import resolve
from assay.git import TreeChange
from assay.project import Project
from assay.render import as_json, code_quality, count, github_annotations, sarif_of, visible
from assay.reviewer import review_markdown, review_text

if TYPE_CHECKING:
    from assay.reviewer import GuidelineState, Review

_SECRET = "ASSAY_DRAW_SECRET"  # noqa: S105 - the name of a variable
_STYLES: "dict[str, Callable[[Review], str]]" = {
    "text": review_text,
    "markdown": review_markdown,
    "json": lambda review: as_json(review.as_json()),
    "sarif": lambda review: as_json(sarif_of(reviewer.review_findings(review))),
    "gitlab": lambda review: code_quality(reviewer.review_findings(review)),
    "github": lambda review: github_annotations(reviewer.review_findings(review), reviewer.review_headline(review)),
}


@click.command()
@click.argument("base", required=False)
@click.argument("head", required=False)
@click.option("--actor", "actors", multiple=True, metavar="LOGIN", help="Who asks to merge, on my own word: advice.")
@click.option(
    "--event",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The forge's event as JSON: who asks, title, branch and number are read from it.",
)
@click.option(
    "--pushes",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='Who pushed, from the forge by a trusted job: a JSON list of {"before", "after", "actor"}.',
)
@click.option(
    "--reviews",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Who approved, from the forge by a trusted job: its reviews of the pull request as JSON.",
)
@click.option(
    "--format", "style", type=click.Choice(list(_STYLES)), default="text", show_default=True, help="How to print."
)
def review_command(  # noqa: PLR0913 - an option each
    *,
    base: str | None,
    head: str | None,
    actors: tuple[str, ...],
    event: Path | None,
    pushes: Path | None,
    reviews: Path | None,
    style: str,
) -> int:
    """Says what a pull request does, whether it may, and what to look at: HEAD against BASE, from git alone.

    BASE is the tip of the default branch unless named, HEAD the commit I am on. Nothing of HEAD is checked
    out or run, and what it may do is decided by BASE. Exit code 1 where it is refused, else 0.

    Only a change of which every commit is signed by a key of BASE, or pushed by the forge's word (the event of its
    opening, or --pushes), is ok without a person looking at it.

    What waits for approval names who has to give it; with --reviews it is ok once they have, for exactly HEAD.

    Where the variable ASSAY_DRAW_SECRET is set, a share of the changes that need nobody is drawn for a human look.

    \b
    Examples:
      assay review
      assay review origin/main HEAD --actor ada-at-example --format markdown
      assay review $BASE_SHA $HEAD_SHA --event $GITHUB_EVENT_PATH --pushes pushes.json --reviews reviews.json
    """
    stated = reviewer.event_of(event) if event else reviewer.Asked()
    asked = reviewer.Asked(
        base=base,
        head=head,
        actors=tuple(dict.fromkeys((*actors, *stated.actors))),
        sender="" if stated.sender in actors else stated.sender,
        forge=replace(stated.forge, pushes=reviewer.pushes_of(pushes) if pushes else None),
        now=now(),
        secret=os.environ.get(_SECRET, "").encode(),
        ticket=stated.ticket,
        title=stated.title,
        branch=stated.branch,
        reviews=guidelines.reviews_of(given_file(reviews)) if reviews else None,
    )
    found: Review = reviewer.review(root_here(), asked, _guidelines)
    click.echo(_STYLES[style](found))
    return ExitCode.FINDINGS if found.verdict.outcome is reviewer.Outcome.REFUSED else ExitCode.OK


def _guidelines(base: Project, merged: Project, changes: Sequence[TreeChange]) -> "Iterable[GuidelineState]":
    """What measures an edited guideline is loaded where there is one: most changes are labels."""
    states: Iterable[GuidelineState] = resolve("assay.reviewer.policy_changes:guideline_states")(base, merged, changes)
    return states


@click.command("return")
@click.argument("items", nargs=-1, required=True, metavar="ITEM...")
@click.option("--why", required=True, metavar="TEXT", help="What to look at again; the annotator reads it.")
@click.option(
    "--annotator", "annotators", type=Names(), default=(), help="Only theirs.  [default: everybody's answers]"
)
@click.option("--task", default="", metavar="NAME", help="Where an item stands in several tasks.")
@click.option("--batch", default="", metavar="NAME", help="Where an item was answered in several rounds.")
@AS
@FORMAT
@submits("return-{items}", "{items}: answers sent back", then="`assay todo` shows it to whoever answered")
def return_command(  # noqa: PLR0913 - the options of a command
    *, items: tuple[str, ...], why: str, annotators: tuple[str, ...], task: str, batch: str, who: str | None, style: str
) -> int:
    """Sends answers back to whoever gave them: `assay todo` and the page show the item again, with the reason.

    Writes <me>.returned.jsonl beside the answers; commit it and open a pull request. The old answer is kept as `first`
    when the annotator gives another one, so agreement does not change by it.

    \b
    Examples:
      assay return m-0017 --why "the parcel was late, see Urgency" --annotator ada
      assay return m-0017 m-0020 --batch 2026-11-round-3 --why "version 1.2 says otherwise" --submit
    """
    back = reviewer.Back(items=items, why=why, task=task, batch=batch, annotators=annotators)
    with project_to_write() as project:
        files = reviewer.send_back(project, clone.who_am_i(project, who), back, now=now())
    if style == "json":
        click.echo(as_json(files))
    for file in () if style == "json" else files:
        people = sorted({name for _, name in file.sent})
        click.echo(visible(f"{file.path}: {count(len(file.sent), 'answer')} sent back to {', '.join(people)}"))
    by_hand(f"Next: commit {', '.join(file.path for file in files)} and open a pull request")
    return ExitCode.OK
