"""`assay release add|build|verify|record`."""

import click

from assay.actions import add_release
from assay.cli.context import FORMAT, project_for_stage, project_here, today
from assay.cli.stages import spare_pandas
from assay.errors import ExitCode
from assay.release import build, record, verify
from assay.report import as_json, visible


@click.group()
def release() -> None:
    """Datasets that leave only when everything passed."""


@release.command("add")
@click.argument("name")
@click.option("--task", "tasks", multiple=True, required=True, help="A task whose labels it holds; repeatable.")
def add_command(name: str, tasks: tuple[str, ...]) -> int:
    """Writes releases/NAME.yaml and lists NAME in checks/project.yaml.

    \b
    Example:
      assay release add support --task triage --task preference
    """
    for path in add_release(project_here(), name, tasks):
        click.echo(f"wrote {path}")
    return ExitCode.OK


@release.command("build")
@click.argument("name")
def build_command(name: str) -> int:
    """Writes release/NAME/ if the verdict passes, is current and unexpired; else refuses (exit 1) and leaves nothing.

    A stage of the pipeline: `dvc repro` calls it.
    """
    project = project_for_stage()
    spare_pandas()
    manifest = build(project, name, today=today())
    click.echo(f"release/{name}: version {manifest.version}, {manifest.rows:,} rows")
    return ExitCode.OK


@release.command("verify")
@click.argument("name")
@FORMAT
def verify_command(name: str, style: str) -> int:
    """Holds release/NAME/ against its manifest, the record under releases/, and what it was made from."""
    problems = verify(project_here(), name, today=today())
    good = (
        f"release/{name}: every file is what the manifest says, made from the tables, reports and policy that are here"
    )
    text = "\n".join(map(visible, problems)) or good
    click.echo(as_json({"release": name, "problems": list(problems)}) if style == "json" else text)
    return ExitCode.FINDINGS if problems else ExitCode.OK


@release.command("record")
@click.argument("name")
def record_command(name: str) -> int:
    """Writes the manifest of release/NAME/, with item ids and guideline versions, under releases/ to be committed."""
    project = project_here()
    click.echo(f"wrote {record(project, name).relative_to(project.root)}; commit it")
    return ExitCode.OK
