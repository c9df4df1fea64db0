"""`assay migrate`: migrations of labels."""

from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING

import click

from assay import annotator, guidelines, lead
from assay import project as projects
from assay.cli.batch import tell_already, tell_asking, tell_losing
from assay.cli.context import FORMAT, OTHERS, now, project_to_write, submits, talk
from assay.errors import ExitCode
from assay.render import as_json, count, some, visible

if TYPE_CHECKING:
    from assay.project import Project


@click.group(invoke_without_command=True)
@click.option("--task", "tasks", multiple=True, metavar="TASK", help="Only this task; repeatable.")
@click.option("--write", is_flag=True, help="Write migrated labels into their files, all or none.")
@click.option("--dry-run", "dry", is_flag=True, help="Show what --write would write; write nothing.")
@click.option("--undo", is_flag=True, help="Restore, byte for byte, what the last --write in this clone changed.")
@FORMAT
@click.pass_context
@submits("migrate-{tasks}", "migrated labels written: {tasks}")
def migrate_group(
    context: click.Context, *, tasks: tuple[str, ...], write: bool, dry: bool, undo: bool, style: str
) -> int | None:
    """Migrates labels to the current schema; shows what each migration does.

    A migration is applied when labels are read, to those made under an earlier guideline version: no label file has to
    change, and open branches stay valid. With --write the files are changed; annotators and times stay. Labels that need
    re-annotation, or that are outdated, stay as they are in the files and are migrated when read.

    \b
    Examples:
      assay migrate add triage new-names --rename intent=billing:payment --reason "one word everywhere"
      assay migrate                          what each migration does
      assay migrate --dry-run                what --write would write
      assay migrate --write --task triage --submit
      assay migrate --undo --task triage
      assay migrate batch triage 2026-12-split
    """
    if context.invoked_subcommand is not None:
        return None
    with project_to_write(dry=not undo and (dry or not write)) as project:
        named = [project.task(task).name for task in tasks] or list(project.tasks)
        if undo:
            written = [task for task in named if lead.was_written(project, task)] or named
            for path in (path for task in written for path in lead.undo_write(project, task)):
                click.echo(visible(f"{path}: restored"))
        elif write or dry:
            _write(project, named, dry=dry)
        else:
            impacts = {task: lead.survey(project, task) for task in named}
            if style == "json":
                click.echo(as_json(impacts))
                return ExitCode.OK
            for task, counted in impacts.items():
                lines = [line for impact in counted for line in guidelines.migration_lines(impact)]
                click.echo("\n".join(lines) or f"{task} has no migration")
            roster = projects.load_roster(project)
            for unasked in filter(None, (annotator.unassigned_work(project, task, roster) for task in named)):
                click.echo(annotator.waiting_text(unasked))
    return ExitCode.OK


def _write(project: "Project", tasks: Sequence[str], *, dry: bool) -> None:
    for task in tasks:
        done = lead.write_migrated(project, task, dry=dry)
        for path, number in done.files.items():
            click.echo(visible(f"{path}: {count(number, 'record')} {'to write' if dry else 'written'}"))
        verb = "would be written" if dry else "written"
        parts = [f"{task}: {count(done.records, 'record')} {verb} in {count(len(done.files), 'file')}"]
        if done.waiting:
            parts.append(f"{count(done.waiting, 'label')} left for re-annotation: assay migrate batch {task} NAME")
        if done.outdated:
            parts.append(f"{count(done.outdated, 'label')} left that the guideline makes outdated")
        talk("; ".join(parts))
        if done.files and not dry:
            talk(f"to undo it: assay migrate --undo --task {task}")


@migrate_group.command("add", short_help="Add a migration.")
@click.argument("task")
@click.argument("name")
@click.option("--reason", required=True, help="The reason, kept in the file.")
@click.option("--rename", multiple=True, metavar="FIELD=OLD:NEW", help="Rename a value.")
@click.option("--merge", multiple=True, metavar="FIELD=A,B:INTO", help="Merge values into one.")
@click.option(
    "--retire", multiple=True, metavar="FIELD=VALUE", help="Remove a value; affected items need re-annotation."
)
@click.option(
    "--split", multiple=True, metavar="FIELD=VALUE:A,B", help="Split a value; affected items need re-annotation."
)
@click.option("--rename-field", multiple=True, metavar="OLD:NEW", help="Rename a field.")
@click.option("--add-field", multiple=True, metavar="FIELD[=VALUE]", help="Add a field, with VALUE for older labels.")
@click.option("--drop-field", multiple=True, metavar="FIELD", help="Remove a field.")
@click.option(
    "--retype", multiple=True, metavar="FIELD=TYPE", help="Change the type of a field to integer, number or string."
)
@click.option(
    "--guideline",
    default="",
    metavar="VERSION",
    help="The guideline version that introduces it.  [default: the current one]",
)
@submits("migration-{task}-{name}", "{task}: migration {name}")
def add_migration_command(task: str, name: str, reason: str, guideline: str, **told: tuple[str, ...]) -> int:
    """Adds a migration to TASK: it applies to labels made under an earlier guideline version than the one that introduces it.

    A value or field that no version of the schema has is refused. Quote a value that holds `:`, `,` or `=` with double
    quotes if it could be read in two ways.

    \b
    Examples:
      assay migrate add triage new-names --rename intent=billing:payment --reason "one word everywhere"
      assay migrate add triage swap --rename intent=a:b --rename intent=b:a --reason "they were mixed up"
      assay migrate add parse poss --rename 'relation="nmod:own":poss' --reason "as the treebank calls it"
      assay migrate add triage finer --split intent=problem:bug,outage --reason "they go to different teams"
      assay migrate add triage no-spam --retire intent=spam --reason "it is filtered before" --guideline 2.0.0 --submit
    """
    with project_to_write() as project:
        steps = lead.steps_of(project, task, told)
        click.echo(lead.add_migration(project, task, name, reason, steps, guideline=guideline).said)
    talk("next: change the schema and the guideline to match, then assay check")
    return ExitCode.OK


@migrate_group.command("batch", short_help="Draft the batch that re-annotates affected labels.")
@click.argument("task")
@click.argument("name")
@OTHERS
@submits(
    "batch-{task}-{name}",
    "{task}/{name}: batch drafted for re-annotation",
    then="each annotator runs `assay start {task} {name}`",
    settled=("guidelines/", "schemas/"),
)
def batch_command(task: str, name: str, others: tuple[str, ...]) -> int:
    """Drafts the batch NAME for labels that need re-annotation or are outdated.

    Labels need it after a value was split or retired, a field was added without a value, or a type changed. It drafts what
    `assay guideline impact TASK --batch NAME` does, from merged changes. Each item is assigned to every annotator with a
    current answer who can still be asked; a replacement from --annotators is asked for each who cannot. What open
    batches ask for already is left out.

    \b
    Examples:
      assay migrate batch triage 2026-12-split
      assay migrate batch triage 2026-12-split --annotators ada,ben --submit
    """
    with project_to_write() as project:
        drafted = lead.draft_standing(project, task, name, now=now(), others=others)
    click.echo(f"wrote {drafted.folder}: {count(drafted.items, 'item')}")
    for load in some([f"{who}: {count(load, 'item')}" for who, load in drafted.loads.items()]):
        click.echo(f"  {load}")
    tell_already(drafted.already)
    tell_asking(drafted.asking)
    tell_losing(drafted.left_out, drafted.losing)
    return ExitCode.OK


# The old name of `batch`, hidden: scripts may use it.
_OLD_NAME = copy(batch_command)
_OLD_NAME.name, _OLD_NAME.hidden = "round", True
migrate_group.add_command(_OLD_NAME)
