"""What commands share: the project, today, output formats, types of options, `--submit`."""

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import wraps
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from assay import annotator, clone, files, forge, git, render
from assay import project as projects
from assay.errors import AssayError, ExitCode, GitError, NoProjectError, UsageError
from assay.extras import resolve
from assay.render import STYLES

if TYPE_CHECKING:
    from assay.annotator import Errand
    from assay.project import Project

W = TypeVar("W", bound=StrEnum)


class Word(click.Choice[W]):
    """One word of an enumeration, as project files spell it."""

    def normalize_choice(self, choice: object, ctx: click.Context | None) -> str:
        """The word that is typed for a member."""
        return str(choice)


class Names(click.ParamType[tuple[str, ...]]):
    """Names with commas between them."""

    name = "A,B,…"

    def convert(
        self, value: str | tuple[str, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """The names, without spaces; empty ones left out."""
        if isinstance(value, tuple):
            return value
        return tuple(name.strip() for name in value.split(",") if name.strip())


class Within(click.FloatRange):
    """A number in a range; `nan`, which no bound holds, is none."""

    def convert(self, value: float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number."""
        found = float(super().convert(value, param, ctx))
        if isnan(found):
            self.fail(f"{value!r} is no number.", param, ctx)
        return found


OTHERS = click.option(
    "--annotators",
    "others",
    type=Names(),
    default=(),
    help="Of these, one is asked for each who answered an item and cannot be asked.",
)


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


def project_here() -> "Project":
    """The project around the working folder, an interrupted write finished first."""
    project = projects.find_project(_here())
    if finished := files.recover(project.root):
        _tell_finished(finished)
        project = projects.find_project(project.root)
    return project


@contextmanager
def project_to_write(*, dry: bool = False) -> "Iterator[Project]":
    """The project around the working folder, read while nobody else may write to it: what is written goes by that.

    `dry` is of a command that writes nothing this time: nobody is kept out.

    Raises:
        UsageError: another command went on writing all the while.
    """
    if dry:
        yield project_here()
        return
    root = projects.find_root(_here())
    with files.writing(root):
        if finished := files.tidy(root):
            _tell_finished(finished)
        yield projects.find_project(root)


def _tell_finished(finished: tuple[str, ...]) -> None:
    visible = resolve("assay.render.text:visible")
    talk(visible(f"finished a write that had been interrupted: {files.named(finished)}"))


def root_here() -> Path:
    """The folder of the project around the working folder, for a command that reads nothing of the work tree.

    Where the work tree holds no project (a bare clone, or a change that takes the project away), it is the top of the
    repository.

    Raises:
        NoProjectError: there is no project and no repository.
    """
    here = _here()
    try:
        return projects.find_root(here)
    except NoProjectError as nothing:
        try:
            depth = git.clone_of(here).prefix.count("/")
        except GitError as error:
            if git.NO_REPOSITORY not in error.message:
                raise
            raise nothing from None
        return (here, *here.parents)[depth]


def project_for_stage() -> "Project":
    """The project around the working folder, for a stage of the pipeline.

    Raises:
        UsageError: an interrupted write had to be finished first, so what DVC looked at has changed; git keeps part of
            the project out of the work tree; or another assay measures this project.
    """
    project = projects.find_project(_here())
    if finished := files.recover(project.root):
        raise UsageError(
            f"a write had been interrupted; it is finished now: {files.named(finished)}", fix="run `dvc repro` again"
        )
    git.require_whole(project.snapshot)
    projects.require_same_assay(project)
    return project


def project_with_tasks() -> "Project":
    """The project around the working folder; one that has no task yet is told so, for there is nothing to answer of."""
    project = project_here()
    if not project.tasks:
        talk("the project has no task yet; `assay task add NAME` makes one")
    return project


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise UsageError("the folder you are in does not exist any more", fix="cd into it again") from error


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


_HELP = "Commit just these files on a branch of mine, push it, open the pull request."

Command = Callable[..., int | None]


def submits(
    what: str, title: str, *, then: str = "", settled: tuple[str, ...] = ()
) -> Callable[[Command], Callable[..., int | None]]:
    """Gives a command `--submit`.

    `what` names the branch and `title` the commit, `then` says what comes once it is merged; the command's values stand in
    them in braces. Files below the prefixes of `settled` must be committed before: what is written follows them.
    """

    def _given(command: Command) -> Callable[..., int | None]:
        @click.option("--submit", is_flag=True, help=_HELP)
        @wraps(command)
        def _run(*context: click.Context, submit: bool, **said: Any) -> int | None:
            here = click.get_current_context()
            if here.invoked_subcommand is not None:
                if submit:
                    raise click.UsageError(f"--submit goes after {here.invoked_subcommand}")
                return command(*context, **said)
            words = {name: _word(value) for name, value in said.items()}

            def _errand(project: "Project") -> "Errand":
                return annotator.Errand(
                    who=clone.who_am_i(
                        project,
                        said.get(next((one.name or "" for one in here.command.params if "--as" in one.opts), "")),
                    ).id,
                    what=what.format_map(words),
                    title=" ".join(title.format_map(words).split()),
                    command=f"{here.command_path} {sorted(said.items())!r}",
                    typed=shlex.join(("assay", *here.obj)),
                    settled=settled,
                )

            if not submit:
                try:
                    project = project_here()
                    errand = _errand(project)
                except AssayError:
                    return command(*context, **said)
                return annotator.note(project, errand, lambda: command(*context, **said))
            here.meta[SUBMITS] = True
            project = project_here()
            errand = _errand(project)
            code, sent = annotator.carry_out(
                project, errand, lambda: command(*context, **said) or ExitCode.OK, talk, now=now()
            )
            if sent.others:
                talk(forge.others_text(sent.others))
            if sent.findings:
                talk(render.findings_text(sent.findings))
            talk(forge.sent_text(sent, then.format_map(words)))
            return ExitCode.FINDINGS if sent.refused else code

        return _run

    return _given


def _word(value: object) -> str:
    if isinstance(value, Path):
        return value.name
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value or "")
