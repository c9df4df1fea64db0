"""`assay init`: a labelling project from nothing."""

import uuid
from pathlib import Path

import click

from assay.actions import init as make_project
from assay.actions.forge_files import CiForge
from assay.cli.forge import install_for
from assay.errors import ExitCode
from assay.project import find_project


@click.command()
@click.argument("folder", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--forge", type=click.Choice([one.value for one in CiForge]), help="Write the workflows of this forge as well."
)
def init(folder: Path, forge: str | None) -> int:
    """Makes a labelling project in FOLDER (default: here), with git and DVC set up; overwrites nothing.

    \b
    Examples:
      assay init demo && cd demo
      assay init demo --forge github
      assay task add sentiment --from answers.jsonl.gz
      dvc repro
    """
    made = make_project(folder, project_id=str(uuid.uuid4()))
    for path in made.created:
        click.echo(f"wrote {path}")
    for path in made.kept:
        click.echo(f"kept  {path} (it was there)")
    if forge is not None:
        install_for(find_project(folder.resolve()), CiForge(forge))
    click.echo(
        f"\nNext: cd {folder}; assay task add NAME --from FILE" if folder != Path() else "\nNext: assay task add NAME"
    )
    return ExitCode.OK
