"""`--submit`, for every command that writes: what it wrote is committed, pushed and proposed. The command knows no git."""

import shlex
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

import click

from assay.actions.sending import Errand, carry_out, note
from assay.actions.whoami import who_am_i
from assay.cli.context import SUBMITS, now, project_here, talk
from assay.errors import AssayError, ExitCode
from assay.model.sent import Submitted
from assay.project import Project
from assay.report import findings_text, others_text, sent_text

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
            words = _words(said)

            def _errand(project: Project) -> Errand:
                return Errand(
                    who=who_am_i(project, said.get(_option_as(here))).id,
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
                return note(project, errand, lambda: command(*context, **said))
            here.meta[SUBMITS] = True
            project = project_here()
            errand = _errand(project)
            code, sent = carry_out(project, errand, lambda: command(*context, **said) or ExitCode.OK, talk, now=now())
            _tell(sent, then.format_map(words))
            return ExitCode.FINDINGS if sent.refused else code

        return _run

    return _given


def _words(said: Mapping[str, Any]) -> Mapping[str, str]:
    """What was typed, as words of a sentence."""
    return {name: _word(value) for name, value in said.items()}


def _word(value: object) -> str:
    if isinstance(value, Path):
        return value.name
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value or "")


def _option_as(here: click.Context) -> str:
    """The name that the command gives to `--as`; empty where it has no such option."""
    return next((one.name or "" for one in here.command.params if "--as" in one.opts), "")


def _tell(sent: Submitted, then: str) -> None:
    if sent.others:
        talk(others_text(sent.others))
    if sent.findings:
        talk(findings_text(sent.findings))
    talk(sent_text(sent, then))
