"""`assay annotator`: people and models."""

import shlex
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import click

from assay import lead
from assay.cli.context import Names, Word, project_to_write, submits, talk, today
from assay.core import Annotator, Kind, Role, Status
from assay.errors import ExitCode, UsageError
from assay.render import count, visible

if TYPE_CHECKING:
    from assay.lead import PlannedErasure, PlannedNames

_DRY = click.option("--dry-run", is_flag=True, help="Show what it does; write nothing.")
_APPROVALS = click.option(
    "--drop-approvals", is_flag=True, help="Remove signed approvals that hold the name; they must be signed again."
)
_OTHERS = "open branches and pull requests hold the old name: merge them first, or run this again afterwards"
_HISTORY = (
    "not reached by this command, and still readable there:",
    "  git history, tags and remotes, every clone and fork: `git filter-repo` with `--path-rename`, `--replace-text`,",
    "    `--replace-message` and `--mailmap` rewrites one clone; then force-push all branches and tags, and",
    "    clone everywhere again",
    "  pull requests, reviews, comments and caches of the forge: its support deletes them",
    "  published releases, their archives and copies: they stay as they were; tell those who have them",
    "  DVC's remote and every .dvc/cache (`dvc gc --workspace --cloud`), .assay/ of every clone, backups, exports, spreadsheets",
)
_HANDLE = "The account on the forge."


@click.command("rename", short_help="Change an id in every file.")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@_APPROVALS
@_DRY
@submits("annotator-{new}", "roster: {old} is {new} now")
def rename_command(*, old: str, new: str, drop_approvals: bool, dry_run: bool) -> int:
    """Changes the id OLD to NEW: the roster entry, the files of that name, and every file that holds it.

    OLD and NEW may be @SOURCE/NAME of one source. Figures do not change; free text (notes, guidelines, pages) is not
    places. A signed approval that holds the name stops it, as a signed text cannot be changed.

    \b
    Examples:
      assay annotator rename ada ada-l --dry-run
      assay annotator rename ada ada-l --submit
      assay annotator rename "@crowd/W 7" @crowd/w7
    """
    with project_to_write(dry=dry_run) as project:
        planned = lead.plan_rename(project, old, new, drop_approvals=drop_approvals)
        if not dry_run:
            lead.write_names(project, planned)
    _tell(planned, dry=dry_run)
    talk(f"next: dvc repro\n{_OTHERS}")
    if not old.startswith("@"):
        talk(visible(f"{new} runs this in each clone where `assay whoami --set` was used: assay whoami --set {new}"))
    return ExitCode.OK


@click.command("merge", short_help="Merge entries, or names of sources, of one person.")
@click.argument("several", metavar="FROM...", nargs=-1, required=True)
@click.argument("into", metavar="INTO")
@click.option("--keep", default="", metavar="ID,…", help="Keep the answer of these where two differ.")
@_APPROVALS
@_DRY
@submits("annotator-{into}", "roster: {several} and {into} are one person")
def merge_annotators_command(
    *, several: tuple[str, ...], into: str, keep: str, drop_approvals: bool, dry_run: bool
) -> int:
    """Merges FROM into INTO, an id of the roster.

    An id of the roster among FROM becomes INTO in every file, and its entry is removed; INTO gets the handle, e-mails and
    groups that it lacks. A name of a source (@SOURCE/NAME) stays as imported; labels/sources/identities.yaml maps it to
    INTO.

    Of two equal answers to one item of a batch, one is kept. If they differ, both places are listed and nothing is
    written, unless --keep names whose answer is kept.

    \b
    Examples:
      assay annotator merge ada2 ada --dry-run
      assay annotator merge ada2 ada --keep ada --submit
      assay annotator merge "@crowd/Ada L." @exam/ada ada
    """
    with project_to_write(dry=dry_run) as project:
        names = tuple(_named(keep, {*several, into}))
        planned = lead.plan_merge(project, several, into, keep=names, drop_approvals=drop_approvals)
        if not dry_run:
            lead.write_names(project, planned)
    for note in planned.notes:
        talk(visible(note))
    _tell(planned, dry=dry_run)
    talk(f"next: dvc repro\n{_OTHERS}")
    return ExitCode.OK


def _named(stated: str, known: Collection[str]) -> Iterator[str]:
    """The names of a comma-separated list; a known name may hold commas, and blanks at its ends."""
    parts = stated.split(",")
    while parts:
        longest = range(len(parts), 0, -1)
        length = next((size for size in longest if ",".join(parts[:size]) in known), 1)
        name = ",".join(parts[:length])
        if name := name if name in known else name.strip():
            yield name
        parts = parts[length:]


@click.command("erase", short_help="Replace a person by a pseudonym in every file.")
@click.argument("who", metavar="ID")
@click.option(
    "--word", "words", multiple=True, metavar="TEXT", help="Also look for this, such as a full name; repeatable."
)
@click.option("--leave", multiple=True, metavar="GLOB", help="Files that mean somebody else by it; repeatable.")
@click.option("--groups", is_flag=True, help="Remove their groups, too.  [default: kept, as breakdowns use them]")
@click.option(
    "--into", default="", metavar="PSEUDONYM", help="The pseudonym of an earlier erasure, for what was added since."
)
@_APPROVALS
@_DRY
@submits("annotator-erased", "roster: a name replaced by a pseudonym")
def erase_command(*, who: str, words: tuple[str, ...], dry_run: bool, **asked: object) -> int:
    """Replaces ID by a random pseudonym in every file, and removes handle, e-mails and reason from the entry.

    ID may be @SOURCE/NAME; names of sources that labels/sources/identities.yaml maps to ID are included. Figures do not
    change. What cannot be places safely is listed with file and line: notes, reasons, guidelines, pages, texts of
    items, and pipeline output. Exit code 1 while any of it is left; run the command again to check. The end lists where
    git and others still hold the name.

    \b
    Examples:
      assay annotator erase ada --word "Ada Lovelace" --dry-run
      assay annotator erase ada --word "Ada Lovelace" --submit
      assay annotator erase ada --word ada@example.org --leave "docs/*"
    """
    wanted = lead.ErasureRequest(words=words, **asked)  # type: ignore[arg-type]  # click made them
    with project_to_write(dry=dry_run) as project:
        planned = lead.plan_erasure(project, who, wanted)
        if planned.names is not None and not dry_run:
            lead.write_names(project, planned.names)
    if planned.names is None:
        talk(visible(f"{who} is not in the roster: nothing was written; these places still hold the name"))
    else:
        _tell(planned.names, dry=dry_run)
    _tell_rest(planned, who, dry=dry_run)
    return ExitCode.FINDINGS if planned.left else ExitCode.OK


def _tell_rest(planned: "PlannedErasure", who: str, *, dry: bool) -> None:
    """What is left, what stays on purpose, and what this command cannot reach."""
    for place in planned.left:
        if not place.made:
            click.echo(visible(f"{place.at} {place.word}"))
    made = sorted({place.at.path for place in planned.left if place.made})
    for path in made:
        click.echo(visible(f"{path} (pipeline output)"))
    if planned.aside:
        talk(f"{count(planned.aside, 'mention')} in files of --leave")
    if planned.groups:
        groups = ", ".join(planned.groups)
        talk(visible(f"the groups are kept, as breakdowns use them: {groups}; --groups removes them"))
    if planned.left:
        places = sum(not place.made for place in planned.left)
        talk(f"{count(places, 'place')} to rewrite by hand, {count(len(made), 'file')} by `dvc repro`")
        again = (part for word in planned.words if word != who for part in ("--word", word))
        typed = shlex.join(("assay", "annotator", "erase", who, *again))
        talk(visible(f"next: rewrite them, then check again: {typed}"))
    else:
        talk("no file of the work tree holds the name")
    if planned.active and not dry:
        name = next(iter(planned.pseudonyms.values()))
        step = f"assay annotator set {name} --status left --since TOMORROW"
        talk(f"{name} can still be asked in new batches\nnext: {step}")
    talk(_OTHERS)
    for line in _HISTORY:
        talk(line)


def _tell(planned: "PlannedNames", *, dry: bool) -> None:
    verb = "would write" if dry else "wrote"
    sources: dict[str, list[str]] = {}
    for source, after in planned.moved.items():
        sources.setdefault(after, []).append(source)
    for path, data in planned.files.items():
        lines = f" ({count(planned.lines[path], 'line')})" if path in planned.lines else ""
        if data is None:
            if path not in planned.moved:
                click.echo(visible(f"{'would remove' if dry else 'removed'} {path}"))
        elif before := sources.get(path):
            click.echo(visible(f"{verb} {path}, which was {' and '.join(before)}{lines}"))
        else:
            click.echo(visible(f"{verb} {path}{lines}"))
    for pair in planned.collapsed:
        talk(visible(f"one record of two{'' if pair.same else ' (--keep)'}: {lead.pair_text(pair)}; the first is kept"))
    for place in planned.dropped:
        talk(visible(f"{place}: the approval is removed; its version is held until it is approved again"))
    files = count(sum(data is not None for data in planned.files.values()), "file")
    records = count(sum(planned.lines.values()), "record")
    talk(f"{files} to write, {records} to change" if dry else f"{files} written, {records} changed")


@click.group()
def annotator_group() -> None:
    """People and models that label."""


for _command in (rename_command, merge_annotators_command, erase_command):
    annotator_group.add_command(_command)


@annotator_group.command("add", short_help="Add a roster entry.")
@click.argument("who", metavar="ID")
@click.option("--kind", type=Word(Kind), default=Kind.PERSON.value, show_default=True)
@click.option("--role", type=Word(Role), default=Role.ANNOTATOR.value, show_default=True)
@click.option("--status", type=Word(Status), default=Status.ACTIVE.value, show_default=True)
@click.option("--since", default="", metavar="DATE", help="Start of the status; required to pause.")
@click.option("--handle", default="", metavar="NAME", help=_HANDLE)
@click.option("--email", "emails", multiple=True, metavar="E-MAIL", help="An address of their commits; repeatable.")
@click.option("--group", "groups", multiple=True, metavar="KEY=VALUE", help="A group, for breakdowns; repeatable.")
@click.option(
    "--qualified", type=Names(), metavar="TASK,…", help="The tasks they may label.  [default: not stated, so all]"
)
@submits("annotator-{who}", "roster: {who} added", then="{who} can be asked in batches")
def add_annotator_command(
    *, who: str, kind: Kind, handle: str, emails: tuple[str, ...], groups: tuple[str, ...], **stated: object
) -> int:
    """Writes labels/annotators/ID.yaml; a different existing entry is never overwritten.

    \b
    Examples:
      assay annotator add ada --handle ada-at-example --submit
      assay annotator add dana --status trainee --group dialect=north --qualified triage,preference
      assay annotator add sorter-2 --kind model
    """
    own = dict(map(_group, groups))
    new = Annotator(id=who, kind=kind, handle=handle, emails=emails, groups=own, **stated)  # type: ignore[arg-type]  # click made them
    with project_to_write() as project:
        written = lead.add_annotator(project, new)
    click.echo(written.said)
    if kind is Kind.PERSON and not (emails or handle):
        talk(f"no handle and no e-mail\nnext: {who} runs `assay whoami --set {who}` in their clone")
    return ExitCode.OK


@annotator_group.command("set", short_help="Change an entry: status, date, role, handle, e-mails, groups.")
@click.argument("who", metavar="ID")
@click.option("--status", type=Word(Status), help="Whether their votes count.")
@click.option("--since", metavar="DATE", help="Start of the status.  [default: today, to leave or to pause]")
@click.option("--role", type=Word(Role))
@click.option("--handle", metavar="NAME", help=_HANDLE)
@click.option("--email", "emails", multiple=True, metavar="E-MAIL", help="Add an address; repeatable.")
@click.option("--group", "groups", multiple=True, metavar="KEY=VALUE", help="A group, for breakdowns; repeatable.")
@click.option("--dry-run", is_flag=True, help="Show what it does; write nothing.")
@submits("annotator-{who}", "{who}: roster entry changed {status} {since}")
def set_command(*, who: str, emails: tuple[str, ...], groups: tuple[str, ...], dry_run: bool, **stated: object) -> int:
    """Changes the roster entry of ID; comments and what is not named are kept. ID may be @SOURCE/NAME.

    It says first how many votes no longer count, and how many items then have one vote or none.

    \b
    active    every vote counts; a date is informative, and removed without --since
    trainee   no vote counts; a date is informative
    paused    votes made before --since count, later ones do not; no new assignments
    left      the same
    excluded  no vote counts, whenever it was made; takes no date

    The day starts at 00:00 UTC. A vote without a time has the day on which its batch was created.

    \b
    Examples:
      assay annotator set ada --status left --since 2026-05-01 --submit
      assay annotator set ada --status excluded --dry-run
      assay annotator set dana --role reviewer --email dana@example.org
      assay annotator set "@crowd/W 7" --status excluded
    """
    change = lead.EntryChange(emails=emails, groups=dict(map(_group, groups)), **stated)  # type: ignore[arg-type]  # click made them
    with project_to_write(dry=dry_run) as project:
        planned = lead.plan_entry(project, who, change, today=today())
        for note in planned.notes:
            talk(visible(note))
        for taken in planned.taken:
            click.echo(visible(lead.taken_text(taken)))
        for unknown in planned.unknown:
            talk(visible(f"effect on votes unknown: {unknown}"))
        if not dry_run:
            lead.write_entry(project, planned)
    if planned.already:
        click.echo(visible(f"{planned.path} is up to date: nothing was written"))
    else:
        click.echo(visible(f"would write {planned.path}" if dry_run else f"wrote {planned.path}"))
    for one in planned.waiting:
        slots = count(one.slots, "open slot")
        talk(visible(f"next: assay batch reassign {one.task} {one.batch} --from {who}  ({slots})"))
    return ExitCode.OK


def _group(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals and value):
        raise UsageError(f"--group {text} is not KEY=VALUE", fix="write it like dialect=north")
    return key, value
