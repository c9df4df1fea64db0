"""`assay guideline render`: a style guide as a page for readers."""

from pathlib import Path

import click

from assay.actions.guideline_render import render_guidelines
from assay.cli.context import project_with_tasks
from assay.errors import ExitCode


@click.command()
@click.argument("task", required=False)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Where.  [default: build/guidelines]"
)
def render(*, task: str | None, out: Path | None) -> int:
    """Writes the guideline of TASK, or every guideline, as one readable HTML page that needs no network.

    It has the version in the work tree, the earlier ones that git's history holds, and what changed between them; the
    links at its top switch. Printed, it is the version shown.

    \b
    Examples:
      assay guideline render
      assay guideline render triage --out ~/public
    """
    project = project_with_tasks()
    for path in render_guidelines(project, task, out or project.root / "build" / "guidelines"):
        click.echo(f"wrote {path if out else path.relative_to(project.root)}")
    return ExitCode.OK
