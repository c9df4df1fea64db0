"""What commands share: the project they stand in, today, how they print."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from assay.errors import GitError, NoProjectError, UsageError
from assay.git.objects import clone_of
from assay.git.snapshot import require_whole
from assay.project import Project, find_project
from assay.project.find import find_root
from assay.store.files import recover

FORMAT = click.option(
    "--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print."
)

AS = click.option("--as", "who", metavar="ID", help="Who I am.  [default: as git and the roster know me]")


def project_here() -> Project:
    """The project around the working folder, an interrupted write finished first."""
    project = find_project(_here())
    if recover(project.root):
        talk("finished a write that had been interrupted")
    return project


def root_here() -> Path:
    """The folder of the project around the working folder, for a command that reads nothing of the work tree.

    Where the work tree holds no project (a bare clone, or a change that takes the project away), it is the top of the
    repository.

    Raises:
        NoProjectError: there is no project and no repository.
    """
    here = _here()
    try:
        return find_root(here)
    except NoProjectError as nothing:
        try:
            depth = clone_of(here).prefix.count("/")
        except GitError:
            raise nothing from None
        return (here, *here.parents)[depth]


def project_for_stage() -> Project:
    """The project around the working folder, for a stage of the pipeline.

    Raises:
        UsageError: an interrupted write had to be finished first, so what DVC looked at has changed; or git keeps part
            of the project out of the work tree.
    """
    project = find_project(_here())
    if recover(project.root):
        raise UsageError("a write had been interrupted; it is finished now", hint="run `dvc repro` again")
    require_whole(project.snapshot)
    return project


def project_with_tasks() -> Project:
    """The project around the working folder; one that has no task yet is told so, for there is nothing to answer of."""
    project = project_here()
    if not project.tasks:
        talk("the project has no task yet; `assay task add NAME` makes one")
    return project


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise UsageError("the folder you are in does not exist any more", hint="cd into it again") from error


def today() -> str:
    """The ISO date, UTC."""
    return datetime.now(UTC).date().isoformat()


def now() -> str:
    """The moment in UTC, RFC 3339, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def talk(line: str) -> None:
    """Says something on standard error; results go to standard output."""
    click.echo(line, err=True)


def interactive() -> bool:
    """Whether somebody watches standard error."""
    return sys.stderr.isatty()
