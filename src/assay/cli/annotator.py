"""`assay annotator add`: people and models."""

import click

from assay.actions.annotator_add import add_annotator
from assay.cli.context import project_to_write, talk
from assay.cli.words import Names, Word
from assay.errors import ExitCode, UsageError
from assay.model.project import Annotator, Kind, Role, Status


@click.group()
def annotator() -> None:
    """People and models that label."""


@annotator.command("add", short_help="A roster entry.")
@click.argument("who", metavar="ID")
@click.option("--kind", type=Word(Kind), default=Kind.PERSON.value, show_default=True)
@click.option("--role", type=Word(Role), default=Role.ANNOTATOR.value, show_default=True)
@click.option("--status", type=Word(Status), default=Status.ACTIVE.value, show_default=True)
@click.option("--handle", default="", metavar="NAME", help="Their account on the forge.")
@click.option("--email", "emails", multiple=True, metavar="E-MAIL", help="An address they commit with; repeatable.")
@click.option("--group", "groups", multiple=True, metavar="KEY=VALUE", help="A group, for breakdowns; repeatable.")
@click.option(
    "--qualified", type=Names(), metavar="TASK,…", help="The tasks they may label.  [default: not stated, so all]"
)
def add(  # noqa: PLR0913 - the options of a command
    *,
    who: str,
    kind: Kind,
    role: Role,
    status: Status,
    handle: str,
    emails: tuple[str, ...],
    groups: tuple[str, ...],
    qualified: tuple[str, ...] | None,
) -> int:
    """Writes labels/annotators/ID.yaml; never over an entry that is there and says something else.

    \b
    Examples:
      assay annotator add ada --handle ada-at-example
      assay annotator add dana --status trainee --group dialect=north --qualified triage,preference
      assay annotator add sorter-2 --kind model
    """
    new = Annotator(
        id=who,
        kind=kind,
        role=role,
        status=status,
        handle=handle,
        emails=emails,
        groups=dict(map(_group, groups)),
        qualified=qualified,
    )
    with project_to_write() as project:
        written = add_annotator(project, new)
    click.echo(written.said)
    if kind is Kind.PERSON and not (emails or handle):
        talk(f"no handle and no e-mail: {who} says who they are with `assay whoami --set {who}` in their clone")
    return ExitCode.OK


def _group(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals and value):
        raise UsageError(f"--group {text}: no group", hint="KEY=VALUE, like dialect=north")
    return key, value
