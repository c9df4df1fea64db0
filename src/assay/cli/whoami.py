"""`assay whoami`: the annotator at this clone."""

import click

from assay.actions.whoami import remember, who_am_i
from assay.cli.context import AS, project_here
from assay.errors import ExitCode
from assay.report import visible


@click.command()
@click.option("--set", "chosen", metavar="ID", help="Keep in this clone's git configuration that I am ID.")
@click.option("--email", metavar="E-MAIL", help="With --set: the e-mail that my commits here carry.")
@AS
def whoami(*, chosen: str | None, email: str | None, who: str | None) -> int:
    """Says who I am here: from --as, else what this clone remembers, else git's e-mail or handle in the roster.

    \b
    Examples:
      assay whoami
      assay whoami --set ada
      assay whoami --set ada --email ada@example.org
    """
    project = project_here()
    me = remember(project, chosen, email=email) if chosen else who_am_i(project, who)
    tasks = "every task" if me.qualified is None else ", ".join(me.qualified) or "no task yet"
    click.echo(visible(f"{me.id}: {me.role}, {me.status}; qualified for {tasks}"))
    return ExitCode.OK
