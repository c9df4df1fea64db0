"""`assay guideline lint`: what is wrong with the style guides."""

import click

from assay.actions.guideline_lint import lint_guidelines
from assay.cli.context import FINDINGS_FORMAT, project_here, talk
from assay.errors import ExitCode
from assay.report.styles import findings_in


@click.command()
@click.argument("task", required=False)
@click.option(
    "--base",
    metavar="REV",
    help="What an edit is judged against: was the version raised, and by enough?  "
    "[default: where HEAD left the default branch]",
)
@FINDINGS_FORMAT
def lint(*, task: str | None, base: str | None, style: str) -> int:
    """Says what is wrong with the guideline of TASK, or with every guideline.

    Front matter and versions, a heading and an example for every value, links, and the form of the examples; in a
    repository also whether the version tells what was edited. What the examples say is tested by `assay guideline test`. What a guideline of version 0.x still lacks is a warning. Exit code
    1 if there is an error.

    \b
    Examples:
      assay guideline lint                          every guideline
      assay guideline lint triage                   one
      assay guideline lint triage --base v1         one, with what was edited since the tag v1
      assay guideline lint --format github          as annotations of a workflow
    """
    linted = lint_guidelines(project_here(), task, base=base)
    said = f"looked at the guideline of {', '.join(linted.tasks) or 'no task'}"
    click.echo(findings_in(style, linted.findings, title="assay guideline lint", said=said))
    if style == "text":
        talk(said)
    return ExitCode.FINDINGS if linted.errors else ExitCode.OK
