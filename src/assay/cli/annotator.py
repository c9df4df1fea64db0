"""`assay annotator`: people and models."""

import click

from assay.actions.annotator_add import add_annotator
from assay.actions.annotator_set import EntryChange, plan_entry, write_entry
from assay.cli.context import project_to_write, talk, today
from assay.cli.people import erase, merge, rename
from assay.cli.submitting import submits
from assay.cli.words import Names, Word
from assay.errors import ExitCode, UsageError
from assay.model.project import Annotator, Kind, Role, Status
from assay.report.plain import count, visible
from assay.report.roster import taken_text

_HANDLE = "Their account on the forge."


@click.group()
def annotator() -> None:
    """People and models that label."""


for _command in (rename, merge, erase):
    annotator.add_command(_command)


@annotator.command("add", short_help="A roster entry.")
@click.argument("who", metavar="ID")
@click.option("--kind", type=Word(Kind), default=Kind.PERSON.value, show_default=True)
@click.option("--role", type=Word(Role), default=Role.ANNOTATOR.value, show_default=True)
@click.option("--status", type=Word(Status), default=Status.ACTIVE.value, show_default=True)
@click.option("--since", default="", metavar="DATE", help="Since when they have the status; to pause it is needed.")
@click.option("--handle", default="", metavar="NAME", help=_HANDLE)
@click.option("--email", "emails", multiple=True, metavar="E-MAIL", help="An address they commit with; repeatable.")
@click.option("--group", "groups", multiple=True, metavar="KEY=VALUE", help="A group, for breakdowns; repeatable.")
@click.option(
    "--qualified", type=Names(), metavar="TASK,…", help="The tasks they may label.  [default: not stated, so all]"
)
@submits("annotator-{who}", "roster: {who} added", then="{who} can be asked in batches")
def add(  # noqa: PLR0913 - the options of a command
    *,
    who: str,
    kind: Kind,
    role: Role,
    status: Status,
    since: str,
    handle: str,
    emails: tuple[str, ...],
    groups: tuple[str, ...],
    qualified: tuple[str, ...] | None,
) -> int:
    """Writes labels/annotators/ID.yaml; never over an entry that is there and says something else.

    \b
    Examples:
      assay annotator add ada --handle ada-at-example --submit
      assay annotator add dana --status trainee --group dialect=north --qualified triage,preference
      assay annotator add sorter-2 --kind model
    """
    new = Annotator(
        id=who,
        kind=kind,
        role=role,
        status=status,
        since=since,
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


@annotator.command("set", short_help="Change an entry: status, date, role, handle, e-mails, groups.")
@click.argument("who", metavar="ID")
@click.option("--status", type=Word(Status), help="Whether their votes count.")
@click.option("--since", metavar="DATE", help="From when on.  [default: today, to leave or to pause]")
@click.option("--role", type=Word(Role))
@click.option("--handle", metavar="NAME", help=_HANDLE)
@click.option("--email", "emails", multiple=True, metavar="E-MAIL", help="A further address of theirs; repeatable.")
@click.option("--group", "groups", multiple=True, metavar="KEY=VALUE", help="A group, for breakdowns; repeatable.")
@click.option("--dry-run", is_flag=True, help="Say what it does, write nothing.")
@submits("annotator-{who}", "{who}: roster entry changed {status} {since}")
def set_(*, who: str, emails: tuple[str, ...], groups: tuple[str, ...], dry_run: bool, **stated: object) -> int:
    """Changes the entry of ID in its file, comments kept; what is not named stays. ID may be @SOURCE/NAME.

    Before it is written it says how many votes no longer count, and how many items then rest on one vote or none.

    \b
    active    every vote counts; a date is information, and without --since it is taken out
    trainee   no vote counts; a date is information
    paused    votes made before --since count, later ones do not; nothing new is asked of them
    left      the same
    excluded  no vote counts, whenever it was made; no date goes with it

    Before is before 00:00 UTC of the day, by the time of the vote, else by the day on which its batch was created.

    \b
    Examples:
      assay annotator set ada --status left --since 2026-05-01 --submit
      assay annotator set ada --status excluded --dry-run
      assay annotator set dana --role reviewer --email dana@example.org
      assay annotator set "@crowd/W 7" --status excluded
    """
    change = EntryChange(emails=emails, groups=dict(map(_group, groups)), **stated)  # type: ignore[arg-type]  # click made them
    with project_to_write(dry=dry_run) as project:
        planned = plan_entry(project, who, change, today=today())
        for note in planned.notes:
            talk(visible(note))
        for taken in planned.taken:
            click.echo(visible(taken_text(taken)))
        for unknown in planned.unknown:
            talk(visible(f"what it does to votes is not known of {unknown}"))
        if not dry_run:
            write_entry(project, planned)
    if planned.already:
        click.echo(visible(f"{planned.path} says that already: nothing was written"))
    else:
        click.echo(visible(f"would write {planned.path}" if dry_run else f"wrote {planned.path}"))
    for one in planned.waiting:
        slots = count(one.slots, "open slot")
        talk(visible(f"Next: assay batch reassign {one.task} {one.batch} --from {who}  ({slots})"))
    return ExitCode.OK


def _group(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals and value):
        raise UsageError(f"--group {text}: no group", hint="KEY=VALUE, like dialect=north")
    return key, value
