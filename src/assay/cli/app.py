"""The command line: every command by name, and only the one called is imported."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import click

from assay import __version__, core
from assay.errors import ExitCode
from assay.extras import resolve

_SECTIONS = {
    "For everyone": {
        "whoami": ("work:whoami_command", "Show who I am in this clone."),
        "todo": ("work:todo_command", "List my open batches and returned answers."),
        "start": ("work:start_command", "Begin a batch on a clean branch."),
        "annotate": ("annotate:annotate_command", "Label on a local page."),
        "sheet": ("annotate:sheet_group", "Label in a spreadsheet instead."),
        "check": ("work:check_command", "Check the labels I changed."),
        "submit": ("work:submit_command", "Check, commit, push, open the pull request."),
        "diff": ("labels:diff_command", "Show label changes by record."),
        "log": ("labels:item_log_command", "Show the history of an item's labels."),
        "fmt": ("labels:fmt_command", "Rewrite label files in canonical form."),
        "explain": ("labels:explain_command", "Explain a rule and how to fix its findings."),
        "report": ("stages:report_command", "Show the last run on one screen."),
    },
    "For reviewers": {
        "review": ("review:review_command", "Check a pull request against the policy."),
        "return": ("review:return_command", "Send answers back to an annotator."),
    },
    "For leads": {
        "init": ("project:init_command", "Create a labelling project."),
        "task": ("project:task_group", "Add a labelling task."),
        "annotator": ("annotator:annotator_group", "Add, change, rename or erase people and models."),
        "batch": ("batch:batch_group", "Assign, reassign and close batches of work."),
        "team": ("project:team_command", "Show progress and quality by annotator."),
        "import": ("import_:import_group", "Import items, or labels made elsewhere."),
        "guideline": ("guideline:guideline_group", "Lint, test, propose, approve a guideline."),
        "migrate": ("migrate:migrate_group", "Migrate labels to the current schema."),
        "release": ("release:release_group", "Add, build, verify, record a release."),
    },
    "Maintenance": {
        "install": ("clone:install_command", "Set up git in this clone to merge labels by record."),
        "doctor": ("clone:doctor_command", "Diagnose this clone and show fixes."),
        "upgrade": ("project:upgrade_command", "Upgrade the project to this version of assay."),
        "git": ("clone:git_group", "Plumbing: merge driver and textconv."),
    },
    "Pipeline stages": {
        "schema": ("stages:schema_command", "Validate every label of a task."),
        "agreement": ("stages:agreement_command", "Measure agreement between annotators."),
        "policy": ("stages:policy_command", "Read the rules of a task."),
        "consensus": ("stages:consensus_command", "Decide the value of every item."),
        "quality": ("stages:quality_command", "Compare votes with gold; measure coverage."),
        "gate": ("stages:gate_command", "Judge every rule; --enforce a verdict."),
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEntry:
    """A command of `assay --help`: where it is, what it does, for whom."""

    target: str
    summary: str
    section: str


COMMANDS = {
    name: CommandEntry(target=f"assay.cli.{target}", summary=summary, section=section)
    for section, entries in _SECTIONS.items()
    for name, (target, summary) in entries.items()
}
"""Every command, in the order of `assay --help`."""


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
        command: click.Command = resolve(entry.target)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command called; an unknown name fails, with the nearest known one."""
        if args[0] not in COMMANDS and (meant := core.did_you_mean(args[0], COMMANDS)):
            ctx.fail(f"No such command {args[0]!r}: {meant}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the table by section, without importing a command."""
        for section, entries in _SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl([(name, summary) for name, (_, summary) in entries.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`assay COMMAND --help` shows examples. Exit codes: 0 ok, 1 findings or a verdict that does not pass, "
    "2 the command cannot run as given, 3 a bug in assay, 130 interrupted.",
)
@click.version_option(__version__, message="assay %(version)s")
def app() -> None:
    """Labels as code: versioned, tested, reviewed, and released once all checks pass."""


def dispatch(arguments: Sequence[str]) -> int:
    """Runs one command line; a usage error is printed as click prints it."""
    _spare()
    try:
        code = app.main(args=list(arguments), prog_name="assay", standalone_mode=False, obj=tuple(arguments))
        return int(code or ExitCode.OK)
    except click.Abort as error:
        raise KeyboardInterrupt from error
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE


def _spare() -> None:
    """Keeps numpy's BLAS to one thread and Arrow to the memory of the system, where the user has not said otherwise.

    Called before they are imported. The products of a stage are thin, of a row of weights by a table of a few columns, and most
    commands make none: further threads only wait for each other, for more than a third of the time of a stage, and a tenth of
    that of a check. One thread also adds in the same order on every machine. A store of Arrow's own keeps what is no longer used:
    stages need a fifth more memory with it.
    """
    if "OMP_NUM_THREADS" not in os.environ:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
