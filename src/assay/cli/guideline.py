"""`assay guideline`: the style guides of the tasks; only the subcommand called is imported."""

import click

from assay.extras import resolve

SUMMARIES = {
    "lint": "What is wrong with the guideline?",
    "test": "Run its examples.",
    "impact": "What would this edit make outdated?",
    "propose": "Suggest a change as a new version.",
    "approve": "Approve a version with a signature.",
    "verify": "Is this version approved?",
    "keygen": "Make a key to approve with.",
    "record": "Write down an approval of the forge.",
    "log": "Its versions, newest first.",
    "gaps": "Where it was silent, as example blocks.",
    "render": "Write it as a readable page.",
}


class GuidelineGroup(click.Group):
    """A group whose subcommand NAME is `assay.cli.guideline_NAME:NAME`, imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of that name, its module imported now."""
        if cmd_name not in SUMMARIES:
            return None
        command: click.Command = resolve(f"assay.cli.guideline_{cmd_name}:{cmd_name}")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the table without importing a subcommand."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))


@click.group(cls=GuidelineGroup)
def guideline() -> None:
    """The style guides of the tasks: checked, tested, versioned, approved.

    \b
    Examples:
      assay guideline lint              every guideline of the project
      assay guideline test triage       the examples of one
    """
