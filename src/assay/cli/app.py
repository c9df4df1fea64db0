"""The command line: every command by name, and only the one called is imported."""

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import click

from assay import __version__
from assay.core import did_you_mean
from assay.errors import ExitCode
from assay.extras import resolve


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A command of `assay --help`: where it is, what it does, for whom."""

    target: str
    summary: str
    section: str


COMMANDS = {
    "whoami": Entry(target="assay.cli.work:whoami", summary="Who am I here?", section="For everyone"),
    "todo": Entry(target="assay.cli.work:todo", summary="What is mine, and what came back.", section="For everyone"),
    "start": Entry(target="assay.cli.work:start", summary="A clean branch for a batch.", section="For everyone"),
    "annotate": Entry(target="assay.cli.annotate:annotate", summary="Label on a local page.", section="For everyone"),
    "sheet": Entry(
        target="assay.cli.annotate:sheet", summary="Label in a spreadsheet instead.", section="For everyone"
    ),
    "check": Entry(target="assay.cli.work:check", summary="What is wrong with what I changed?", section="For everyone"),
    "submit": Entry(
        target="assay.cli.work:submit", summary="Check, commit, push, open the pull request.", section="For everyone"
    ),
    "diff": Entry(target="assay.cli.labels:diff", summary="What changed, by record.", section="For everyone"),
    "log": Entry(
        target="assay.cli.labels:log", summary="Who changed an item's labels, and why.", section="For everyone"
    ),
    "fmt": Entry(target="assay.cli.labels:fmt", summary="Label files in canonical form.", section="For everyone"),
    "explain": Entry(
        target="assay.cli.labels:explain", summary="What a rule means and what to do.", section="For everyone"
    ),
    "report": Entry(target="assay.cli.stages:report", summary="The last run, on one screen.", section="For everyone"),
    "review": Entry(
        target="assay.cli.review:review", summary="What a pull request does, and may it?", section="For reviewers"
    ),
    "return": Entry(
        target="assay.cli.review:return_", summary="Send answers back to an annotator.", section="For reviewers"
    ),
    "init": Entry(target="assay.cli.project:init", summary="Make a labelling project.", section="For leads"),
    "task": Entry(target="assay.cli.project:task", summary="Add a labelling task.", section="For leads"),
    "annotator": Entry(
        target="assay.cli.annotator:annotator", summary="People and models: add, change, rename.", section="For leads"
    ),
    "batch": Entry(
        target="assay.cli.batch:batch", summary="Hand out, move and close rounds of work.", section="For leads"
    ),
    "team": Entry(target="assay.cli.project:team", summary="Who did how much, how well.", section="For leads"),
    "import": Entry(
        target="assay.cli.import_:import_", summary="Bring in items, or labels made elsewhere.", section="For leads"
    ),
    "guideline": Entry(
        target="assay.cli.guideline:guideline", summary="Lint, test, propose, approve a guideline.", section="For leads"
    ),
    "migrate": Entry(
        target="assay.cli.migrate:migrate", summary="Carry older labels to the schema of today.", section="For leads"
    ),
    "release": Entry(
        target="assay.cli.release:release", summary="Add, build, verify, record a release.", section="For leads"
    ),
    "install": Entry(
        target="assay.cli.clone:install", summary="Have git merge labels by record here.", section="House-keeping"
    ),
    "doctor": Entry(
        target="assay.cli.clone:doctor", summary="What this clone lacks, and the remedy.", section="House-keeping"
    ),
    "upgrade": Entry(
        target="assay.cli.project:upgrade", summary="Take the project to this assay.", section="House-keeping"
    ),
    "git": Entry(target="assay.cli.clone:git_", summary="What git itself calls.", section="House-keeping"),
    "schema": Entry(target="assay.cli.stages:schema", summary="Read every label of a task.", section="Pipeline stages"),
    "agreement": Entry(
        target="assay.cli.stages:agreement",
        summary="Measure agreement between annotators.",
        section="Pipeline stages",
    ),
    "policy": Entry(
        target="assay.cli.stages:policy", summary="Read what a task's checks ask.", section="Pipeline stages"
    ),
    "consensus": Entry(
        target="assay.cli.stages:consensus", summary="Decide what the dataset says.", section="Pipeline stages"
    ),
    "quality": Entry(
        target="assay.cli.stages:quality", summary="Hold votes against gold and plan.", section="Pipeline stages"
    ),
    "gate": Entry(
        target="assay.cli.stages:gate", summary="Judge every rule; --enforce a verdict.", section="Pipeline stages"
    ),
}


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Holds an interrupt back until the block is through: a compiled library that is loading may crash on one."""
    usual = signal.getsignal(signal.SIGINT)
    if usual is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: caught.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
    if caught:
        raise KeyboardInterrupt


class LazyGroup(click.Group):
    """A group that imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, its module imported now."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        with interrupts_held():
            command: click.Command = resolve(entry.target)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command called; for a name that is none, the nearest is proposed."""
        if args[0] not in COMMANDS and (meant := did_you_mean(args[0], COMMANDS)):
            ctx.fail(f"No such command {args[0]!r}: {meant}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the table by section, without importing a command."""
        for section in dict.fromkeys(entry.section for entry in COMMANDS.values()):
            with formatter.section(section):
                formatter.write_dl(
                    [(name, entry.summary) for name, entry in COMMANDS.items() if entry.section == section]
                )


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`assay COMMAND --help` shows examples. Exit codes: 0 ok, 1 findings or a verdict that does not pass, "
    "2 the request cannot be served as asked, 3 a bug in assay, 130 interrupted.",
)
@click.version_option(__version__, message="assay %(version)s")
def app() -> None:
    """Labels as code: versioned, tested, reviewed, and released when everything passed."""


def dispatch(arguments: Sequence[str]) -> int:
    """Runs one command line; a usage error is said as click says it."""
    try:
        return int(
            app.main(args=list(arguments), prog_name="assay", standalone_mode=False, obj=tuple(arguments))
            or ExitCode.OK
        )
    except click.Abort as error:
        raise KeyboardInterrupt from error
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
