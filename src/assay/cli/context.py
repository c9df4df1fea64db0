"""What commands share: the project they stand in, today, how they print."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from assay.errors import GitError, NoProjectError, UsageError
from assay.extras import resolve
from assay.git.objects import clone_of
from assay.git.snapshot import require_whole
from assay.project import Project, find_project
from assay.project.find import find_root
from assay.project.measured import require_same_assay
from assay.report.styles import STYLES
from assay.store.files import recover, tidy
from assay.store.git import NO_REPOSITORY
from assay.store.lock import writing
from assay.store.pending import named

FORMAT = click.option(
    "--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print."
)

FINDINGS_FORMAT = click.option(
    "--format",
    "style",
    type=click.Choice(STYLES),
    default="text",
    show_default=True,
    help="How to print what is found.",
)

SUBMITS = "assay.submits"
"""The mark of a command line that sends by itself what it writes."""

AS = click.option("--as", "who", metavar="ID", help="Who I am.  [default: as git and the roster know me]")


def project_here() -> Project:
    """The project around the working folder, an interrupted write finished first."""
    project = find_project(_here())
    if finished := recover(project.root):
        _tell_finished(finished)
        project = find_project(project.root)
    return project


@contextmanager
def project_to_write(*, dry: bool = False) -> Iterator[Project]:
    """The project around the working folder, read while nobody else may write to it: what is written goes by that.

    `dry` is of a command that writes nothing this time: nobody is kept out.

    Raises:
        UsageError: another command went on writing all the while.
    """
    if dry:
        yield project_here()
        return
    root = find_root(_here())
    with writing(root):
        if finished := tidy(root):
            _tell_finished(finished)
        yield find_project(root)


def _tell_finished(files: tuple[str, ...]) -> None:
    visible = resolve("assay.report:visible")
    talk(visible(f"finished a write that had been interrupted: {named(files)}"))


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
        except GitError as error:
            if NO_REPOSITORY not in error.message:
                raise
            raise nothing from None
        return (here, *here.parents)[depth]


def project_for_stage() -> Project:
    """The project around the working folder, for a stage of the pipeline.

    Raises:
        UsageError: an interrupted write had to be finished first, so what DVC looked at has changed; git keeps part of
            the project out of the work tree; or another assay measures this project.
    """
    project = find_project(_here())
    if finished := recover(project.root):
        raise UsageError(
            f"a write had been interrupted; it is finished now: {named(finished)}", hint="run `dvc repro` again"
        )
    require_whole(project.snapshot)
    require_same_assay(project)
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


def by_hand(line: str) -> None:
    """Says what somebody does with git next, unless the command does it for them."""
    if not click.get_current_context().meta.get(SUBMITS):
        talk(line)


def interactive() -> bool:
    """Whether somebody watches standard error."""
    return sys.stderr.isatty()
