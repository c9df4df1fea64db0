"""What commands share: the project, the time, output formats, option types, `--submit`."""

import re
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

from assay import annotator, clone, files, forge, git, labels, render
from assay import project as projects
from assay.errors import AssayError, ExitCode, GitError, NoProjectError, UsageError
from assay.extras import resolve
from assay.render import STYLES

if TYPE_CHECKING:
    from assay.annotator import SendCommand
    from assay.labels import Engine
    from assay.project import Project

W = TypeVar("W", bound=StrEnum)
FORMAT = click.option(
    "--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
MARKDOWN_FORMAT = click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="Output format.",
)
FINDINGS_FORMAT = click.option(
    "--format",
    "style",
    type=click.Choice(STYLES),
    default="text",
    show_default=True,
    help="Output format of the findings.",
)
SUBMITS = "assay.submits"
"""The context key that is set while a command submits what it writes."""
AS = click.option("--as", "who", metavar="ID", help="My annotator id.  [default: from git and the roster]")
_HELP = "Commit these files on a new branch, push it, open the pull request."
_JOBS = "Read batches in N processes.  [default: 2 where there are two processors]"
_SCHEDULER = "Read batches on the workers of this Dask scheduler (tcp://HOST:PORT or tls://…), which must be trusted."
_READ_FROM = (
    "Where workers read: a folder, git:CLONE (at my commit), or a bucket (s3://BUCKET/FOLDER).  "
    "[default: this folder, under the same path]"
)
Command = Callable[..., int | None]


class Word(click.Choice[W]):
    """A member of an enumeration, spelled as in project files."""

    def normalize_choice(self, choice: object, ctx: click.Context | None) -> str:
        """The spelling of a member."""
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
    """A number in a range; `nan` is refused."""

    def convert(self, value: float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number."""
        found = float(super().convert(value, param, ctx))
        if isnan(found):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return found


OTHERS = click.option(
    "--annotators",
    "others",
    type=Names(),
    default=(),
    help="Replacements: one of these is asked for each annotator of an item who cannot be asked again.",
)


def project_here() -> "Project":
    """The project around the working folder, after an interrupted write is finished."""
    project = projects.find_project(_here())
    if finished := files.recover(project.root):
        _tell_finished(finished)
        project = projects.find_project(project.root)
    return project


@contextmanager
def project_to_write(*, dry: bool = False) -> "Iterator[Project]":
    """The project around the working folder, locked against other writers.

    `dry`: the command writes nothing, so no lock is taken.

    Raises:
        UsageError: another command holds the lock.
    """
    if dry:
        yield project_here()
        return
    root = projects.find_root(_here())
    with files.writing(root):
        if finished := files.recover_locked(root):
            _tell_finished(finished)
        yield projects.find_project(root)


def _tell_finished(finished: tuple[str, ...]) -> None:
    talk(resolve("assay.render.text:visible")(f"finished an interrupted write: {files.format_names(finished)}"))


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
        UsageError: an interrupted write had to be finished first, so what DVC looked at has changed; part of the project is
            not checked out; or the project requires another version of assay.
    """
    project = projects.find_project(_here())
    if finished := files.recover(project.root):
        raise UsageError(
            f"an interrupted write was finished only now: {files.format_names(finished)}", fix="run `dvc repro` again"
        )
    git.require_whole(project.snapshot)
    projects.require_same_assay(project)
    return project


def project_with_tasks() -> "Project":
    """The project around the working folder, with a message where it has no task yet."""
    project = project_here()
    if not project.tasks:
        talk("the project has no task yet\nnext: assay task add NAME")
    return project


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise UsageError("the current folder no longer exists", fix="change to an existing folder") from error


def spreads(*, only: str = "") -> Callable[[Command], Callable[..., int | None]]:
    """Gives a command the options that say who reads batches; its `engine` makes the engine for a project.

    `only` names the flag without which the command reads what changed, which is for this process.
    """

    def _given(command: Command) -> Callable[..., int | None]:
        @click.option("--jobs", type=click.IntRange(1), metavar="N", help=_JOBS)
        @click.option("--scheduler", type=_Scheduler(), metavar="ADDRESS", help=_SCHEDULER)
        @click.option("--read-from", default="", metavar="PLACE", help=_READ_FROM)
        @wraps(command)
        def _run(jobs: int | None, scheduler: str | None, read_from: str, **said: Any) -> int | None:
            if jobs and scheduler:
                raise click.UsageError("--jobs is for this machine; a cluster has as many as there are workers")
            if read_from and not scheduler:
                raise click.UsageError("--read-from goes with --scheduler")
            if (jobs or scheduler) and only and not said[only]:
                raise click.UsageError("--jobs and --scheduler go with --all")

            def _engine(project: "Project") -> "Engine":
                tell = progress("batches: {} of {}")
                if scheduler:
                    return labels.engine_at(scheduler, read_from, project.root, tell)
                return labels.Processes(jobs or labels.default_jobs(), tell)

            return command(**said, engine=_engine)

        return _run

    return _given


class _Scheduler(click.ParamType[str]):
    name = "address"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The address of a scheduler."""
        if not re.fullmatch(r"(tcp|tls)://[^\s/]+:[0-9]+", value):
            self.fail(f"{value!r} is not a valid address, such as tcp://HOST:8786", param, ctx)
        return value


def progress(form: str) -> Callable[[int, int], None]:
    """Shows on a terminal how many of how many are done, in one line of that form; elsewhere nothing."""
    if not interactive():
        return lambda _done, _total: None
    return lambda done, total: click.echo(f"\r{form.format(done, total)}", err=True, nl=done == total)


def today() -> str:
    """The ISO date, UTC."""
    return datetime.now(UTC).date().isoformat()


def now() -> str:
    """The time in UTC, RFC 3339, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def talk(line: str) -> None:
    """Prints a message on standard error; results go to standard output."""
    click.echo(line, err=True)


def next_step(step: str) -> None:
    """Prints the next step with git, unless `--submit` does it."""
    if not click.get_current_context().meta.get(SUBMITS):
        talk(f"next: {step}")


def interactive() -> bool:
    """Whether standard error is a terminal."""
    return sys.stderr.isatty()


def submits(
    what: str, title: str, *, then: str = "", settled: tuple[str, ...] = ()
) -> Callable[[Command], Callable[..., int | None]]:
    """Gives a command `--submit`.

    `what` names the branch, `title` the commit, and `then` the next step after the merge; `{option}` in them is replaced by
    the value of the option. Files below the prefixes of `settled` must be committed before.
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

            def _errand(project: "Project") -> "SendCommand":
                return annotator.SendCommand(
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
                return annotator.run_and_record(project, errand, lambda: command(*context, **said))
            here.meta[SUBMITS] = True
            project = project_here()
            errand = _errand(project)
            code, sent = annotator.run_and_send(
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
