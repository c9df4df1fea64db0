"""`assay guideline verify`: approved, or held and why."""

from pathlib import Path
from typing import Any

import click

from assay.actions.guideline_reviews import Reviewed, verify_reviews
from assay.actions.guideline_verified import Verified, statements
from assay.actions.guideline_verify import verify as verify_records
from assay.cli.context import FORMAT, now, project_here, talk
from assay.cli.guideline_options import AUTHOR, BASE, HEAD, REVIEWS, given_file
from assay.errors import ExitCode, UsageError
from assay.report import as_json, visible


@click.command()
@click.argument("task")
@click.option("--version", metavar="V", help="Another version than the guideline has now.")
@REVIEWS
@HEAD
@BASE
@AUTHOR
@FORMAT
def verify(*, task: str, version: str | None, base: str | None, style: str, **review: Any) -> int:
    """Says whether a version of TASK's guideline is approved, or held and why (exit code 1).

    Without --reviews the record below guidelines/approvals/ is judged, and its signature. With --reviews a forge's
    reviews of a pull request are, as GitHub's REST interface gives them. Who may approve, whose key counts and what
    was approved before is read from the base, never from the change itself; a change of who may approve or sign is
    judged beside it.

    \b
    Examples:
      assay guideline verify triage
      assay guideline verify triage --version 1.0.0 --base origin/main
      gh api --paginate --slurp repos/O/R/pulls/7/reviews > reviews.json
      assay guideline verify triage --reviews reviews.json --head "$HEAD_SHA" --base origin/main --author ada
    """
    project = project_here()
    given = _reviewed(base=base, **review)
    found = verify_reviews(project, task, given) if given else verify_records(project, task, version, base, now=now())
    if style == "json":
        click.echo(as_json([_as_json(one) for one in found]))
    for one in found:
        _say(one, quiet=style == "json")
    return ExitCode.OK if all(one.approved for one in found) else ExitCode.FINDINGS


def _reviewed(*, base: str | None, reviews: Path | None, head: str, author: tuple[str, ...]) -> Reviewed | None:
    if reviews is not None:
        return Reviewed(reviews=given_file(reviews), head=head, base=base, said=statements(author))
    if head or author:
        raise UsageError("--head and --author speak of reviews", hint="give them with --reviews FILE")
    return None


def _say(one: Verified, *, quiet: bool) -> None:
    subject = f"{one.content.task} {one.content.version}"
    if one.approved:
        told = f"{subject}: approved by {' and '.join(one.judged.by)} ({one.judged.way})"
    else:
        told = f"{subject}: held: {one.judged.reason}"
    if not quiet:
        click.echo(visible(told))
    if one.note:
        talk(visible(f"{subject}: {one.note}"))


def _as_json(one: Verified) -> dict[str, object]:
    return {
        "task": one.content.task,
        "version": one.content.version,
        "digest": one.content.digest,
        "state": one.judged.state,
        "by": list(one.judged.by),
        "way": one.judged.way,
        "reason": one.judged.reason,
        "authors": list(one.authors.names),
        "unknown_authors": sorted(one.authors.strangers),
        "note": one.note,
    }
