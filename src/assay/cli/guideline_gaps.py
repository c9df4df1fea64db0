"""`assay guideline gaps`: where a style guide was silent."""

import click
import msgspec

from assay.actions.guideline_gaps import find_gaps
from assay.cli.context import FORMAT, project_with_tasks, talk
from assay.errors import ExitCode
from assay.report import as_json, count
from assay.report.gaps import gap_block


@click.command()
@click.argument("task", required=False)
@FORMAT
def gaps(*, task: str | None, style: str) -> int:
    """Prints the items that the guideline of TASK, or every guideline, does not cover, as example blocks to paste.

    Those are items decided with the reason `guideline-gap`, with the decision as the label; and items that an annotator
    flagged `guideline-gap`, with the votes as comments. What is an example already is left out.

    \b
    Examples:
      assay guideline gaps triage
      assay guideline gaps --format json
    """
    found = find_gaps(project_with_tasks(), task)
    if style == "json":
        click.echo(as_json({one.task: msgspec.to_builtins(one.gaps) for one in found}))
        return ExitCode.OK
    if blocks := [gap_block(gap) for one in found for gap in one.gaps]:
        click.echo("\n\n".join(blocks))
    for one in found:
        answered = f", and {one.answered:,} more are examples by now" if one.answered else ""
        talk(f"{one.task}: {count(len(one.gaps), 'gap')}{answered}")
    return ExitCode.OK
