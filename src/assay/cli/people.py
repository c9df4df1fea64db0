"""`assay annotator rename|merge|erase`: one person, one name."""

import shlex
from collections.abc import Collection, Iterator, Sequence

import click

from assay.actions.annotator_erase import Erasing, PlannedErasure, plan_erasure
from assay.actions.annotator_merge import plan_merge
from assay.actions.annotator_rename import PlannedNames, pair_text, plan_rename, write_names
from assay.cli.context import project_to_write, talk
from assay.cli.submitting import submits
from assay.errors import ExitCode
from assay.report.plain import count, visible

_DRY = click.option("--dry-run", is_flag=True, help="Say what it does, write nothing.")
_APPROVALS = click.option(
    "--drop-approvals", is_flag=True, help="Take out signed approvals that hold the name; they are signed again."
)
_OTHERS = "branches and pull requests that are open hold the old name: merge them first, or run this again afterwards"
_HISTORY = (
    "what this cannot reach, and who has it can read the name there:",
    "  git history, tags and remotes, every clone and fork: `git filter-repo` with `--path-rename`, `--replace-text`,",
    "    `--replace-message` and `--mailmap` rewrites one clone; then all branches and tags are pushed by force, and",
    "    everybody clones again",
    "  pull requests, reviews, comments and caches of the forge: its support deletes them",
    "  releases that went out, their archives and copies: they stay as they were; tell those who have them",
    "  DVC's remote and every .dvc/cache (`dvc gc --workspace --cloud`), .assay/ of every clone, backups, exports, spreadsheets",
)


@click.command("rename", short_help="Another id for somebody, in every file.")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@_APPROVALS
@_DRY
@submits("annotator-{new}", "roster: {old} is {new} now")
def rename(*, old: str, new: str, drop_approvals: bool, dry_run: bool) -> int:
    """Gives OLD the id NEW: their roster entry, the files that bear their name, and every file that names them.

    OLD and NEW may be @SOURCE/NAME of one source. Figures stay as they are; text that people wrote (notes, guidelines,
    pages) is left to them. A signed approval that holds the name stops it, as no other name can stand in what was signed.

    \b
    Examples:
      assay annotator rename ada ada-l --dry-run
      assay annotator rename ada ada-l --submit
      assay annotator rename "@crowd/W 7" @crowd/w7
    """
    with project_to_write(dry=dry_run) as project:
        planned = plan_rename(project, old, new, drop_approvals=drop_approvals)
        if not dry_run:
            write_names(project, planned)
    _tell(planned, dry=dry_run)
    talk(f"Next: dvc repro, which measures again under the new name; {_OTHERS}")
    if not old.startswith("@"):
        talk(visible(f"{new} says so once in each clone that was told who they are: assay whoami --set {new}"))
    return ExitCode.OK


@click.command("merge", short_help="Several entries, or names of sources, are one person.")
@click.argument("several", metavar="FROM...", nargs=-1, required=True)
@click.argument("into", metavar="INTO")
@click.option("--keep", default="", metavar="ID,…", help="Whose answer stays where two differ.")
@_APPROVALS
@_DRY
@submits("annotator-{into}", "roster: {several} and {into} are one person")
def merge(*, several: tuple[str, ...], into: str, keep: str, drop_approvals: bool, dry_run: bool) -> int:
    """Makes one person of FROM and INTO, an id of the roster.

    An id of the roster among FROM becomes INTO in every file, and its entry goes; handle, e-mails and groups that INTO
    lacks go along. A name of a source (@SOURCE/NAME) stays as it was imported, and labels/sources/identities.yaml says
    who it is.

    Of two answers to one item of a batch that say the same one stays. Where they differ both places are listed and
    nothing is written, unless --keep says whose stays.

    \b
    Examples:
      assay annotator merge ada2 ada --dry-run
      assay annotator merge ada2 ada --keep ada --submit
      assay annotator merge "@crowd/Ada L." @exam/ada ada
    """
    with project_to_write(dry=dry_run) as project:
        names = tuple(_named(keep, {*several, into}))
        planned = plan_merge(project, several, into, keep=names, drop_approvals=drop_approvals)
        if not dry_run:
            write_names(project, planned)
    for note in planned.notes:
        talk(visible(note))
    _tell(planned, dry=dry_run)
    talk(f"Next: dvc repro, which counts one rater where there were several; {_OTHERS}")
    return ExitCode.OK


def _named(stated: str, known: Collection[str]) -> Iterator[str]:
    """The names that are stated with commas between them; one that is known may hold commas, and blanks at its ends."""
    parts = stated.split(",")
    while parts:
        longest = range(len(parts), 0, -1)
        length = next((size for size in longest if ",".join(parts[:size]) in known), 1)
        name = ",".join(parts[:length])
        if name := name if name in known else name.strip():
            yield name
        parts = parts[length:]


@click.command("erase", short_help="A pseudonym instead of somebody, in every file.")
@click.argument("who", metavar="ID")
@click.option("--word", "words", multiple=True, metavar="TEXT", help="Look for this too, like a full name; repeatable.")
@click.option("--leave", multiple=True, metavar="GLOB", help="Files whose mentions are of somebody else; repeatable.")
@click.option("--groups", is_flag=True, help="Take their groups out, too.  [default: kept, as figures go by them]")
@click.option(
    "--into", default="", metavar="PSEUDONYM", help="Of somebody erased before: what came in since becomes this."
)
@_APPROVALS
@_DRY
@submits("annotator-erased", "roster: a pseudonym instead of a name")
def erase(*, who: str, words: tuple[str, ...], dry_run: bool, **asked: object) -> int:
    """Puts a drawn pseudonym in place of ID in every file, and takes handle, e-mails and reason out of their entry.

    ID may be @SOURCE/NAME; names of sources that are ID by labels/sources/identities.yaml go along. Figures stay as they
    are. What a program cannot rewrite safely is listed with file and line: notes, reasons, guidelines, pages, texts of
    items, and what the pipeline made. The command ends with exit code 1 as long as there is any of it; run again, it looks
    again. What git and others still hold it says at the end.

    \b
    Examples:
      assay annotator erase ada --word "Ada Lovelace" --dry-run
      assay annotator erase ada --word "Ada Lovelace" --submit
      assay annotator erase ada --word ada@example.org --leave "docs/*"
    """
    wanted = Erasing(words=words, **asked)  # type: ignore[arg-type]  # click made them
    with project_to_write(dry=dry_run) as project:
        planned = plan_erasure(project, who, wanted)
        if planned.names is not None and not dry_run:
            write_names(project, planned.names)
    if planned.names is None:
        talk(visible(f"{who} is not in the roster: nothing was written, and this is what still holds the name"))
    else:
        _tell(planned.names, dry=dry_run)
    _tell_rest(planned, who, dry=dry_run)
    return ExitCode.FINDINGS if planned.left else ExitCode.OK


def _tell_rest(planned: PlannedErasure, who: str, *, dry: bool) -> None:
    """What is left, what stays on purpose, and what nobody reaches from here."""
    for place in planned.left:
        if not place.made:
            click.echo(visible(f"{place.at} {place.word}"))
    made = sorted({place.at.path for place in planned.left if place.made})
    for path in made:
        click.echo(visible(f"{path} (made by the pipeline)"))
    if planned.aside:
        talk(f"{count(planned.aside, 'mention')} in files of --leave")
    if planned.groups:
        talk(visible(f"the groups stay, as figures go by them: {', '.join(planned.groups)}; --groups takes them out"))
    if planned.left:
        by_hand = sum(not place.made for place in planned.left)
        talk(f"{count(by_hand, 'place')} to write anew by hand, {count(len(made), 'file')} by `dvc repro`")
        again = (part for word in planned.words if word != who for part in ("--word", word))
        typed = shlex.join(("assay", "annotator", "erase", who, *again))
        talk(visible(f"Next: write them anew, then look again: {typed}"))
    else:
        talk("no file of the tree holds the name")
    if planned.active and not dry:
        name = next(iter(planned.pseudonyms.values()))
        talk(f"{name} is still asked in new batches: assay annotator set {name} --status left --since TOMORROW")
    talk(_OTHERS)
    for line in _HISTORY:
        talk(line)


def _tell(planned: PlannedNames, *, dry: bool) -> None:
    """Every file and how much of it, a line each."""
    verb = "would write" if dry else "wrote"
    sources = _by_target(planned)
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
        talk(visible(f"one record of two{'' if pair.same else ', as --keep says'}: {pair_text(pair)}; the first stays"))
    for place in planned.dropped:
        talk(visible(f"{place}: the approval goes; its version is held until somebody approves it again"))
    changed = sum(data is not None for data in planned.files.values())
    talk(
        f"{count(changed, 'file')} written, {count(sum(planned.lines.values()), 'record')} changed"
        if not dry
        else f"{count(changed, 'file')} to write, {count(sum(planned.lines.values()), 'record')} to change"
    )


def _by_target(planned: PlannedNames) -> dict[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for before, after in planned.moved.items():
        found.setdefault(after, []).append(before)
    return dict(found)
