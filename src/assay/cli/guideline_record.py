"""`assay guideline record`: a forge's approval, written down after the merge."""

from pathlib import Path

import click

from assay.actions.guideline_record import record_reviews
from assay.actions.guideline_reviews import Reviewed
from assay.actions.guideline_verified import statements
from assay.cli.context import by_hand, now, project_to_write
from assay.cli.guideline_options import AUTHOR, BASE, given_file
from assay.cli.submitting import submits
from assay.errors import ExitCode


@click.command()
@click.argument("task")
@click.option(
    "--reviews", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="The reviews of the pull request, as GitHub's REST interface gives them.",
)  # fmt: skip
@click.option("--pull-request", required=True, metavar="N|URL", help="The pull request.")
@click.option("--head", required=True, metavar="SHA", help="The commit that was reviewed.")
@BASE
@AUTHOR
@submits("record-{task}-{pull_request}", "{task}: approval of pull request {pull_request} recorded")
def record(*, task: str, reviews: Path, pull_request: str, head: str, base: str | None, author: tuple[str, ...]) -> int:
    """Writes guidelines/approvals/TASK/VERSION.yaml once the forge's reviews of a merged pull request approve it.

    Judges as `assay guideline verify TASK --reviews` does, by what the default branch was before the merge, and refuses
    (exit code 1) where they do not, or where something else was merged than was reviewed. After a rebase or a squash
    only the forge knows what that was: give its base (in GitHub's REST interface `base.sha` of the pull request).

    \b
    Example:
      assay guideline record triage --reviews reviews.json --pull-request 7 --head "$HEAD_SHA" --base "$BASE_SHA" --author ada --submit
    """
    given = Reviewed(reviews=given_file(reviews), head=head, base=base, said=statements(author))
    with project_to_write() as project:
        written = record_reviews(project, task, given, pull_request=pull_request, now=now())
    click.echo(written.said)
    by_hand("commit it")
    return ExitCode.OK
