"""`assay task add`: a labelling task."""

from pathlib import Path

import click

from assay.actions import add_task
from assay.cli.context import project_to_write, today
from assay.cli.submitting import submits
from assay.errors import ExitCode, UsageError
from assay.model.schema import Scale
from assay.report import drafted_text


@click.group()
def task() -> None:
    """Labelling tasks."""


@task.command("add", short_help="Draft schema, guideline and checks of a task.")
@click.argument("name")
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Draft the schema from these labels (long format, .jsonl or .jsonl.gz).",
)
@click.option(
    "--scale", "scales", multiple=True, metavar="FIELD=SCALE", help="Measure FIELD on this scale; repeatable."
)
@click.option("--pool", help="The pool its items come from.  [default: NAME]")
@submits("task-{name}", "{name}: task added")
def add(name: str, source: Path | None, scales: tuple[str, ...], pool: str | None) -> int:
    """Drafts schema, guideline and checks of the task NAME, and lists it in checks/project.yaml.

    Of a task that lost its checks alone, checks/NAME.yaml is drafted again from the schema.

    With --from it says, field by field, what it saw, what it decided and what would change that, and lists what the draft
    refuses of the file.

    \b
    Examples:
      assay task add sentiment
      assay task add rte --from rte.jsonl.gz --submit
      assay task add nodules --from lidc.jsonl.gz --scale calcification=nominal
    """
    stated = dict(_scale(text) for text in scales)
    with project_to_write() as project:
        added = add_task(project, name, pool=pool, source=source, scales=stated, today=today())
    if source:
        click.echo(drafted_text(name, added.fields, added.findings))
    for path in added.written:
        click.echo(f"wrote {path}")
    if added.fields:
        click.echo(f"\nNext: read schemas/{name}.yaml and guidelines/{name}.md, they are drafts; then bring in labels")
    return ExitCode.OK


def _scale(text: str) -> tuple[str, Scale]:
    field, _, scale = text.partition("=")
    if scale not in set(Scale):
        raise UsageError(f"--scale {text}: {scale!r} is not a scale", hint=f"FIELD=one of {', '.join(Scale)}")
    return field, Scale(scale)
