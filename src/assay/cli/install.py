"""`assay install`: set this clone up."""

import shutil
import sys
from pathlib import Path

import click

from assay.actions.forge_files import CiForge
from assay.actions.install import install as run_install
from assay.actions.install import uninstall
from assay.cli.context import project_to_write, talk
from assay.cli.forge import install_for
from assay.cli.submitting import submits
from assay.errors import ExitCode


@click.command()
@click.option("--uninstall", "remove", is_flag=True, help="Take back what install set up in this clone.")
@click.option(
    "--forge", type=click.Choice([one.value for one in CiForge]), help="Write the workflows of this forge instead."
)
@click.option("--force", is_flag=True, help="With --forge: replace files that differ.")
@click.option("--diff", "show", is_flag=True, help="With --forge: show how the files that differ would change.")
@submits("forge-{forge}", "workflows and code owners of {forge}")
def install(*, remove: bool, forge: str | None, force: bool, show: bool) -> int:
    """Has git merge and compare labels by record in this clone, and check them before each commit.

    Nothing that is committed changes, and nobody else's hook is touched. What cannot be merged by record, or should
    assay be missing one day, git merges line by line as ever.

    With --forge, writes the workflows that review, gate and release on a forge, and the code owners, from the roster.
    A file that differs from what this assay writes is left, and said (exit code 1).

    \b
    Examples:
      assay install
      assay install --uninstall
      assay install --forge github --submit
      assay install --forge gitlab --diff
    """
    if (force or show) and forge is None:
        raise click.UsageError("--force and --diff go with --forge")
    with project_to_write() as project:
        if forge is not None:
            return ExitCode.OK if install_for(project, CiForge(forge), force=force, show=show) else ExitCode.FINDINGS
        done = uninstall(project) if remove else run_install(project, _program())
    for line in done.done:
        click.echo(f"{'removed' if remove else 'set'}: {line}")
    for line in done.left:
        talk(line)
    if not done.done:
        talk("nothing to do" if remove else f"everything {'else ' if done.left else ''}was set up already")
    return ExitCode.OK


def _program() -> str:
    """The path of the program that runs now, for git to call."""
    places = (Path(sys.argv[0]), Path(sys.executable).with_name("assay"), Path(shutil.which("assay") or "assay"))
    found = next((place for place in places if place.name == "assay" and place.is_file()), places[-1])
    return str(found.absolute()) if found.exists() else str(found)
