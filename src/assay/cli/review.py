"""`assay review` and `assay return`."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay import clone, guidelines, reviewer
from assay.cli.approval import given_file
from assay.cli.context import AS, FORMAT, Names, next_step, now, project_to_write, root_here, submits
from assay.errors import ExitCode
from assay.render import as_json, code_quality, count, github_annotations, sarif_of, visible

if TYPE_CHECKING:
    from assay.reviewer import ReviewReport

_SECRET = "ASSAY_DRAW_SECRET"  # noqa: S105 - the name of a variable
_STYLES: "dict[str, Callable[[ReviewReport], str]]" = {
    "text": lambda review: reviewer.review_text(review),  # noqa: PLW0108 - its module is loaded at the call
    "markdown": lambda review: reviewer.review_markdown(review),  # noqa: PLW0108 - as above
    "json": lambda review: as_json(review.as_json()),
    "sarif": lambda review: as_json(sarif_of(reviewer.review_findings(review))),
    "gitlab": lambda review: code_quality(reviewer.review_findings(review)),
    "github": lambda review: github_annotations(reviewer.review_findings(review), reviewer.review_headline(review)),
}


@click.command()
@click.argument("base", required=False)
@click.argument("head", required=False)
@click.option(
    "--actor", "actors", multiple=True, metavar="LOGIN", help="Who asks to merge, unverified: the result is advice."
)
@click.option(
    "--event",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The forge's event as JSON: gives actor, title, branch and number.",
)
@click.option(
    "--pushes",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='Who pushed, collected by a trusted job: a JSON list of {"before", "after", "actor"}.',
)
@click.option(
    "--reviews",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Who approved, collected by a trusted job: the reviews of the pull request as JSON.",
)
@click.option(
    "--format", "style", type=click.Choice(list(_STYLES)), default="text", show_default=True, help="Output format."
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
    """Checks a pull request against the policy: shows what HEAD changes against BASE, whether it may, and what to review.

    BASE is the tip of the default branch by default, HEAD the current commit. Nothing of HEAD is checked out or run, and
    the policy is read from BASE. Exit code 1 if the change is refused, else 0.

    A change is ok without a human review only if every commit is signed by a key of BASE, or was pushed by its author
    according to the forge (the event of its opening, or --pushes).

    If approval is required, it names the approvers; with --reviews it is ok once they have approved exactly HEAD.

    If the variable ASSAY_DRAW_SECRET is set, a random share of the changes that need no review is selected for one.

    \b
    Examples:
      assay review
      assay review origin/main HEAD --actor ada-at-example --format markdown
      assay review $BASE_SHA $HEAD_SHA --event $GITHUB_EVENT_PATH --pushes pushes.json --reviews reviews.json
    """
    stated = reviewer.event_of(event) if event else reviewer.ReviewRequest()
    asked = reviewer.ReviewRequest(
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
    report = reviewer.review_pull_request(root_here(), asked)
    click.echo(_STYLES[style](report))
    return ExitCode.FINDINGS if report.verdict.outcome is reviewer.ReviewOutcome.REFUSED else ExitCode.OK


@click.command("return")
@click.argument("items", nargs=-1, required=True, metavar="ITEM...")
@click.option("--why", required=True, metavar="TEXT", help="The reason, shown to the annotator.")
@click.option("--annotator", "annotators", type=Names(), default=(), help="Only their answers.  [default: all answers]")
@click.option("--task", default="", metavar="NAME", help="Needed if an item is in several tasks.")
@click.option("--batch", default="", metavar="NAME", help="Needed if an item was answered in several batches.")
@AS
@FORMAT
@submits("return-{items}", "{items}: answers sent back", then="`assay todo` shows it to the annotators")
def return_command(  # noqa: PLR0913 - the options of a command
    *, items: tuple[str, ...], why: str, annotators: tuple[str, ...], task: str, batch: str, who: str | None, style: str
) -> int:
    """Returns answers to their annotators: `assay todo` and the page show the item again, with the reason.

    Writes <me>.returned.jsonl beside the answers. If the annotator changes the answer, the old one is kept as `first`, so
    agreement does not change.

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
    next_step(f"commit {', '.join(file.path for file in files)} and open a pull request")
    return ExitCode.OK
